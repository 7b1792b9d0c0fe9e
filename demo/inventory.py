"""An inventory that is under way: one organization is done, one has begun, the others haven't."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.models import User
from base.business_days import BusinessCalendar
from base.jst import day_of, start_of
from demo.desk import MORNING, RECEPTION
from demo.enrolment import Enrolled
from demo.organizations import ASAHI, HIGASHI, MINATO
from demo.texts import business_days_before
from rights.inventory.answers import keep, sign_off
from rights.inventory.campaigns import start_campaign
from rights.inventory.models import InventoryCampaign, InventoryItem
from rights.removals import enter_removal

BEGUN_BEFORE = 4
DUE_AFTER = 9
AN_HOUR = timedelta(hours=1)
# Who answers for whom; a person of the list is left out where an inventory doesn't ask about him.
KEPT = {
    HIGASHI: ("k.sawada@higashi-gas.example", ("n.ishikawa@higashi-gas.example", "j.morita@higashi-gas.example")),
    ASAHI: ("m.asakura@asahi-energy.example", ("t.hino@asahi-energy.example",)),
}
REMOVED = "m.kuwabara@higashi-gas.example"


def take_inventory(session: Session, enrolled: Enrolled, calendar: BusinessCalendar, now: datetime) -> None:
    begun_on = business_days_before(day_of(now), BEGUN_BEFORE, calendar)
    name, due_on = f"{begun_on.year}年度 利用権限の棚卸", calendar.plus(day_of(now), DUE_AFTER)
    at = start_of(begun_on) + MORNING
    campaign = start_campaign(session, name, due_on, by=enrolled.actor(RECEPTION), now=at)
    for organization, (manager, people) in KEPT.items():
        of, names = enrolled.organizations[organization], [enrolled.people[each].public_id for each in people]
        keep(session, campaign, of, names, by=enrolled.actor(manager), now=at + AN_HOUR)
    removing, of = enrolled.actor(KEPT[HIGASHI][0]), enrolled.organizations[HIGASHI]
    enter_removal(session, of, enrolled.people[REMOVED], "", calendar, by=removing, now=now - AN_HOUR)
    _complete(session, enrolled, campaign, at + 2 * AN_HOUR)


def _complete(session: Session, enrolled: Enrolled, campaign: InventoryCampaign, at: datetime) -> None:
    of = enrolled.organizations[MINATO]
    manager = next(
        person for person in enrolled.people.values() if person.organization_id == of.id and person.contact_role
    )
    asked = select(User.public_id).join(InventoryItem, InventoryItem.user_id == User.id)
    names = session.scalars(asked.where(InventoryItem.organization_id == of.id)).all()
    by = enrolled.actor(manager.login_id)
    keep(session, campaign, of, names, by=by, now=at)
    sign_off(session, campaign, of, by=by, now=at + AN_HOUR)
