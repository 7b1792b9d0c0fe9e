"""「明日から利用できる権限」: written when it is claimed, of what stands then (R5-10, F9)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from auth.contact_managers import find_manager
from auth.models import Organization
from base.jst import day_of, show_day, start_of
from base.mail_claims import Composer, once_a_batch
from base.mail_text import Composed, Skipped, on_one_line
from base.outbox import Mail
from base.settings import Operator
from rights.codes import System
from rights.models import RequestPart, RightsRequest
from rights.request_mails import LIST_ID, NO_MANAGER
from rights.right_changes import rights_at
from rights.shown_requests import title_of
from rights.starting_news import day_in, takes_effect

SUBJECT = "利用権限の利用開始・変更のお知らせ"
MOST_PEOPLE = 100
NOTHING = "この日から有効になる権限がなくなりました。"
PAST = "すでにその日を過ぎています。"

BODY = """\
{organization}
{manager} 様

{operator}です。
次の利用権限は、{day}({when})から有効になります。

■ 利用者({count}名)
{lines}
{more}
はじめて利用される方は、ご本人にお届けしたメールから、認証情報の登録を
済ませてください。利用が終わる権限は「利用終了」と記載しています。

■ 申請の一覧
{base_url}/requests

■ お問い合わせ
{contact}

このメールは自動で送信しています。返信はお受けできません。
"""


@dataclass(frozen=True, slots=True)
class Starting:
    """One person's lines, in the order of the screens."""

    person: str
    rights: Sequence[str]


def starting(session: Session, organization_id: int, on: date) -> list[Starting]:
    """What really takes effect on the day: a removal or another change may have come since."""
    of_day = select(RightsRequest).join(RightsRequest.parts).options(contains_eager(RightsRequest.parts))
    here = of_day.where(RightsRequest.organization_id == organization_id, takes_effect(on))
    rows = session.scalars(here.order_by(RightsRequest.name_kana, RightsRequest.id, RequestPart.system)).unique()
    found = [Starting(f"{row.name_kanji} 様({row.login_id})", _rights(session, row, on)) for row in rows]
    return [one for one in found if one.rights]


def _rights(session: Session, request: RightsRequest, on: date) -> list[str]:
    assert request.user_id is not None
    latest = max(part.effect_at for part in request.parts if part.effect_at is not None)
    held = rights_at(session, request.user_id, max(latest, start_of(on)))
    return [_words(part) for part in request.parts if held.get(System(part.system)) == part.code]


def _words(part: RequestPart) -> str:
    if part.code is None:
        return f"{part.system} 利用終了"
    before = f"(変更前 {part.held_code})" if part.held_code and part.held_code != part.code else ""
    return f"{part.system} {title_of(System(part.system), part.code)}{before}"


def starting_composer(base_url: str, operator: Operator) -> Composer:
    def compose(session: Session, mail: Mail, now: datetime) -> Composed | Skipped:
        on, today = day_in(mail.occasion), day_of(now)
        if today > on:
            return Skipped(PAST)
        of = session.scalars(select(Organization).where(Organization.public_id == mail.about)).one()
        manager = find_manager(session, of.id, mail.address)
        if manager is None:
            return Skipped(NO_MANAGER)
        people = once_a_batch(session, mail.occasion, lambda: starting(session, of.id, on))
        if not people:
            return Skipped(NOTHING)
        when = "明日" if on > today else "本日"
        more = f"\nほか {len(people) - MOST_PEOPLE}名\n" if len(people) > MOST_PEOPLE else ""
        body = BODY.format(
            organization=of.name,
            manager=manager.name_kanji,
            operator=operator.name,
            day=show_day(on),
            when=when,
            count=len(people),
            lines="\n".join(_lines(one) for one in people[:MOST_PEOPLE]),
            more=more,
            base_url=base_url,
            contact=operator.desks[0].in_mails,
        )
        return Composed(f"{SUBJECT}({when}から)", body, LIST_ID)

    return compose


def _lines(one: Starting) -> str:
    return "\n".join((f"・{on_one_line(one.person)}", *(f"  {right}" for right in one.rights)))
