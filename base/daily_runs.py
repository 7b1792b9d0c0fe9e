"""What is done once a day: by one of several workers, taken over where that one died, made up for after a standstill (R5-44, G4, G6)."""

import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial

import structlog
from sqlalchemy import ColumnElement, and_, false, func, literal, or_, select, update
from sqlalchemy.orm import Session

from base.clock import reading
from base.clock_marks import doubt_about
from base.db import dialect_insert, transaction
from base.identifiers import public_id
from base.job_runs import JobRun
from base.jst import in_jst
from base.worker import Job

LOOK_SECONDS = 30.0
DEAD_AFTER = timedelta(minutes=5)
REFUSED = "refused"
SET_ASIDE = "set aside"

log = structlog.get_logger()


class TakenOver(Exception):
    """Another one carries the run out by now: whatever this one has open is dropped."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A run that is ours: of which job, for which day; `runner` is new each time somebody begins it or takes it over."""

    job: str
    on: date
    runner: str


@dataclass(frozen=True, slots=True)
class DailyRun:
    """`at`: the time of day in Japan from which the day's run is due.

    `run` opens its own transactions, calls `keep` in each, and answers the outcome in some words. Where it fails, it is tried
    again when its turn has gone stale.
    """

    name: str
    at: time
    run: Callable[[Turn], str]


def due_day(at: time, now: datetime) -> date | None:
    """The day whose run is due: today from `at` on. Days that were missed are not made up for one by one (G6)."""
    here = in_jst(now)
    return here.date() if here.time() >= at else None


def begin(session: Session, job: str, on: date, now: datetime, *, is_again: bool = False) -> Turn | None:
    """For exactly one of several that ask at once; None where the run is done or under way. `is_again`: also where it is done."""
    turn = Turn(job, on, f"{socket.gethostname()}/{public_id()}")
    values = {"begun_at": now, "touched_at": now, "runner": turn.runner, "ended_at": None, "outcome": None}
    new = dialect_insert(session, JobRun).values(job=job, on=on, **values).on_conflict_do_nothing()
    if session.execute(new.returning(JobRun.job)).first():
        return turn
    # A clock that was set back must not make a dead run live for as long.
    is_dead = or_(JobRun.touched_at < now - DEAD_AFTER, JobRun.touched_at > now + DEAD_AFTER)
    has_ended = JobRun.ended_at.is_not(None)
    is_free = or_(is_dead & ~has_ended, JobRun.outcome.startswith(SET_ASIDE), has_ended if is_again else false())
    take = update(JobRun).where(JobRun.job == job, JobRun.on == on, is_free).values(values)
    return turn if session.execute(take.returning(JobRun.job)).first() else None


def _set(session: Session, turn: Turn, **values: object) -> None:
    ours = (JobRun.job == turn.job, JobRun.on == turn.on, JobRun.runner == turn.runner, JobRun.ended_at.is_(None))
    if session.execute(update(JobRun).where(*ours).values(values).returning(JobRun.job)).first() is None:
        raise TakenOver(f"{turn.job} of {turn.on}")


def keep(session: Session, turn: Turn, now: datetime) -> None:
    """Call it first in each transaction of the run: it shows that the runner lives, and `TakenOver` ends one that was given up."""
    _set(session, turn, touched_at=now)


def end(session: Session, turn: Turn, outcome: str, now: datetime) -> None:
    _set(session, turn, touched_at=now, ended_at=now, outcome=outcome)


def _has_run(job: str) -> ColumnElement[bool]:
    """It came to its end; one that refused to run, or that a wrong clock brought about, doesn't count."""
    is_void = or_(JobRun.outcome.startswith(REFUSED), JobRun.outcome.startswith(SET_ASIDE))
    return and_(JobRun.job == job, JobRun.ended_at.is_not(None), ~is_void)


def last_ended(session: Session, job: str) -> JobRun | None:
    """The run of the latest day."""
    return session.scalars(select(JobRun).where(_has_run(job)).order_by(JobRun.on.desc()).limit(1)).first()


def ended_in(session: Session, job: str, first: date, last: date) -> bool:
    """Whether a run of these days, both included, came to its end."""
    of_days = select(JobRun.job).where(_has_run(job), JobRun.on.between(first, last))
    return session.scalar(select(of_days.exists())) or False


def set_aside_later(session: Session, turn: Turn) -> None:
    """Somebody says that this day is right: runs of days after it were a wrong clock's (G11)."""
    set_aside_after(session, turn.on, JobRun.job == turn.job)


def set_aside_after(session: Session, on: date, *which: ColumnElement[bool]) -> None:
    """When their day comes, they run."""
    later = (*which, JobRun.on > on, JobRun.ended_at.is_not(None))
    note = literal(f"{SET_ASIDE}: ") + func.coalesce(JobRun.outcome, "")
    session.execute(update(JobRun).where(*later, ~JobRun.outcome.startswith(SET_ASIDE)).values(outcome=note))


def run_if_due(daily: DailyRun, clock: Callable[[], datetime]) -> None:
    """Not while the clock isn't believed: it leaves no trace then, and is made up for when all is well (G11)."""
    now = clock()
    on = due_day(daily.at, now)
    if on is None:
        return
    with transaction() as session:
        is_believed = doubt_about(session, reading(now)) is None
        turn = begin(session, daily.name, on, now) if is_believed else None
    if turn is None:
        return
    try:
        outcome = daily.run(turn)
        with transaction() as session:
            end(session, turn, outcome, clock())
    except TakenOver:
        log.warning("daily_run_taken_over", job=daily.name, on=on.isoformat())
    else:
        log.info("daily_run_ended", job=daily.name, on=on.isoformat(), outcome=outcome)


def daily_job(daily: DailyRun, clock: Callable[[], datetime]) -> Job:
    """For the worker: it looks again and again whether the day's run is due."""
    return Job(daily.name, LOOK_SECONDS, partial(run_if_due, daily, clock))
