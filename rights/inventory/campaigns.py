"""Staff begin and end an inventory; whoever is asked about stands fixed from the start (R5-20)."""

from datetime import date, datetime

from sqlalchemy import func, insert, literal, select
from sqlalchemy.orm import Session

from auth.models import Organization
from base.actors import Actor
from base.audit import record
from base.jst import day_of
from base.refusals import Conflict, Refused
from base.sentences import say
from rights.inventory.models import InventoryCampaign, InventoryItem
from rights.inventory.queries import open_campaign, people_to_ask
from rights.inventory.reminders import ENDED, announce
from rights.inventory.rules import due_refusal, name_refusal

ALREADY_OPEN = say("実施中の棚卸があります。終了してから、次の棚卸を始めてください。")
NOBODY = say("利用権限をもつ利用者がいないため、棚卸を始められません。")


def start_campaign(session: Session, name: str, due_on: date, *, by: Actor, now: datetime) -> InventoryCampaign:
    """One at a time: nobody is asked twice about the same person. The contact managers are told."""
    _lock_operator(session)
    if open_campaign(session) is not None:
        raise Conflict(ALREADY_OPEN)
    _refuse_odd(name, due_on, day_of(now))
    assert by.user_id is not None
    campaign = InventoryCampaign(name=name, due_on=due_on, started_at=now, started_by_id=by.user_id)
    session.add(campaign)
    session.flush()
    people = _ask_about_everybody(session, campaign)
    mails = announce(session, campaign, now=now)
    after = {"name": name, "due_on": due_on, "people": people, "mails": mails}
    record(session, "inventory.started", subject_of(campaign), by=by, now=now, after=after)
    return campaign


def end_campaign(session: Session, campaign: InventoryCampaign, *, by: Actor, now: datetime) -> None:
    """Whatever isn't answered by now stays so. The campaign is locked."""
    if campaign.ended_at is not None:
        raise Conflict(ENDED)
    campaign.ended_at = now
    session.flush()
    record(session, "inventory.ended", subject_of(campaign), by=by, now=now, after={"ended_at": now})


def subject_of(campaign: InventoryCampaign) -> str:
    return f"inventory:{campaign.public_id}"


def _lock_operator(session: Session) -> None:
    """Of two who begin at once, one goes first."""
    operator = select(Organization.id).where(Organization.is_operator)
    session.execute(operator.with_for_update(key_share=True))


def _refuse_odd(name: str, due_on: date, today: date) -> None:
    for field, reason in (("name", name_refusal(name)), ("due_on", due_refusal(due_on, today))):
        if reason:
            raise Refused(reason, field)


def _ask_about_everybody(session: Session, campaign: InventoryCampaign) -> int:
    found = people_to_ask().subquery()
    columns = ["campaign_id", "user_id", "organization_id"]
    rows = select(literal(campaign.id), found.c.id, found.c.organization_id)
    session.execute(insert(InventoryItem).from_select(columns, rows))
    asked = select(func.count()).where(InventoryItem.campaign_id == campaign.id)
    people = session.scalar(asked) or 0
    if not people:
        raise Refused(NOBODY)
    return people
