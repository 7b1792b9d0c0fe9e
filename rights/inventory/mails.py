"""「利用権限の棚卸のお願い」: to contact managers, at the start and as a reminder; judged again as it leaves (R5-20, F9)."""

from datetime import date, datetime
from functools import partial

from sqlalchemy.orm import Session

from auth.contact_managers import find_manager
from auth.models import Organization
from base.closing_days import business_calendar
from base.jst import day_of, show_day
from base.mail_claims import Composer
from base.mail_text import Composed, Skipped, on_one_line
from base.outbox import Mail
from base.settings import Operator
from rights.inventory.models import InventoryCampaign
from rights.inventory.queries import every_campaign, find_campaign, sign_off_of, tally_of
from rights.inventory.reminders import REMINDER, STARTED
from rights.inventory.rules import Tally
from rights.request_mails import LIST_ID, NO_MANAGER

GONE = "棚卸が見つかりません。"
ENDED = "棚卸が終了しました。"
COMPLETED = "送信する時点で、この事業者は棚卸を完了していました。"
CLOSED = "営業日のうちに送れませんでした。"
SUBJECTS = {STARTED: "利用権限の棚卸のお願い", REMINDER: "利用権限の棚卸の回答のお願い"}

LEADS = {
    STARTED: """\
利用権限が、いまも必要な方だけに付いていることを確かめる「棚卸」を始めました。
利用者お一人ずつについて、継続・変更・抹消のいずれかをお答えください。""",
    REMINDER: """\
お願いしている利用権限の「棚卸」が、まだ完了していません。
利用者お一人ずつについて、継続・変更・抹消のいずれかをお答えください。""",
}

BODY = """\
{organization}
{manager} 様

{operator}です。
{lead}

■ 棚卸
{name}

■ 回答の期限
{due}

■ 回答の状況
{state}

■ 回答の画面
{link}

全員の回答がそろったら、画面の「棚卸を完了する」を押してください。
行き違いで完了がお済みの場合は、ご容赦ください。

■ お問い合わせ
{contact}

このメールは自動で送信しています。返信はお受けできません。
"""


def inventory_composers(base_url: str, operator: Operator) -> dict[str, Composer]:
    """By the kind of the mail; `about` is the campaign."""
    return {kind: partial(_compose, kind, base_url, operator) for kind in SUBJECTS}


def _compose(
    kind: str, base_url: str, operator: Operator, session: Session, mail: Mail, now: datetime
) -> Composed | Skipped:
    campaign = find_campaign(session, every_campaign(), mail.about or "")
    if campaign is None or mail.organization_id is None:
        return Skipped(GONE)
    manager = find_manager(session, mail.organization_id, mail.address)
    if manager is None:
        return Skipped(NO_MANAGER)
    if reason := _why_not(session, kind, campaign, mail.organization_id, day_of(now)):
        return Skipped(reason)
    tally = tally_of(session, campaign, mail.organization_id)
    body = BODY.format(
        organization=session.get_one(Organization, mail.organization_id).name,
        manager=manager.name_kanji,
        operator=operator.name,
        lead=LEADS[kind],
        name=on_one_line(campaign.name),
        due=_due(campaign, day_of(now)),
        state=_state(tally),
        link=f"{base_url}/inventory/{campaign.public_id}",
        contact=operator.desks[0].in_mails,
    )
    return Composed(f"{SUBJECTS[kind]}(期限 {show_day(campaign.due_on)})", body, LIST_ID)


def _why_not(session: Session, kind: str, campaign: InventoryCampaign, organization_id: int, today: date) -> str | None:
    if campaign.ended_at is not None:
        return ENDED
    if sign_off_of(session, campaign, organization_id) is not None:
        return COMPLETED
    is_closed = kind == REMINDER and not business_calendar(session).is_business_day(today)
    return CLOSED if is_closed else None


def _due(campaign: InventoryCampaign, today: date) -> str:
    left = (campaign.due_on - today).days
    if left < 0:
        return f"{show_day(campaign.due_on)}(期限を過ぎています)"
    return f"{show_day(campaign.due_on)}({f'あと{left}日' if left else '本日まで'})"


def _state(tally: Tally) -> str:
    if not tally.unanswered:
        return f"対象者{tally.people}名の回答がそろっています。画面で完了してください。"
    return f"対象者{tally.people}名のうち、{tally.unanswered}名が未回答です。"
