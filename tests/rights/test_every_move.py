"""Every step that anybody can take with a request, in every situation of every kind: allowed, or 409 and nothing has happened."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from auth.models import Organization, User
from base.actors import WORKER, Actor
from base.audit import AuditEntry
from base.outbox import Mail
from base.refusals import Conflict
from rights.changes import Wanted, enter_change
from rights.codes import AskedRights, System
from rights.completions import complete_parts, complete_registration
from rights.models import HeldRight, RightsRequest
from rights.processing.run import carry_out
from rights.removals import enter_removal, give_up
from rights.requests import accept_request, cancel_request
from rights.withdrawals import take_back
from tests import make
from tests.rights.entries import CALENDAR, acting, at, entered, higashi

ENTRY, NEXT, M, AFTER = (at(date(2018, 12, day)) for day in (13, 14, 17, 18))
LONG_AGO = at(date(2018, 1, 10))


@dataclass(frozen=True, slots=True)
class House:
    session: Session
    of: Organization
    manager: Actor
    center: Actor

    def holder(self, **rights: str) -> User:
        return make.user(self.session, self.of, rights=rights, created_at=LONG_AGO)

    def run(self) -> None:
        carry_out(self.session, M.date(), 100, by=WORKER, now=M)


Step = Callable[[House, RightsRequest, datetime], None]


def accept(house: House, request: RightsRequest, now: datetime) -> None:
    accept_request(house.session, request, CALENDAR, by=house.center, now=now)


def cancel(house: House, request: RightsRequest, now: datetime) -> None:
    cancel_request(house.session, request, "カナが違います", "東野", now, by=house.center, now=now)


def withdraw(house: House, request: RightsRequest, now: datetime) -> None:
    take_back(house.session, request, by=house.manager, now=now)


def remove(house: House, request: RightsRequest, now: datetime) -> None:
    """What a removal of the same person does to it (R5-17)."""
    give_up(house.session, request, by=house.manager, now=now)


def register(house: House, request: RightsRequest, now: datetime) -> None:
    """⑥."""
    complete_registration(house.session, request, "U000123", CALENDAR, by=house.center, now=now)


def finish(house: House, request: RightsRequest, now: datetime) -> None:
    """⑩."""
    complete_parts(house.session, request, {System.JUJU, System.LOACUS}, CALENDAR, by=house.center, now=now)


STEPS: Mapping[str, Step] = {step.__name__: step for step in (accept, cancel, withdraw, remove, register, finish)}


def new(house: House) -> RightsRequest:
    asked = AskedRights(taxis="1011", loacus="02010")
    return entered(house.session, house.of, house.manager, ENTRY, asked=asked)


def change(house: House) -> RightsRequest:
    wanted = Wanted(AskedRights(taxis="1010", loacus="02011"))
    user = house.holder(TAXIS="1010", LOACUS="02010")
    return enter_change(house.session, house.of, user, wanted, CALENDAR, by=house.manager, now=ENTRY)


def removal(house: House) -> RightsRequest:
    user = house.holder(LOACUS="02010")
    return enter_removal(house.session, house.of, user, "", CALENDAR, by=house.manager, now=ENTRY)


def removal_of_both(house: House) -> RightsRequest:
    user = house.holder(TAXIS="1010", LOACUS="02010")
    return enter_removal(house.session, house.of, user, "", CALENDAR, by=house.manager, now=ENTRY)


KINDS = {each.__name__: each for each in (new, change, removal, removal_of_both)}
# Of each situation: the kind, the steps that lead to it, the time at which somebody presses, and what he may do then.
SITUATIONS = (
    ("new", "", ENTRY, "accept cancel withdraw remove"),
    ("new", "accept", NEXT, "remove"),
    ("new", "accept run", AFTER, "register remove"),
    ("new", "accept run register", AFTER, "finish remove"),
    ("new", "accept run register finish", AFTER, ""),
    ("new", "accept run register remove", AFTER, ""),
    ("new", "cancel", NEXT, ""),
    ("new", "withdraw", NEXT, ""),
    ("new", "remove", NEXT, ""),
    ("change", "", ENTRY, "withdraw remove"),
    ("change", "", M, "remove"),
    ("change", "run", AFTER, "finish remove"),
    ("change", "run finish", AFTER, ""),
    ("change", "withdraw", NEXT, ""),
    ("change", "remove", NEXT, ""),
    ("removal", "", ENTRY, "withdraw finish"),
    ("removal", "run", AFTER, "withdraw finish"),
    ("removal", "run finish", AFTER, ""),
    ("removal", "withdraw", NEXT, ""),
    ("removal_of_both", "", ENTRY, "withdraw finish"),
    ("removal_of_both", "", NEXT, "finish"),
    ("removal_of_both", "run", AFTER, "finish"),
    ("removal_of_both", "run finish", AFTER, ""),
)


@pytest.fixture
def house(session: Session) -> House:
    of = higashi(session)
    manager = acting(make.user(session, of, contact_role="primary"))
    operator = make.organization(session, "みなみ", is_operator=True)
    return House(session, of, manager, acting(make.user(session, operator, staff_role="reception")))


def brought(house: House, kind: str, way: str) -> RightsRequest:
    """A request of the kind, by the steps to where it shall stand."""
    request = KINDS[kind](house)
    for step in way.split():
        if step == "run":
            house.run()
        else:
            STEPS[step](house, request, {"accept": NEXT}.get(step, AFTER if "run" in way else ENTRY))
    return request


def everything(session: Session, request: RightsRequest) -> list[object]:
    """The request, its parts, the rights, the trail and the mails, as the database has them."""
    session.flush()
    session.expire_all()
    rows = [request, *request.parts, *session.scalars(select(HeldRight).order_by(HeldRight.id))]
    values = [getattr(row, column.key) for row in rows for column in row.__table__.columns]
    return [*values, session.scalar(select(func.count(AuditEntry.id))), session.scalar(select(func.count(Mail.id)))]


def is_taken(house: House, request: RightsRequest, step: Step, now: datetime) -> bool:
    try:
        step(house, request, now)
    except Conflict as refusal:
        return refusal.status != 409
    return True


@pytest.mark.parametrize("kind", KINDS)
def test_every_step_in_every_situation_is_allowed_or_refused_without_a_trace(house: House, kind: str) -> None:
    """G7, R5-10, R5-14, R5-15, R5-17, R5-18: the real operations, each kind."""
    seen: defaultdict[tuple[str, datetime], set[str]] = defaultdict(set)
    for way, now in ((way, now) for of_kind, way, now, _ in SITUATIONS if of_kind == kind):
        with house.session.begin_nested() as situation:
            request = brought(house, kind, way)
            before = everything(house.session, request)
            for name, step in STEPS.items():
                with house.session.begin_nested() as place:
                    if is_taken(house, request, step, now):
                        seen[way, now].add(name)
                    else:
                        assert everything(house.session, request) == before, (way, name)
                    place.rollback()
                assert everything(house.session, request) == before
            situation.rollback()
        house.session.expire_all()
    allowed = {(way, now): set(steps.split()) for of_kind, way, now, steps in SITUATIONS if of_kind == kind and steps}
    assert seen == allowed
