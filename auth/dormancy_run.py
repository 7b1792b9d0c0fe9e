"""The morning run over all accounts (R5-40): may it go on, chunk after chunk, whom else it tells. Killed anywhere, it is run again."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

import structlog
from sqlalchemy.orm import Session

from auth.dormancy import Stage
from auth.dormancy_digests import JOB, queue_digests, tell_of_last_managers, tell_of_refusal
from auth.dormancy_queries import count_accounts, steps_on
from auth.dormant_accounts import plan_chunk, step_chunk
from base.actors import WORKER, Actor
from base.audit import record
from base.daily_runs import REFUSED, Turn, keep, last_ended, set_aside_later
from base.db import transaction

DONE = "done"
FEW_STEPS = 20
SHARE_OF_ACCOUNTS = 0.05

log = structlog.get_logger()
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Rounds:
    """Who runs, by which clock, and where the desk is told of what staff have to know (empty: nowhere)."""

    clock: Clock
    desk_address: str = ""
    by: Actor = WORKER
    is_forced: bool = False


def is_jump(last: date | None, on: date) -> bool:
    """G11: the last run was neither yesterday's nor today's: the machine stood still, or its clock jumped."""
    return last is not None and (on - last).days not in {0, 1}


def most_after_jump(accounts: int) -> int:
    return max(FEW_STEPS, int(accounts * SHARE_OF_ACCOUNTS))


def count_due(session: Session, on: date, most: int | None = None) -> Counter[str]:
    """What the run of this day would do; stops counting beyond `most`. Changes nothing."""
    found: Counter[str] = Counter()
    planned = plan_chunk(session, on, 0)
    while planned.last_id is not None and (most is None or found.total() <= most):
        found += planned.counts
        planned = plan_chunk(session, on, planned.last_id)
    return found


def refusal_of(session: Session, on: date, today: date) -> str | None:
    """G11: why this run must not go on unless somebody says so; None where it may."""
    last = last_ended(session, JOB)
    if on > today:
        return f"{on} is yet to come"
    if last is None or not is_jump(last.on, on):
        return None
    if on < last.on:
        return f"the last run was that of {last.on}"
    most = most_after_jump(count_accounts(session))
    due = count_due(session, on, most).total()
    return f"the last run was that of {last.on}, and more than {most} steps are due" if due > most else None


def _may_go_on(turn: Turn, rounds: Rounds, today: date) -> str | None:
    """A day that is yet to come is nobody's to force: to it, a warning of today is a month old (R5-44)."""
    with transaction() as session:
        keep(session, turn, rounds.clock())
        if rounds.is_forced and turn.on <= today:
            set_aside_later(session, turn)
            record(session, "dormancy.forced", f"run:{turn.on}", by=rounds.by, now=rounds.clock())
            return None
        reason = refusal_of(session, turn.on, today)
        if reason and turn.on <= today:
            tell_of_refusal(session, turn.on, rounds.desk_address, now=rounds.clock())
    return reason


def _all_chunks(turn: Turn, rounds: Rounds) -> None:
    last_id: int | None = 0
    while last_id is not None:
        with transaction() as session:
            now = rounds.clock()
            keep(session, turn, now)
            planned = step_chunk(session, turn.on, last_id, by=rounds.by, now=now)
        for one in planned.unmailable:
            log.error("dormant_id_is_no_address", user=one.public_id)
        last_id = planned.last_id


def _tell_others(turn: Turn, rounds: Rounds) -> dict[Stage, int]:
    with transaction() as session:
        now = rounds.clock()
        keep(session, turn, now)
        tell_of_last_managers(session, turn.on, rounds.desk_address, now=now)
        queue_digests(session, turn.on, now=now)
        taken = steps_on(session, [turn.on])
    return {stage: taken.get((turn.on, stage), 0) for stage in Stage}


def run_dormancy(turn: Turn, rounds: Rounds, today: date) -> str:
    """Answers the outcome: `refused: …`, or how many took which stage on this day, a killed beginning included."""
    if reason := _may_go_on(turn, rounds, today):
        log.error("dormancy_refused", on=turn.on.isoformat(), reason=reason)
        return f"{REFUSED}: {reason}"
    _all_chunks(turn, rounds)
    taken = _tell_others(turn, rounds)
    return " ".join([DONE, *(f"{stage}={count}" for stage, count in taken.items())])
