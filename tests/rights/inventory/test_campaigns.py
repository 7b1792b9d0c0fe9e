"""棚卸: begun by staff, answered person by person, completed by each organization (R5-20, R9-5)."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from auth.models import Organization, User
from base.actors import Actor
from base.outbox import Mail
from base.refusals import Conflict, Refused
from rights.changes import Wanted, enter_change
from rights.codes import AskedRights
from rights.id_changes import enter_id_change
from rights.inventory.answers import keep, sign_off, take_back
from rights.inventory.campaigns import end_campaign, start_campaign
from rights.inventory.models import InventoryCampaign, InventoryItem
from rights.inventory.queries import progress_in, tally_of
from rights.inventory.reminders import REMINDER, STARTED, last_reminders, remind, remind_by_itself
from rights.inventory.rules import Stage, Standing
from rights.removals import enter_removal, withdraw_removal
from tests import make
from tests.rights.entries import CALENDAR, acting, at, entry, higashi

BEGUN = at(date(2026, 11, 2))
DUE = date(2026, 11, 30)


class Ground:
    """Two organizations with three people and one, and the reception center."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.higashi = higashi(session)
        self.nishi = make.organization(session, "にしガス", systems=("JOHS",), kinds=("retailer",))
        operator = make.organization(session, "みなみ", is_operator=True)
        self.staff = acting(make.user(session, operator, staff_role="reception", created_at=BEGUN))
        self.manager_row = self.user(self.higashi, contact_role="primary", rights={"JOHS": "J1010"})
        self.manager = acting(self.manager_row)
        self.deputy = acting(self.user(self.higashi, contact_role="deputy"))
        self.reader = self.user(self.higashi, rights={"TAXIS": "1010", "LOACUS": "02010"})
        self.other = self.user(self.higashi, rights={"JOHS": "J1010"})
        self.nishi_manager = acting(self.user(self.nishi, contact_role="primary", rights={"JOHS": "J1010"}))

    def user(self, of: Organization, **facts: object) -> User:
        return make.user(self.session, of, created_at=BEGUN - timedelta(days=9), **facts)  # type: ignore[arg-type]

    def begun(self) -> InventoryCampaign:
        return start_campaign(self.session, "下期の棚卸", DUE, by=self.staff, now=BEGUN)

    def counts(self, campaign: InventoryCampaign) -> dict[Standing, int]:
        return dict(tally_of(self.session, campaign, self.higashi.id).counts)

    def keep(self, campaign: InventoryCampaign, *people: User, by: Actor | None = None) -> int:
        names = [user.public_id for user in people]
        return keep(self.session, campaign, self.higashi, names, by=by or self.manager, now=BEGUN)


@pytest.fixture
def ground(session: Session) -> Ground:
    return Ground(session)


def item_of(ground: Ground, campaign: InventoryCampaign, user: User) -> InventoryItem:
    return ground.session.get_one(InventoryItem, (campaign.id, user.id), populate_existing=True)


def test_it_asks_about_whoever_holds_rights_at_its_start(ground: Ground) -> None:
    """R5-20: not the deputy without rights, nor whose removal is under way, nor who joins later."""
    enter_removal(ground.session, ground.higashi, ground.other, "", CALENDAR, by=ground.manager, now=BEGUN)
    campaign = ground.begun()
    later = ground.user(ground.higashi, rights={"JOHS": "J1010"})
    asked = set(ground.session.scalars(select(InventoryItem.user_id)))
    assert asked == {ground.manager_row.id, ground.reader.id, ground.nishi_manager.user_id}
    assert ground.keep(campaign, later) == 0
    mails = ground.session.execute(select(Mail.address, Mail.kind)).all()
    assert len(mails) == 3
    assert {kind for _, kind in mails} == {STARTED}


def test_one_runs_at_a_time(ground: Ground) -> None:
    """R5-20: and a name and a due date to come are asked for."""
    for name, due_on, field in (("", DUE, "name"), ("棚卸", BEGUN.date(), "due_on")):
        with pytest.raises(Refused) as refused:
            start_campaign(ground.session, name, due_on, by=ground.staff, now=BEGUN)
        assert refused.value.field == field
    campaign = ground.begun()
    with pytest.raises(Conflict):
        ground.begun()
    end_campaign(ground.session, campaign, by=ground.staff, now=BEGUN)
    with pytest.raises(Conflict):
        end_campaign(ground.session, campaign, by=ground.staff, now=BEGUN)
    assert ground.begun().id != campaign.id


