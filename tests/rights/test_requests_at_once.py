"""Two at the same moment, on each database: exactly one wins, the other is told where the request stands."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from auth.models import Organization
from base.actors import Actor
from base.db import transaction
from base.refusals import Conflict, Refused
from rights.codes import AskedRights
from rights.id_refusals import NOT_YOURS
from rights.models import RightsRequest
from rights.request_queries import every_request, lock_request
from rights.requests import accept_request, cancel_request, withdraw_request
from tests import make
from tests.certificates import NOW
from tests.rights.entries import CALENDAR, acting, entered, higashi

ROUNDS = 20
Move = Callable[[Session, RightsRequest, Actor], None]


def accept(session: Session, request: RightsRequest, by: Actor) -> None:
    accept_request(session, request, CALENDAR, by=by, now=NOW)


def cancel(session: Session, request: RightsRequest, by: Actor) -> None:
    cancel_request(session, request, "カナが違います", "東野", NOW, by=by, now=NOW)


def withdraw(session: Session, request: RightsRequest, by: Actor) -> None:
    withdraw_request(session, request, by=by, now=NOW)


class Stage:
    """One organization with its contact manager, and two of the reception center."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        with transaction(Session(engine)) as session:
            of = higashi(session)
            operator = make.organization(session, "みなみ", is_operator=True)
            self.organization_id = of.id
            self.manager = acting(make.user(session, of, contact_role="primary"))
            self.staff = [acting(make.user(session, operator, staff_role="reception")) for _ in range(2)]

    def enter(self, login_id: str) -> str:
        with transaction(Session(self.engine)) as session:
            of = session.get_one(Organization, self.organization_id)
            return entered(session, of, self.manager, NOW, login_id=login_id).public_id

    def attempt(self, barrier: Barrier, operation: Callable[[Session], None]) -> Refused | None:
        barrier.wait()
        try:
            with transaction(Session(self.engine)) as session:
                operation(session)
        except Refused as refusal:
            return refusal
        return None

    def at_once(self, *operations: Callable[[Session], None]) -> list[Refused | None]:
        barrier = Barrier(len(operations))
        with ThreadPoolExecutor(len(operations)) as threads:
            running = [threads.submit(self.attempt, barrier, operation) for operation in operations]
            return [thread.result() for thread in running]

    def moved(self, public_id: str, move: Move, by: Actor) -> Callable[[Session], None]:
        def operation(session: Session) -> None:
            request = lock_request(session, every_request(), public_id)
            assert request is not None
            move(session, request, by)

        return operation


@pytest.fixture
def stage(engine: Engine) -> Stage:
    return Stage(engine)


@pytest.mark.parametrize(("first", "second"), [(accept, cancel), (accept, accept), (accept, withdraw)])
def test_exactly_one_of_two_moves_wins(stage: Stage, first: Move, second: Move) -> None:
    """G2, R5-10 ②, R5-17: the other answers 409."""
    by_second = stage.manager if second is withdraw else stage.staff[1]
    for number in range(ROUNDS):
        public_id = stage.enter(f"asked{number}@higashi-gas.example")
        outcomes = stage.at_once(
            stage.moved(public_id, first, stage.staff[0]), stage.moved(public_id, second, by_second)
        )
        lost = [outcome for outcome in outcomes if outcome is not None]
        assert [type(outcome) for outcome in lost] == [Conflict]
        with Session(stage.engine) as session:
            request = session.scalars(select(RightsRequest).where(RightsRequest.public_id == public_id)).one()
            winner = first if outcomes[0] is None else second
            states: dict[Move, str] = {accept: "accepted", cancel: "cancelled", withdraw: "withdrawn"}
            assert request.state == states[winner]
            assert (request.accepted_at is None) == (winner is not accept)
            assert (request.ended_at is None) == (winner is accept)


def test_of_one_person_entered_twice_at_once_one_request_comes(stage: Stage) -> None:
    """R5-17, R5-7: the second is told the number of the first."""

    def operation(session: Session) -> None:
        entered(session, session.get_one(Organization, stage.organization_id), stage.manager, NOW)

    outcomes = stage.at_once(*[operation] * 6)
    lost = [outcome for outcome in outcomes if outcome is not None]
    assert len(lost) == 5
    assert all("N-2611-0001" in outcome.reason for outcome in lost)


def test_two_organizations_that_enter_one_id_at_once_learn_nothing_of_each_other(stage: Stage) -> None:
    """R5-7, R8-4: no lock is common to them; the unique index decides."""
    with transaction(Session(stage.engine)) as session:
        other = make.organization(session, "にしガス", systems=("JOHS",), kinds=("retailer",))
        other_id, stranger = other.id, acting(make.user(session, other, contact_role="primary"))

    def entering(organization_id: int, by: Actor, login_id: str) -> Callable[[Session], None]:
        def operation(session: Session) -> None:
            of = session.get_one(Organization, organization_id)
            entered(session, of, by, NOW, login_id=login_id, asked=AskedRights(johs="J1010"))

        return operation

    for number in range(ROUNDS):
        login_id = f"both{number}@shared.example"
        outcomes = stage.at_once(
            entering(stage.organization_id, stage.manager, login_id), entering(other_id, stranger, login_id.upper())
        )
        lost = [outcome for outcome in outcomes if outcome is not None]
        assert [(outcome.reason, outcome.field) for outcome in lost] == [(NOT_YOURS, "login_id")]


def test_numbers_given_at_once_are_each_given_once(stage: Stage) -> None:
    def entering(number: int) -> Callable[[Session], None]:
        def operation(session: Session) -> None:
            of = session.get_one(Organization, stage.organization_id)
            entered(session, of, stage.manager, NOW, login_id=f"p{number}@higashi-gas.example")

        return operation

    assert stage.at_once(*[entering(number) for number in range(8)]) == [None] * 8
    with Session(stage.engine) as session:
        assert session.scalar(select(func.count()).select_from(RightsRequest)) == 8
        numbers = session.scalars(select(RightsRequest.number).order_by(RightsRequest.number)).all()
    assert numbers == [f"N-2611-{place:04d}" for place in range(1, 9)]


def test_of_two_who_take_the_last_juju_seat_at_once_one_needs_a_reason(stage: Stage) -> None:
    """R5-5."""
    with transaction(Session(stage.engine)) as session:
        of = session.get_one(Organization, stage.organization_id)
        for _ in range(4):
            make.user(session, of, rights={"JUJU": "yes"})

    def entering(number: int) -> Callable[[Session], None]:
        def operation(session: Session) -> None:
            of = session.get_one(Organization, stage.organization_id)
            login_id = f"p{number}@higashi-gas.example"
            entered(session, of, stage.manager, NOW, login_id=login_id, asked=AskedRights(juju="yes"))

        return operation

    outcomes = stage.at_once(entering(1), entering(2))
    assert [outcome.field for outcome in outcomes if outcome is not None] == ["memo"]
