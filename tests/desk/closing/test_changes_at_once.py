"""While a closing day is saved, others accept requests: none keeps a processing date of the calendar that was (R5-31, R9-14)."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from sqlalchemy import Engine, delete, select
from sqlalchemy.orm import Session

from auth.models import Organization
from base.closing_days import ClosingDay, business_calendar
from base.db import transaction
from base.refusals import Conflict
from base.schedule import processing_date
from desk.closing.changes import moves_of, plan_change, save_change
from desk.closing.concerned import digest_of
from desk.closing.day_rules import read
from desk.closing.models import CalendarChange, CalendarMove
from desk.closing.queries import change_by
from rights.models import RightsRequest
from rights.request_queries import every_request, lock_request
from rights.requests import accept_request
from tests.desk.closing.planning import CLOSED, NOW, M, manager_of, reception
from tests.rights.entries import entered, higashi

ROUNDS = int(os.environ.get("CRASH_ROUNDS", "3"))
Step = Callable[[Session], None]


class Ground:
    """A request that waits, and a change of the calendar that is planned."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        with transaction(Session(engine)) as session:
            of = higashi(session)
            self.organization_id = of.id
            self.manager, self.center = manager_of(session, of), reception(session)

    def enter(self, number: int) -> tuple[str, str, str]:
        """Public ids of the request and of the change, and what was shown of it."""
        with transaction(Session(self.engine)) as session:
            session.execute(delete(CalendarMove))
            session.execute(delete(CalendarChange))
            session.execute(delete(ClosingDay))
            of = session.get_one(Organization, self.organization_id)
            request = entered(session, of, self.manager, NOW, login_id=f"p{number}@higashi-gas.example")
            change = plan_change(session, [CLOSED], by=self.center, now=NOW)
            seen = digest_of(moves_of(session, read(change.days), NOW), business_calendar(session))
            return request.public_id, change.public_id, seen

    def accept(self, public_id: str, has_read: Event, goes_on: Event) -> None:
        """Reads the calendar, and is slow."""
        with transaction(Session(self.engine)) as session:
            calendar = business_calendar(session)
            has_read.set()
            goes_on.wait(0.4)
            request = lock_request(session, every_request(), public_id)
            assert request is not None
            accept_request(session, request, calendar, by=self.center, now=NOW)

    def save(self, public_id: str, seen: str) -> Conflict | None:
        try:
            with transaction(Session(self.engine)) as session:
                change = change_by(session, public_id, is_locked=True)
                assert change is not None
                save_change(session, change, seen, is_told=True, by=self.center, now=NOW)
        except Conflict as conflict:
            return conflict
        return None


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as threads:
        yield threads


def test_an_acceptance_under_way_is_waited_for_and_seen(engine: Engine, threads: ThreadPoolExecutor) -> None:
    """R9-14: it read the calendar first. The change finds it accepted, which isn't what was shown, and is shown anew."""
    ground = Ground(engine)
    for number in range(ROUNDS):
        request_id, change_id, seen = ground.enter(number)
        has_read, goes_on = Event(), Event()
        accepting = threads.submit(ground.accept, request_id, has_read, goes_on)
        has_read.wait(5)
        conflict = ground.save(change_id, seen)
        accepting.result()
        with Session(engine) as session:
            request = session.scalars(select(RightsRequest).where(RightsRequest.public_id == request_id)).one()
            assert request.processing_date == processing_date(NOW.date(), business_calendar(session))
            assert (conflict is None) == (request.processing_date != M)


def test_whoever_holds_a_request_and_waits_for_the_calendar_is_not_waited_for(engine: Engine) -> None:
    """R9-14: neither would ever go on; the change says so, and is pressed once more."""
    ground = Ground(engine)
    request_id, change_id, seen = ground.enter(1)
    if engine.dialect.name == "sqlite":
        assert ground.save(change_id, seen) is None
        return
    with Session(engine) as holding:
        lock_request(holding, every_request(), request_id)
        conflict = ground.save(change_id, seen)
        assert "もう一度押してください" in str(conflict)
    assert ground.save(change_id, seen) is None
