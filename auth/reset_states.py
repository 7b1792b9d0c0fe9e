"""What the mailed link for a forgotten password answers (R6-7): the newest one only, once, for a few minutes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class ResetAnswer(StrEnum):
    """`DEAD`: used, replaced by a newer one, or the password has changed since. `FORGED`: as for any other organization's PC."""

    OK = "ok"
    EXPIRED = "expired"
    DEAD = "dead"
    LOCKED = "locked"
    FORGED = "forged"


@dataclass(frozen=True, slots=True)
class ResetFacts:
    """`version` and `sent_at` of the newest link; `is_gone`: the account is deleted or its organization has ended."""

    version: int
    sent_at: datetime | None
    is_locked: bool
    is_gone: bool


def reset_until(sent_at: datetime, seconds: int) -> datetime:
    """The last instant at which the link works."""
    return sent_at + timedelta(seconds=seconds)


def reset_answer(facts: ResetFacts, version: int, seconds: int, now: datetime) -> ResetAnswer:
    if facts.is_gone or version != facts.version:
        return ResetAnswer.DEAD
    if facts.is_locked:
        return ResetAnswer.LOCKED
    if facts.sent_at is None:
        return ResetAnswer.DEAD
    return ResetAnswer.EXPIRED if now > reset_until(facts.sent_at, seconds) else ResetAnswer.OK