def test_each_answer_keeps_who_and_when_and_the_first_one_stands(ground: Ground) -> None:
    """R5-20: two contact managers at once; what one answered the other doesn't overwrite."""
    campaign = ground.begun()
    assert ground.keep(campaign, ground.reader, ground.other) == 2
    assert ground.keep(campaign, ground.reader, ground.manager_row, by=ground.deputy) == 1
    first, second = item_of(ground, campaign, ground.reader), item_of(ground, campaign, ground.manager_row)
    assert (first.answer, first.answered_by_id, first.answered_at) == ("keep", ground.manager.user_id, BEGUN)
    assert second.answered_by_id == ground.deputy.user_id
    people = [ground.reader.public_id]
    assert take_back(ground.session, campaign, ground.higashi, people, by=ground.deputy, now=BEGUN) == 1
    assert ground.counts(campaign) == {Standing.KEEP: 2, Standing.UNANSWERED: 1}


def test_nobody_answers_for_another_organization(ground: Ground) -> None:
    """R8-4: their people are nobody's here."""
    campaign = ground.begun()
    names = [ground.reader.public_id, ground.other.public_id]
    assert keep(ground.session, campaign, ground.nishi, names, by=ground.nishi_manager, now=BEGUN) == 0
    assert ground.counts(campaign) == {Standing.UNANSWERED: 3}


def test_a_change_and_a_removal_are_answers_and_go_with_their_requests(ground: Ground) -> None:
    """R5-20: in one step; whoever withdraws the request is asked again, and may answer otherwise."""
    session, campaign = ground.session, ground.begun()
    wanted = Wanted(AskedRights(taxis="1011", loacus="02010"))
    change = enter_change(session, ground.higashi, ground.reader, wanted, CALENDAR, by=ground.manager, now=BEGUN)
    removal = enter_removal(session, ground.higashi, ground.other, "", CALENDAR, by=ground.deputy, now=BEGUN)
    changed, removed = item_of(ground, campaign, ground.reader), item_of(ground, campaign, ground.other)
    assert (changed.answer, changed.request_id, removed.answer, removed.request_id) == (
        *("change", change.id),
        *("remove", removal.id),
    )
    assert removed.answered_by_id == ground.deputy.user_id
    assert ground.keep(campaign, ground.other) == 0
    withdraw_removal(session, removal, by=ground.manager, now=BEGUN)
    assert ground.counts(campaign) == {Standing.CHANGE: 1, Standing.UNANSWERED: 2}
    assert ground.keep(campaign, ground.other) == 1
    assert item_of(ground, campaign, ground.other).request_id is None


def test_a_removal_answers_for_an_answer_of_before(ground: Ground) -> None:
    """R5-20: changeable until it is signed off; somebody removed in between holds nothing up."""
    campaign = ground.begun()
    ground.keep(campaign, ground.reader, ground.other, ground.manager_row)
    enter_removal(ground.session, ground.higashi, ground.other, "", CALENDAR, by=ground.manager, now=BEGUN)
    assert ground.counts(campaign) == {Standing.KEEP: 2, Standing.REMOVE: 1}


def test_whoever_gets_another_id_is_answered_for(ground: Ground) -> None:
    """R5-20, R5-21: by the change of the ID, though the old rights go on until the new ones begin."""
    campaign = ground.begun()
    typed = entry(login_id="another@higashi-gas.example")
    enter_id_change(ground.session, ground.higashi, ground.other, typed, by=ground.manager, now=BEGUN)
    assert ground.counts(campaign) == {Standing.CHANGE: 1, Standing.UNANSWERED: 2}


def test_who_has_lost_all_rights_by_other_ways_needs_no_answer(ground: Ground) -> None:
    """R5-20."""
    campaign = ground.begun()
    removal = enter_removal(ground.session, ground.higashi, ground.other, "", CALENDAR, by=ground.staff, now=BEGUN)
    assert item_of(ground, campaign, ground.other).answer is None
    assert ground.counts(campaign) == {Standing.GONE: 1, Standing.UNANSWERED: 2}
    assert removal.state == "entered"


