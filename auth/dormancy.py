"""Dormant IDs: which stage follows when, and the days that the mails name (R5-40 to R5-44). Days are calendar days in Japan."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

INTERVAL = 30
AGAIN_AFTER = 7


class Stage(StrEnum):
    """In their order."""

    WARNING1 = "warning1"
    WARNING2 = "warning2"
    LOCK = "lock"
    DELETION = "deletion"


STAGE_DAYS = {Stage.WARNING1: 120, Stage.WARNING2: 150, Stage.LOCK: 180, Stage.DELETION: 210}
FIRST_DAYS = STAGE_DAYS[Stage.WARNING1]
WARNINGS = (Stage.WARNING1, Stage.WARNING2)
# What the person has to know, and for thirty days, before that step is taken.
TOLD_BEFORE: Mapping[Stage, tuple[Stage, ...]] = {Stage.LOCK: WARNINGS, Stage.DELETION: (Stage.LOCK,)}


@dataclass(frozen=True, slots=True)
class Step:
    """A stage that was taken `on` a day. `sent_on`: the day on which its mail is recorded as sent.

    `undelivered_since`: the day on which a mail that failed for good, or was called off, was last due.
    """

    on: date
    sent_on: date | None = None
    undelivered_since: date | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """`counted_from`: the day of the last login, or of the issue; `steps` of this dormancy alone. `is_kept`: never deleted (staff)."""

    counted_from: date
    steps: Mapping[Stage, Step] = field(default_factory=dict)
    is_kept: bool = False


def days_between(counted_from: date, on: date) -> int:
    return (on - counted_from).days


def stage_at(days: int) -> Stage | None:
    """The stage of so many days where every earlier one was told of on its day."""
    return max((stage for stage in Stage if days >= STAGE_DAYS[stage]), key=STAGE_DAYS.__getitem__, default=None)


def _pending(account: Account) -> list[Stage]:
    """In their order."""
    is_ever_due = {stage: stage != Stage.DELETION or not account.is_kept for stage in Stage}
    return [stage for stage in Stage if is_ever_due[stage] and stage not in account.steps]


def following(account: Account) -> Stage | None:
    """The stage that is next in order, whenever that will be; None after the last one."""
    return next(iter(_pending(account)), None)


def _was_told(account: Account, stage: Stage, on: date) -> bool:
    """R5-44: each earlier notice is recorded as sent, thirty days ago or longer."""
    told = [account.steps[earlier].sent_on for earlier in TOLD_BEFORE.get(stage, ())]
    return all(sent_on is not None and days_between(sent_on, on) >= INTERVAL for sent_on in told)


def to_be_sent_again(account: Account, on: date) -> list[Stage]:
    """The notices that a later stage waits for, that didn't get through and weren't tried within a week."""
    awaited = {told for later in _pending(account) for told in TOLD_BEFORE.get(later, ())}
    since = {stage: step.undelivered_since for stage, step in account.steps.items() if stage in awaited}
    return [stage for stage, day in since.items() if day is not None and days_between(day, on) >= AGAIN_AFTER]


def next_stage(account: Account, on: date) -> Stage | None:
    """What the run of this day does: one stage a run, in order, nobody locked or deleted who wasn't told in time (R5-40, R5-44)."""
    stage = following(account)
    if stage is None or any(step.on >= on for step in account.steps.values()):
        return None
    if days_between(account.counted_from, on) < STAGE_DAYS[stage]:
        return None
    return stage if _was_told(account, stage, on) else None


def earliest(stage: Stage, counted_from: date, told_on: date | None = None) -> date:
    """The first day on which that stage may come where the notice before it is sent on `told_on`."""
    planned = counted_from + timedelta(days=STAGE_DAYS[stage])
    return max(planned, told_on + timedelta(days=INTERVAL)) if told_on else planned


def last_day_to_log_in(counted_from: date, told_on: date | None = None) -> date:
    """R5-41: the day before the lock."""
    return earliest(Stage.LOCK, counted_from, told_on) - timedelta(days=1)


def last_day_of_grace(counted_from: date, told_on: date | None = None) -> date:
    """R5-41: the day before the deletion; the thirty days of grace begin with the lock."""
    return earliest(Stage.DELETION, counted_from, told_on) - timedelta(days=1)


def next_day(account: Account) -> date | None:
    """When the next stage may come, as far as it is known: None where its notice is still on its way, or nothing follows."""
    stage = following(account)
    if stage is None:
        return None
    told = [account.steps[earlier].sent_on for earlier in TOLD_BEFORE.get(stage, ()) if earlier in account.steps]
    if any(sent_on is None for sent_on in told):
        return None
    latest = max((sent_on for sent_on in told if sent_on), default=None)
    taken = max((step.on for step in account.steps.values()), default=account.counted_from)
    return max(earliest(stage, account.counted_from, latest), taken + timedelta(days=1))
