"""Until when a password is usable (R6-5): counted in days of the Japanese calendar, so that it ends at midnight whatever the hour it was set."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from base.jst import day_of, start_of

STAGES = (1, 7, 14)
NOTICE_DAYS = 14


@dataclass(frozen=True, slots=True)
class PasswordDue:
    """`last_day`: the last on which it is usable. `days_left` before it is expired: 1 on that very day."""

    last_day: date
    days_left: int


def expired_from(set_at: datetime, days: int) -> date:
    """The day from whose 00:00 JST on it is expired: set on 2026-01-01 for 185 days, 2026-07-05."""
    return day_of(set_at) + timedelta(days=days)


@lru_cache(maxsize=4096)
def _expires_at(set_at: datetime, days: int) -> datetime:
    return start_of(expired_from(set_at, days))


def is_expired(set_at: datetime | None, days: int, now: datetime) -> bool:
    """`days` 0: never. One of which nobody knows when it was set is expired."""
    if days == 0:
        return False
    return set_at is None or now >= _expires_at(set_at, days)


def last_usable_day(set_at: datetime | None, days: int) -> date | None:
    """None where it has no end, or nobody knows when it was set."""
    return expired_from(set_at, days) - timedelta(days=1) if set_at and days else None


def password_due(set_at: datetime | None, days: int, now: datetime) -> PasswordDue | None:
    """None where more than 14 days are left, or none."""
    last_day = last_usable_day(set_at, days)
    if last_day is None:
        return None
    left = (last_day - day_of(now)).days + 1
    return PasswordDue(last_day, left) if 1 <= left <= NOTICE_DAYS else None


def due_stage(days_left: int) -> int | None:
    """Which mail is due: 14, 7 or 1 days before. After days without a run the most urgent alone; None where none is due."""
    return next((stage for stage in STAGES if 1 <= days_left <= stage), None)
