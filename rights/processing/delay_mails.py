"""「利用開始日の変更のお知らせ」: whose rights begin later than was announced, written when it is claimed (R5-10, F9)."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from auth.contact_managers import find_manager
from auth.models import Organization
from base.jst import show_day
from base.mail_claims import Composer, once_a_batch
from base.mail_text import Composed, Skipped, on_one_line
from base.outbox import Mail
from base.settings import Operator
from rights.codes import SYSTEMS_WITH_RIGHTS
from rights.models import ProcessingDay, RequestPart, RightsRequest
from rights.processing.delays import waiting_parts
from rights.request_mails import LIST_ID, NO_MANAGER

NAME = "利用開始日の変更のお知らせ"
SUBJECT = f"{NAME}(システム処理日 {{m}})"
MOST_PEOPLE = 100
NEWER = "そのあとに、利用開始日があらためて変更されています。"
NOTHING = "この処理日を待っている申請がなくなりました。"

BODY = """\
{organization}
{manager} 様

{operator}です。
システム処理日 {m} の申請について、利用開始日が変わりました。
ご迷惑をおかけし、申し訳ありません。

■ 新しい利用開始日
TAXIS・JOHS:{taxis_johs_from}以降
JUJU・LOACUS:{juju_loacus_from}以降

■ 理由
{reason}

■ 対象の申請({count}件)
{lines}
{more}
■ 申請の一覧
{base_url}/requests

■ お問い合わせ
{contact}

このメールは自動で送信しています。返信はお受けできません。
"""


def delay_composer(base_url: str, operator: Operator) -> Composer:
    def compose(session: Session, mail: Mail, now: datetime) -> Composed | Skipped:
        m, told_at = _named_in(mail.occasion)
        delayed = session.get_one(ProcessingDay, m)
        if delayed.delayed_at != told_at:
            return Skipped(NEWER)
        of = session.scalars(select(Organization).where(Organization.public_id == mail.about)).one()
        manager = find_manager(session, of.id, mail.address)
        if manager is None:
            return Skipped(NO_MANAGER)
        lines = once_a_batch(session, mail.occasion, lambda: concerned(session, of.id, m, now))
        if not lines:
            return Skipped(NOTHING)
        body = BODY.format(
            organization=of.name,
            manager=manager.name_kanji,
            operator=operator.name,
            m=show_day(m),
            taxis_johs_from=show_day(delayed.taxis_johs_from),
            juju_loacus_from=show_day(delayed.juju_loacus_from),
            reason=delayed.reason,
            count=len(lines),
            lines="\n".join(lines[:MOST_PEOPLE]),
            more=f"\nほか {len(lines) - MOST_PEOPLE}件\n" if len(lines) > MOST_PEOPLE else "",
            base_url=base_url,
            contact=operator.desks[0].in_mails,
        )
        return Composed(SUBJECT.format(m=show_day(m)), body, LIST_ID)

    return compose


def concerned(session: Session, organization_id: int, m: date, now: datetime) -> Sequence[str]:
    """Number, person and systems of each request that still waits for one of the days."""
    is_left = RequestPart.effect_at.is_(None) | (RequestPart.effect_at > now)
    parts = waiting_parts(m).options(contains_eager(RequestPart.request)).where(is_left)
    systems: dict[RightsRequest, list[str]] = {}
    for part in session.scalars(
        parts.where(RightsRequest.organization_id == organization_id).order_by(RightsRequest.id)
    ):
        systems.setdefault(part.request, []).append(part.system)
    return [
        f"・{request.number} {on_one_line(request.name_kanji)} 様({'・'.join(system for system in SYSTEMS_WITH_RIGHTS if system in named)})"
        for request, named in systems.items()
    ]


def _named_in(occasion: str) -> tuple[date, datetime]:
    _kind, m, _organization, told_at = occasion.split(":", 3)
    return date.fromisoformat(m), datetime.fromisoformat(told_at)
