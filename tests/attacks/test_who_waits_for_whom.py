"""Two who lock the same rows from different ends: on PostgreSQL one of them would be ended by the database (G2)."""

from collections.abc import Iterator
from datetime import timedelta
from threading import Barrier, BrokenBarrierError

import pytest
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from auth.models import Organization
from base.actors import WORKER
from base.db import engine_options, transaction
from base.jst import day_of
from rights.models import RightsRequest
from rights.people.queries import lock_person, people_of
from rights.processing.answers import lock_lines, register_all
from rights.processing.run import carry_out
from rights.removals import enter_removal, remove_what_was_asked
from rights.request_rows import lock_whole_request
from rights.requests import accept_request
from tests.certificates import NOW
from tests.rights.entries import CALENDAR
from tests.rights.stage import Operation, Stage, accept

LATER = NOW + timedelta(days=30)


@pytest.fixture
def stage(database_url: str) -> Iterator[Stage]:
    engine = create_engine(database_url, **engine_options(database_url))
    yield Stage(engine)
    engine.dispose()


def meet(barrier: Barrier) -> None:
    """Where both hold what they lock first; SQLite, and whoever waits before, lets the other one pass."""
    try:
        barrier.wait(1)
    except BrokenBarrierError:
        return


def carried_out(stage: Stage) -> tuple[str, str]:
    """A request with an account, before ⑥; and whose it is."""
    public_id = stage.enter("moved@higashi-gas.example")
    with transaction(Session(stage.engine)) as session:
        request = session.scalars(select(RightsRequest).where(RightsRequest.public_id == public_id)).one()
        accept_request(session, request, CALENDAR, by=stage.staff[0], now=NOW)
        carry_out(session, day_of(LATER), 10, by=WORKER, now=LATER)
        assert request.person is not None
        return public_id, request.person.public_id


def removal_of_person(stage: Stage, person: str, barrier: Barrier) -> Operation:
    def operation(session: Session) -> None:
        user = lock_person(session, people_of(stage.organization_id), person)
        assert user is not None
        of = session.get_one(Organization, stage.organization_id)
        meet(barrier)
        enter_removal(session, of, user, "", CALENDAR, by=stage.manager, now=LATER)

    return operation


def test_a_removal_and_the_registration_of_the_same_person(stage: Stage) -> None:
    """G2, R5-10 ⑥, R5-17: both are answered."""
    public_id, person = carried_out(stage)
    barrier = Barrier(2)

    def register(session: Session) -> None:
        rows = list(lock_lines(session, [public_id]))
        meet(barrier)
        register_all(session, rows, {public_id: "U1"}, CALENDAR, by=stage.staff[0], now=LATER)

    outcomes = stage.at_once(removal_of_person(stage, person, barrier), register)
    assert outcomes[0] is None


def test_two_removals_of_one_person_from_two_pages(stage: Stage) -> None:
    """G2, R5-17: on the person's page and on the request's; the new request is given up once."""
    public_id, person = carried_out(stage)
    barrier = Barrier(2)

    def from_its_page(session: Session) -> None:
        request = lock_whole_request(session, stage.organization_id, public_id)
        assert request is not None
        meet(barrier)
        remove_what_was_asked(session, request, CALENDAR, by=stage.manager, now=LATER)

    outcomes = stage.at_once(removal_of_person(stage, person, barrier), from_its_page)
    assert sum(outcome is None for outcome in outcomes) == 1


def test_a_removal_from_the_request_s_page_and_a_press_of_the_reception_center(stage: Stage) -> None:
    """G2, R5-10 ②, R5-17: whoever accepts what is being removed is told where it stands, or it is removed after that."""
    public_id = stage.enter("pressed@higashi-gas.example")
    barrier = Barrier(2)

    def from_its_page(session: Session) -> None:
        request = lock_whole_request(session, stage.organization_id, public_id)
        assert request is not None
        meet(barrier)
        remove_what_was_asked(session, request, CALENDAR, by=stage.manager, now=NOW)

    def accepts(session: Session) -> None:
        meet(barrier)
        stage.moved(public_id, accept, stage.staff[0])(session)

    outcomes = stage.at_once(from_its_page, accepts)
    assert outcomes[0] is None
    with Session(stage.engine) as session:
        assert session.scalars(select(RightsRequest.state)).all() == ["cancelled"]
