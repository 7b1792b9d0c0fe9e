"""The mail about dates that moved with the calendar: one for each organization and change, judged again as it leaves (R9-14)."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.contact_managers import find_manager
from base.closing_days import confirmed_through
from base.jst import day_of
from base.mail_claims import Composer
from base.mail_text import Composed, Skipped, on_one_line
from base.outbox import Mail
from base.promised_days import promised_day
from base.settings import Operator
from desk.closing.day_rules import KIND_WORDS, read
from desk.closing.models import CalendarChange, CalendarMove
from desk.closing.move_rules import MOVE_WORDS, MoveKind
from desk.closing.tellings import KIND
from rights.models import RightsRequest
from rights.request_states import OPEN_STATES

LIST_ID = "rights"
SUBJECT = "日程が変わりました(休業日の変更)"
NO_MANAGER = "システム窓口責任者ではなくなったか、事業者の利用が終了しています。"
NOTHING_LEFT = "日程が変わった申請は、すべて終わったか、そのあとに日程がもう一度変わっています。"

BODY = """\
{organization}
{manager} 様

{operator}です。
休業日の変更にともない、次の日程が変わりました。お手数をおかけしますが、ご確認を
お願いいたします。

■ 休業日の変更
{days}

■ 変わった日程
{lines}
■ 画面
{links}

■ お問い合わせ
{contact}

このメールは自動で送信しています。返信はお受けできません。
"""


def closing_composers(base_url: str, operator: Operator) -> dict[str, Composer]:
    return {KIND: partial(_compose, base_url, operator)}


def _compose(base_url: str, operator: Operator, session: Session, mail: Mail, now: datetime) -> Composed | Skipped:
    change = session.scalars(select(CalendarChange).where(CalendarChange.public_id == (mail.about or ""))).one()
    manager = find_manager(session, mail.organization_id or 0, mail.address)
    if manager is None:
        return Skipped(NO_MANAGER)
    moves = moves_still_true(session, change, mail.organization_id or 0)
    if not moves:
        return Skipped(NOTHING_LEFT)
    through = confirmed_through(session, day_of(now))
    body = BODY.format(
        organization=manager.organization.name,
        manager=manager.name_kanji,
        operator=operator.name,
        days="\n".join(_days(change)),
        lines="\n".join(_lines(moves, through)),
        links="\n".join(_links(moves, base_url)),
        contact=operator.desks[0].in_mails,
    )
    return Composed(SUBJECT, body, LIST_ID)


def moves_still_true(session: Session, change: CalendarChange, organization_id: int) -> list[CalendarMove]:
    """Not of requests that have ended since, or whose M has moved once more."""
    theirs = (CalendarMove.change_id == change.id, CalendarMove.organization_id == organization_id)
    moves = session.scalars(select(CalendarMove).where(*theirs).order_by(CalendarMove.id)).all()
    ids = {move.request_id for move in moves if move.request_id}
    is_open = (RightsRequest.id.in_(ids), RightsRequest.state.in_(OPEN_STATES))
    ms = {
        row.id: row.processing_date
        for row in session.execute(select(RightsRequest.id, RightsRequest.processing_date).where(*is_open))
    }
    moved_again = {
        move.request_id
        for move in moves
        if move.kind == MoveKind.PROCESSING and ms.get(move.request_id or 0) not in {None, move.after_day}
    }
    return [
        move for move in moves if move.certificate_id or (move.request_id in ms and move.request_id not in moved_again)
    ]


def _days(change: CalendarChange) -> Iterator[str]:
    for day in read(change.days):
        name = f"({on_one_line(day.name)})" if day.name else ""
        yield f"・{promised_day(day.day, day.day)}{name} {KIND_WORDS[day.kind]}"


def _lines(moves: Sequence[CalendarMove], through: date) -> Iterator[str]:
    about = None
    for move in moves:
        if (move.request_id, move.certificate_id) != about:
            about = move.request_id, move.certificate_id
            yield f"・{on_one_line(move.about)}" + (" 様" if move.request_id else "")
        before, after = promised_day(move.before_day, move.before_day), promised_day(move.after_day, through)
        yield f"  {MOVE_WORDS[MoveKind(move.kind)]}:{before} → {after}"
    yield ""


def _links(moves: Sequence[CalendarMove], base_url: str) -> Iterator[str]:
    if any(move.request_id for move in moves):
        yield f"{base_url}/requests"
    if any(move.certificate_id for move in moves):
        yield f"{base_url}/certificates"
