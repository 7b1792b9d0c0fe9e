"""What state a registered certificate is in, how long it still serves, what follows it, and when its end is told (R4-5)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from unicodedata import normalize

from base.jst import day_of, start_of

WATCHED_DAYS = 90
STAGES = (90, 60, 45, 30, 14)
_LAST_MOMENT = timedelta(seconds=1)


class CertificateState(StrEnum):
    VALID = "valid"
    EXPIRING = "expiring"
    EXPIRED = "expired"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    NOT_YET = "not_yet"


class Succession(StrEnum):
    """`SAME_PC`: a later certificate under the same PC name. `OTHER_PC`: a newer one whose PC had none before: perhaps."""

    SAME_PC = "same_pc"
    OTHER_PC = "other_pc"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Registered:
    """One certificate as it stands registered for one organization."""

    pc_name: str
    not_before: datetime
    not_after: datetime
    registered_at: datetime
    suspended_at: datetime | None = None
    revoked_at: datetime | None = None


def state_of(it: Registered, now: datetime) -> CertificateState:
    """What is final comes first; at the very second of `not_after` it is over (A8, A9)."""
    if it.revoked_at is not None:
        return CertificateState.REVOKED
    if now >= it.not_after:
        return CertificateState.EXPIRED
    if it.suspended_at is not None:
        return CertificateState.SUSPENDED
    if now < it.not_before:
        return CertificateState.NOT_YET
    return CertificateState.EXPIRING if it.not_after <= watched_until(now) else CertificateState.VALID


def watched_until(now: datetime) -> datetime:
    """Whatever ends up to this moment ends within ninety days."""
    return start_of(day_of(now) + timedelta(days=WATCHED_DAYS + 1))


def last_day_of(not_after: datetime) -> date:
    """The last day in Japan on which it serves: midnight itself belongs to the day that is over."""
    return day_of(not_after - _LAST_MOMENT)


def days_left(not_after: datetime, today: date) -> int:
    """0 on its last day, negative afterwards."""
    return (last_day_of(not_after) - today).days


def due_stage(not_after: datetime, registered_at: datetime, told: Iterable[int], today: date) -> int | None:
    """The stage to tell of on the day: the latest that has come since the registration, unless it was told.

    A day that was missed is made up for by the latest stage alone; what comes after the end tells nothing new.
    """
    left = days_left(not_after, today)
    passed = [stage for stage in STAGES if 0 <= left <= stage]
    if not passed:
        return None
    stage = min(passed)
    has_come_since = last_day_of(not_after) - timedelta(days=stage) >= day_of(registered_at)
    return stage if has_come_since and not any(done <= stage for done in told) else None


def succession(it: Registered, all_of_it: Iterable[Registered], now: datetime) -> tuple[Succession, Registered | None]:
    """Which of the organization's other certificates goes on where this one ends (R4-5)."""
    every = [other for other in all_of_it if other is not it]
    later = sorted(
        (other for other in every if _is_usable(other, now) and other.not_after > it.not_after),
        key=lambda other: other.not_after,
    )
    same = next((other for other in later if _is_same_pc(other, it)), None)
    if same is not None:
        return Succession.SAME_PC, same
    fresh = next((other for other in later if _may_replace(other, it) and not _has_elder(other, every)), None)
    return (Succession.OTHER_PC, fresh) if fresh else (Succession.NONE, None)


def _may_replace(other: Registered, it: Registered) -> bool:
    """Registered after it, when its end could be seen already."""
    return other.registered_at > max(it.registered_at, it.not_after - timedelta(days=WATCHED_DAYS))


def _has_elder(it: Registered, others: Iterable[Registered]) -> bool:
    """It goes on for another one."""
    return any(_is_same_pc(it, other) for other in others if other.registered_at < it.registered_at)


def _is_usable(it: Registered, now: datetime) -> bool:
    """Now or soon: one that isn't valid yet goes on as well."""
    return it.revoked_at is None and it.suspended_at is None and now < it.not_after


def _is_same_pc(one: Registered, other: Registered) -> bool:
    return _folded(one.pc_name) == _folded(other.pc_name)


def _folded(pc_name: str) -> str:
    """Wide or narrow, large or small: it is one PC."""
    return "".join(normalize("NFKC", pc_name).casefold().split())
