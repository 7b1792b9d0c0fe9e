"""Contact managers hear of an inventory: at its start, before it is due, and when staff remind; on business days (R5-20)."""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime, time

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from auth.models import Organization
from base.actors import WORKER, Actor
from base.audit import record
from base.business_days import BusinessCalendar
from base.closing_days import business_calendar
from base.daily_runs import DailyRun, Turn, keep
from base.db import transaction
from base.jst import day_of
from base.outbox import Mail
from base.refusals import Conflict, Refused
from base.sentences import say
from rights.inventory.models import InventoryCampaign, InventoryItem
from rights.inventory.queries import open_campaign, unfinished
from rights.inventory.rules import reminder_stage
from rights.request_news import tell_managers

JOB = "inventory reminders"
STARTED = "inventory-started"
REMINDER = "inventory-reminder"
AT = time(9)

ENDED = say("この棚卸は終了しています。")
CLOSED = say("催促メールは営業日だけ送れます。")


def announce(session: Session, campaign: InventoryCampaign, *, now: datetime) -> int:
    asked = select(InventoryItem.organization_id).where(InventoryItem.campaign_id == campaign.id).distinct()
    return _queue(session, campaign, STARTED, "start", session.scalars(asked).all(), now)


def remind(
    session: Session,
    campaign: InventoryCampaign,
    organizations: Collection[str],
    calendar: BusinessCalendar,
    *,
    by: Actor,
    now: datetime,
) -> int:
    """Of these organizations, by their public ids, those that aren't done; empty: all of those. Once a day. Answers how many mails are new."""
    if campaign.ended_at is not None:
        raise Conflict(ENDED)
    if not calendar.is_business_day(day_of(now)):
        raise Refused(CLOSED)
    reminded = reminded_on(session, campaign, now)
    waiting = [each.organization for each in unfinished(session, campaign)]
    chosen = [of.id for of in waiting if of.id not in reminded and (not organizations or of.public_id in organizations)]
    count = _queue(session, campaign, REMINDER, f"{day_of(now):%Y%m%d}", chosen, now)
    if count:
        after = {"mails": count}
        record(session, "inventory.reminded", f"inventory:{campaign.public_id}", by=by, now=now, after=after)
    return count


def remind_by_itself(session: Session, *, now: datetime) -> int:
    """What is due of the running campaign: each stage once, missed ones made up for by the latest."""
    campaign, calendar, today = open_campaign(session), business_calendar(session), day_of(now)
    if campaign is None or not calendar.is_business_day(today):
        return 0
    stage = reminder_stage(day_of(campaign.started_at), campaign.due_on, today, calendar)
    if stage is None:
        return 0
    waiting = [each.organization.id for each in unfinished(session, campaign)]
    count = _queue(session, campaign, REMINDER, f"before-{stage}", waiting, now)
    if count:
        after = {"mails": count, "days": stage}
        record(session, "inventory.reminded", f"inventory:{campaign.public_id}", by=WORKER, now=now, after=after)
    return count


def inventory_run(clock: Callable[[], datetime]) -> DailyRun:
    """In one transaction: killed, it has done nothing, and does all of it the next time."""

    def run(turn: Turn) -> str:
        with transaction() as session:
            now = clock()
            keep(session, turn, now)
            return f"{remind_by_itself(session, now=now)} mails"

    return DailyRun(JOB, AT, run)


def last_reminders(session: Session, campaign: InventoryCampaign) -> dict[int, datetime]:
    """When each organization was last reminded."""
    here = (Mail.kind == REMINDER, Mail.about == campaign.public_id, Mail.state != "skipped")
    latest = select(Mail.organization_id, func.max(Mail.created_at)).where(*here).group_by(Mail.organization_id)
    return {of: at for of, at in session.execute(latest) if of is not None}


def reminded_on(session: Session, campaign: InventoryCampaign, now: datetime) -> set[int]:
    today = day_of(now)
    return {of for of, at in last_reminders(session, campaign).items() if day_of(at) == today}


def _queue(
    session: Session, campaign: InventoryCampaign, kind: str, event: str, organizations: Iterable[int], now: datetime
) -> int:
    """To all contact managers of each (R2-4)."""
    these = select(Organization.id, Organization.public_id).where(Organization.id.in_(list(organizations)))
    rows = session.execute(these.where(Organization.ended_at.is_(None)).order_by(Organization.id)).all()
    return sum(
        tell_managers(session, of, kind, occasion_of(kind, campaign, name, event), about=campaign.public_id, now=now)
        for of, name in rows
    )


def occasion_of(kind: str, campaign: InventoryCampaign, organization: str, event: str) -> str:
    return f"{kind}:{campaign.public_id}:{organization}:{event}"
