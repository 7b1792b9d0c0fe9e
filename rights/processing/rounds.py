"""The day's run in chunks, each a transaction: begun at 00:00 in Japan or as soon as a worker is there, killed anywhere and run again (G4, G6)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

import structlog
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from base.actors import WORKER, Actor
from base.clock import reading
from base.clock_marks import doubt_about
from base.daily_runs import Turn, ended_in, keep
from base.db import db, transaction
from base.jst import day_of
from rights.processing.queries import count_stuck, has_due, ordered_on
from rights.processing.run import Chunk, Place, carry_out
from rights.removals import has_unsettled, settle_removals

JOB = "processing"
LOOK_SECONDS = 60.0
CHUNK = 1000
MOST_SETTLED = 200

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Rounds:
    """Who runs, and by which clock."""

    clock: Callable[[], datetime]
    by: Actor = WORKER


Opening = Callable[[Session, datetime], object]


def run_processing(turn: Turn, rounds: Rounds) -> str:
    """Everything due by the day of the turn, then the removals that have taken effect. Answers the day's outcome, a killed beginning included."""
    _all_rounds(rounds, turn.on, lambda session, now: keep(session, turn, now))
    with transaction() as session:
        keep(session, turn, rounds.clock())
        ordered, left = ordered_on(session, turn.on), count_stuck(session, turn.on)
    return f"done ordered={ordered} stuck={left}"


def catch_up(rounds: Rounds) -> None:
    """What became due after the day's run: accepted in the very last second, moved with a closing day, made possible by staff."""
    now = rounds.clock()
    today, session = day_of(now), db.session()
    if not ended_in(session, JOB, today, today) or doubt_about(session, reading(now)) is not None:
        return
    if has_due(session, today) or has_unsettled(session, now):
        _all_rounds(rounds, today, lambda _session, _now: None)


def _all_rounds(rounds: Rounds, on: date, opening: Opening) -> None:
    after: Place | None = None
    while (chunk := _next_chunk(rounds, on, after, opening)).last is not None:
        for public_id, reason in chunk.failed:
            log.error("request_not_ordered", request=public_id, reason=reason)
        after = chunk.last
    while _settle_some(rounds, opening):
        pass


def _next_chunk(rounds: Rounds, on: date, after: Place | None, opening: Opening) -> Chunk:
    try:
        return _one_chunk(rounds, on, after, opening)
    except IntegrityError:
        # Somebody has just been given an account under one of the IDs: now it is there, and is found.
        return _one_chunk(rounds, on, after, opening)


def _one_chunk(rounds: Rounds, on: date, after: Place | None, opening: Opening) -> Chunk:
    """A clock that is set back in the middle of the run makes nothing early."""
    with transaction() as session:
        now = rounds.clock()
        opening(session, now)
        return carry_out(session, min(on, day_of(now)), CHUNK, after, by=rounds.by, now=now)


def _settle_some(rounds: Rounds, opening: Opening) -> int:
    with transaction() as session:
        now = rounds.clock()
        opening(session, now)
        return settle_removals(session, now=now, most=MOST_SETTLED)
