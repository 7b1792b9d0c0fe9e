"""Many press at the same moment, on each database: one has an effect, all others are told 409. `make crash` does it 200 times."""

import os
from collections import Counter
from collections.abc import Iterator
from itertools import cycle, islice

import pytest
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from auth.models import Organization, User
from base.audit import AuditEntry
from base.db import engine_options, transaction
from base.outbox import Mail
from base.refusals import Conflict, Refused
from rights.models import RightsRequest
from rights.removals import REPLACED, enter_removal
from rights.request_news import News
from rights.request_queries import every_request, lock_requests
from rights.requests import accept_requests
from tests import make
from tests.certificates import NOW
from tests.rights.entries import CALENDAR
from tests.rights.stage import Move, Operation, Stage, accept, cancel, withdraw

IS_LONG = "CRASH_ROUNDS" in os.environ
ROUNDS, THREADS = (200, 50) if IS_LONG else (4, 10)
STATES: dict[Move, str] = {accept: "accepted", cancel: "cancelled", withdraw: "withdrawn"}
TOLD: dict[Move, str | None] = {accept: News.ACCEPTED, cancel: News.CANCELLED, withdraw: None}


@pytest.fixture
def stage(database_url: str) -> Iterator[Stage]:
    """A connection for each who presses."""
    options = engine_options(database_url) | {"pool_size": THREADS, "pool_timeout": 60}
    engine = create_engine(database_url, **options)
    yield Stage(engine)
    engine.dispose()


def request_of(session: Session, public_id: str) -> RightsRequest:
    return session.scalars(select(RightsRequest).where(RightsRequest.public_id == public_id)).one()


def told(session: Session, public_id: str) -> list[str]:
    return list(session.scalars(select(Mail.kind).where(Mail.about == public_id)))


def moves_of(session: Session, public_id: str) -> list[str]:
    """What the trail says happened to it after its entry."""
    lines = select(AuditEntry.action).where(AuditEntry.subject == f"request:{public_id}").order_by(AuditEntry.id)
    return list(session.scalars(lines))[1:]


@pytest.mark.parametrize("pair", [(accept, cancel), (accept, accept), (accept, withdraw)])
def test_of_many_presses_at_once_one_has_an_effect(stage: Stage, pair: tuple[Move, Move]) -> None:
    """G2, R5-10 ②, R5-17: one line in the trail, one mail, and 409 for all others."""
    for number in range(ROUNDS):
        public_id = stage.enter(f"asked{number}@higashi-gas.example")
        pressed = list(islice(cycle(pair), THREADS))
        by = [stage.manager if move is withdraw else stage.staff[place % 2] for place, move in enumerate(pressed)]
        outcomes = stage.at_once(*(stage.moved(public_id, move, who) for move, who in zip(pressed, by, strict=True)))
        assert Counter(map(type, outcomes)) == {type(None): 1, Conflict: THREADS - 1}
        winner = pressed[outcomes.index(None)]
        with Session(stage.engine) as session:
            request = request_of(session, public_id)
            assert (request.state, moves_of(session, public_id)) == (STATES[winner], [f"request.{STATES[winner]}"])
            assert told(session, public_id) == ([TOLD[winner]] if TOLD[winner] else [])
            assert (request.accepted_at is None, request.ended_at is None) == (winner is not accept, winner is accept)


def test_what_was_accepted_had_been_so_before_its_organization_ended(stage: Stage) -> None:
    """G2, G8: whoever ends it sees each acceptance that came first; after it nothing is accepted."""

    def end(session: Session) -> None:
        of = session.get_one(Organization, stage.organization_id, with_for_update={"key_share": True})
        seen.append(request_of(session, public_id).state)
        of.ended_at = NOW

    for number in range(ROUNDS):
        seen: list[str] = []
        public_id = stage.enter(f"asked{number}@higashi-gas.example")
        presses: list[Operation] = [stage.moved(public_id, accept, stage.staff[place % 2]) for place in range(THREADS)]
        outcomes = stage.at_once(*presses[: THREADS // 2], end, *presses[THREADS // 2 :])
        assert outcomes[THREADS // 2] is None
        accepted = [outcome for outcome in outcomes if outcome is None][1:]
        assert (len(accepted), seen) == ((1, ["accepted"]) if accepted else (0, ["entered"]))
        assert {type(outcome) for outcome in outcomes if outcome} <= {Conflict}
        with transaction(Session(stage.engine)) as session:
            assert request_of(session, public_id).state == seen[0]
            session.get_one(Organization, stage.organization_id).ended_at = None


def test_a_removal_and_the_reception_center_at_once_leave_one_end(stage: Stage) -> None:
    """G2, R5-17: the removal is never refused; what it ends has one reason, and nobody waits for each other."""
    for number in range(ROUNDS):
        public_id = stage.enter(f"asked{number}@higashi-gas.example")
        with transaction(Session(stage.engine)) as session:
            of = session.get_one(Organization, stage.organization_id)
            user_id = make.user(session, of, f"asked{number}@higashi-gas.example", rights={"TAXIS": "1010"}).id

        def remove(session: Session, user_id: int = user_id) -> None:
            of = session.get_one(Organization, stage.organization_id)
            enter_removal(session, of, session.get_one(User, user_id), "", CALENDAR, by=stage.manager, now=NOW)

        presses = [stage.moved(public_id, (accept, cancel)[place % 2], stage.staff[0]) for place in range(THREADS - 1)]
        outcomes = stage.at_once(remove, *presses)
        assert outcomes[0] is None
        with Session(stage.engine) as session:
            request, moves = request_of(session, public_id), moves_of(session, public_id)
            assert request.state == "cancelled"
            assert moves in (["request.cancelled"], ["request.accepted", "request.cancelled"])
            assert (request.cancel_reason == REPLACED) == (request.phoned_at is None)
            assert told(session, public_id).count(News.CANCELLED) == 1


def test_lists_accepted_at_once_in_any_order_are_accepted_once(stage: Stage) -> None:
    """G2: two who have ticked the same rows, the one from above and the other from below."""
    for number in range(ROUNDS):
        ids = [stage.enter(f"asked{number}-{place}@higashi-gas.example") for place in range(6)]

        def ticked(public_ids: list[str]) -> Operation:
            def operation(session: Session) -> None:
                rows = lock_requests(session, every_request(), public_ids)
                accept_requests(session, rows, CALENDAR, by=stage.staff[0], now=NOW)

            return operation

        outcomes = stage.at_once(*(ticked(order) for order in islice(cycle((ids, ids[::-1], ids[2:])), THREADS)))
        won = outcomes.count(None)
        assert won == 1
        assert all(isinstance(outcome, Refused) for outcome in outcomes if outcome)
        with Session(stage.engine) as session:
            assert all(moves_of(session, public_id) in ([], ["request.accepted"]) for public_id in ids)
            assert all(moves_of(session, public_id) == ["request.accepted"] for public_id in ids[2:])
