"""Two at the same moment, on each database: each answer once, nothing after the completion, one inventory (R5-20, G2)."""

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from auth.models import Organization, User
from base.actors import Actor
from base.audit import AuditEntry
from base.db import transaction
from base.refusals import Conflict, Refused
from rights.inventory.answers import keep, sign_off
from rights.inventory.campaigns import end_campaign, start_campaign
from rights.inventory.models import InventoryCampaign, InventoryItem, InventorySignOff
from rights.inventory.queries import every_campaign, hold_campaign, lock_campaign
from rights.people.queries import lock_person, people_of
from rights.removals import enter_removal
from tests.rights.entries import CALENDAR
from tests.rights.inventory.test_campaigns import BEGUN, DUE, Ground

ROUNDS = int(os.environ.get("CRASH_ROUNDS", "6"))
Operation = Callable[[Session], object]


class House:
    """Each round has an inventory of its own."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        with transaction(Session(engine)) as session:
            ground = Ground(session)
            self.of, self.staff = ground.higashi.id, ground.staff
            self.manager, self.deputy = ground.manager, ground.deputy
            self.people = [user.public_id for user in (ground.reader, ground.other, ground.manager_row)]

    def begun(self) -> str:
        with transaction(Session(self.engine)) as session:
            return start_campaign(session, "棚卸", DUE, by=self.staff, now=BEGUN).public_id

    def keeping(self, campaign: str, by: Actor) -> Operation:
        def operation(session: Session) -> int:
            held, of = self._held(session, campaign)
            return keep(session, held, of, self.people, by=by, now=BEGUN)

        return operation

    def completing(self, campaign: str, by: Actor) -> Operation:
        def operation(session: Session) -> None:
            held, of = self._held(session, campaign)
            sign_off(session, held, of, by=by, now=BEGUN)

        return operation

    def removing(self, person: str, by: Actor) -> Operation:
        """As the screen does, the person first; with time for others to come in between."""

        def operation(session: Session) -> None:
            user = lock_person(session, people_of(self.of), person)
            assert user is not None
            time.sleep(0.2)
            enter_removal(session, user.organization, user, "", CALENDAR, by=by, now=BEGUN)

        return operation

    def ending(self, campaign: str) -> Operation:
        def operation(session: Session) -> None:
            row = lock_campaign(session, every_campaign(), campaign)
            assert row is not None
            end_campaign(session, row, by=self.staff, now=BEGUN)

        return operation

    def at_once(self, *operations: Operation) -> list[object]:
        barrier = Barrier(len(operations))

        def attempt(operation: Operation) -> object:
            barrier.wait()
            try:
                with transaction(Session(self.engine)) as session:
                    return operation(session)
            except Refused as refusal:
                return refusal

        with ThreadPoolExecutor(len(operations)) as threads:
            return [each.result() for each in [threads.submit(attempt, operation) for operation in operations]]

    def _held(self, session: Session, campaign: str) -> tuple[InventoryCampaign, Organization]:
        row = hold_campaign(session, every_campaign(), campaign)
        assert row is not None
        return row, session.get_one(Organization, self.of)


@pytest.fixture
def house(engine: Engine) -> House:
    return House(engine)


def test_each_person_is_answered_for_once_and_completed_or_ended_it_takes_no_more(house: House) -> None:
    """R5-20, G2: two contact managers press "keep" at once, then complete at once while staff end it."""
    for number in range(1, ROUNDS + 1):
        campaign = house.begun()
        kept = house.at_once(house.keeping(campaign, house.manager), house.keeping(campaign, house.deputy))
        assert sorted(map(int, map(str, kept))) == [0, 3]
        two = house.completing(campaign, house.manager), house.completing(campaign, house.deputy)
        outcomes = house.at_once(*two, house.ending(campaign))
        assert outcomes[2] is None
        assert sum(outcome is None for outcome in outcomes[:2]) <= 1
        with Session(house.engine) as session:
            lines = select(func.count()).where(AuditEntry.action == "inventory.answered")
            assert session.scalar(lines) == 3 * number


def test_a_removal_between_answers_is_the_answer(house: House) -> None:
    """R5-20, R5-17: of the very person who keeps all at that moment; neither waits for the other for ever."""
    campaign, himself = house.begun(), house.people[-1]
    outcomes = house.at_once(house.keeping(campaign, house.manager), house.removing(himself, house.deputy))
    assert outcomes[0] in {2, 3}
    with Session(house.engine) as session:
        rows = session.execute(select(User.public_id, InventoryItem.answer).join(InventoryItem.user))
        answers = {name: answer for name, answer in rows if name in house.people}
    assert answers == {**dict.fromkeys(house.people, "keep"), himself: "remove"}


def test_of_two_who_begin_at_once_one_begins(house: House) -> None:
    """R5-20."""

    def begin(session: Session) -> None:
        start_campaign(session, "棚卸", DUE, by=house.staff, now=BEGUN)

    outcomes = house.at_once(*[begin] * 4)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict"] * 3 + ["NoneType"]
    assert all(isinstance(outcome, Conflict) for outcome in outcomes if outcome is not None)
    with Session(house.engine) as session:
        assert session.scalar(select(func.count()).select_from(InventoryCampaign)) == 1
        assert session.scalar(select(func.count()).select_from(InventorySignOff)) == 0