def test_what_is_signed_off_stays_as_it_was(ground: Ground) -> None:
    """R9-5: not before everybody is answered for; afterwards neither a press nor a withdrawal changes it."""
    session, campaign = ground.session, ground.begun()
    with pytest.raises(Refused):
        sign_off(session, campaign, ground.higashi, by=ground.manager, now=BEGUN)
    ground.keep(campaign, ground.reader, ground.manager_row)
    removal = enter_removal(session, ground.higashi, ground.other, "", CALENDAR, by=ground.manager, now=BEGUN)
    sign_off(session, campaign, ground.higashi, by=ground.manager, now=BEGUN)
    with pytest.raises(Conflict):
        sign_off(session, campaign, ground.higashi, by=ground.deputy, now=BEGUN)
    with pytest.raises(Conflict):
        ground.keep(campaign, ground.reader, by=ground.deputy)
    withdraw_removal(session, removal, by=ground.manager, now=BEGUN)
    wanted = Wanted(AskedRights(taxis="1011", loacus="02010"))
    enter_change(session, ground.higashi, ground.reader, wanted, CALENDAR, by=ground.manager, now=BEGUN)
    assert ground.counts(campaign) == {Standing.KEEP: 2, Standing.REMOVE: 1}
    stages = {each.organization.name: each.stage for each in progress_in(session, campaign)}
    assert stages == {"ひがしガス": Stage.COMPLETED, "にしガス": Stage.ANSWERING}


def test_after_its_end_nobody_answers(ground: Ground) -> None:
    """R5-20."""
    campaign = ground.begun()
    end_campaign(ground.session, campaign, by=ground.staff, now=BEGUN)
    with pytest.raises(Conflict):
        ground.keep(campaign, ground.reader)
    enter_removal(ground.session, ground.higashi, ground.other, "", CALENDAR, by=ground.manager, now=BEGUN)
    assert item_of(ground, campaign, ground.other).answer is None


def reminders(session: Session) -> int:
    return session.scalar(select(func.count()).where(Mail.kind == REMINDER)) or 0


def test_staff_remind_on_business_days_once_a_day(ground: Ground) -> None:
    """R5-20: all contact managers of those that aren't done, and nobody of those that are."""
    session, campaign = ground.session, ground.begun()
    with pytest.raises(Refused):
        remind(session, campaign, (), CALENDAR, by=ground.staff, now=at(date(2026, 11, 7)))
    monday, tuesday = at(date(2026, 11, 9)), at(date(2026, 11, 10))
    only = [ground.nishi.public_id]
    assert remind(session, campaign, only, CALENDAR, by=ground.staff, now=monday) == 1
    assert remind(session, campaign, (), CALENDAR, by=ground.staff, now=monday) == 2
    assert remind(session, campaign, (), CALENDAR, by=ground.staff, now=monday) == 0
    assert set(last_reminders(session, campaign)) == {ground.higashi.id, ground.nishi.id}
    ground.keep(campaign, ground.reader, ground.other, ground.manager_row)
    sign_off(session, campaign, ground.higashi, by=ground.manager, now=monday)
    assert remind(session, campaign, (), CALENDAR, by=ground.staff, now=tuesday) == 1
    end_campaign(session, campaign, by=ground.staff, now=tuesday)
    with pytest.raises(Conflict):
        remind(session, campaign, (), CALENDAR, by=ground.staff, now=at(date(2026, 11, 11)))


def test_reminders_before_the_due_date_go_once_each_by_themselves(ground: Ground) -> None:
    """R5-20, G4, G6: run every day, twice, or only late; never on a closed day; none after the due date."""
    session = ground.session
    ground.begun()
    days = [date(2026, 11, 2) + timedelta(days=number) for number in range(40)]
    sent = {day: remind_by_itself(session, now=at(day)) + remind_by_itself(session, now=at(day)) for day in days}
    assert {day: count for day, count in sent.items() if count} == {
        date(2026, 11, 13): 3,
        date(2026, 11, 20): 3,
        date(2026, 11, 27): 3,
    }
    assert reminders(session) == 9
