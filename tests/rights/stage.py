"""One organization with its contact manager, two of the reception center, and many who press at the same moment."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from auth.models import Organization
from base.actors import Actor
from base.db import transaction
from base.refusals import Refused
from rights.models import RightsRequest
from rights.request_queries import every_request, lock_requests
from rights.requests import accept_request, cancel_request, withdraw_request
from tests import make
from tests.certificates import NOW
from tests.rights.entries import CALENDAR, acting, entered, higashi

Move = Callable[[Session, RightsRequest, Actor], None]
Operation = Callable[[Session], None]


def accept(session: Session, request: RightsRequest, by: Actor) -> None:
    accept_request(session, request, CALENDAR, by=by, now=NOW)


def cancel(session: Session, request: RightsRequest, by: Actor) -> None:
    cancel_request(session, request, "カナが違います", "東野", NOW, by=by, now=NOW)


def withdraw(session: Session, request: RightsRequest, by: Actor) -> None:
    withdraw_request(session, request, by=by, now=NOW)


class Stage:
    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        with transaction(Session(engine)) as session:
            of = higashi(session)
            operator = make.organization(session, "みなみ", is_operator=True)
            self.organization_id = of.id
            self.manager = acting(make.user(session, of, contact_role="primary"))
            self.staff = [acting(make.user(session, operator, staff_role="reception")) for _ in range(2)]

    def enter(self, login_id: str, **changes: Any) -> str:
        with transaction(Session(self.engine)) as session:
            of = session.get_one(Organization, self.organization_id)
            return entered(session, of, self.manager, NOW, login_id=login_id, **changes).public_id

    def attempt(self, barrier: Barrier, operation: Operation) -> Refused | None:
        barrier.wait()
        try:
            with transaction(Session(self.engine)) as session:
                operation(session)
        except Refused as refusal:
            return refusal
        return None

    def at_once(self, *operations: Operation) -> Sequence[Refused | None]:
        barrier = Barrier(len(operations))
        with ThreadPoolExecutor(len(operations)) as threads:
            running = [threads.submit(self.attempt, barrier, operation) for operation in operations]
            return [thread.result() for thread in running]

    def moved(self, public_id: str, move: Move, by: Actor) -> Operation:
        def operation(session: Session) -> None:
            (request,) = lock_requests(session, every_request(), [public_id])
            move(session, request, by)

        return operation
