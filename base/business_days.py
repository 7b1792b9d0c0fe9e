"""The days on which the operator works (R5-31, R5-32)."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import jpholiday

DEFAULT_YEARLY_CLOSING = frozenset({(12, 31), (1, 2), (1, 3), (1, 4)})

SUBSTITUTE = "振替休日"
_LONGEST_PAUSE = 366
# From March on the next year's public holidays are settled: the government proclaims them in February.
_PROCLAIMED_FROM = 3


@lru_cache(maxsize=256)
def public_holidays(year: int) -> frozenset[date]:
    """The public holidays of a year, substitute and one-off ones included; right from 1986 on."""
    return frozenset(day for day, _ in jpholiday.year_holidays(year))


def holidays_known_through(today: date) -> date:
    """The last day of the last year whose public holidays are settled."""
    return date(today.year + (1 if today.month >= _PROCLAIMED_FROM else 0), 12, 31)


def holiday_name(day: date) -> str:
    """In Japanese; empty for a day that is none. A substitute is called that, whatever it stands for."""
    name = jpholiday.is_holiday_name(day) or ""
    return SUBSTITUTE if name.endswith(f" {SUBSTITUTE}") else name


@dataclass(frozen=True, slots=True)
class BusinessCalendar:
    """Monday to Friday without public holidays and the operator's closing days (R5-31).

    Yearly closing days are (month, day); an open day is a yearly closing day on which the operator works that year.
    """

    closing_days: frozenset[date] = frozenset()
    yearly_closing: frozenset[tuple[int, int]] = DEFAULT_YEARLY_CLOSING
    open_days: frozenset[date] = frozenset()

    def is_business_day(self, day: date) -> bool:
        return day.weekday() < 5 and not self._is_closed(day) and day not in public_holidays(day.year)

    def on_or_after(self, day: date) -> date:
        """The day itself or the next business day; ValueError where a whole year has none."""
        for _ in range(_LONGEST_PAUSE):
            if self.is_business_day(day):
                return day
            day += timedelta(days=1)
        raise ValueError(f"no business day in the year before {day.isoformat()}")

    def next_business_day(self, day: date) -> date:
        """The first business day strictly after the day."""
        return self.on_or_after(day + timedelta(days=1))

    def plus(self, day: date, n: int) -> date:
        """The n-th business day after the day (R5-32); with n = 0 the day itself."""
        for _ in range(n):
            day = self.next_business_day(day)
        return day

    def _is_closed(self, day: date) -> bool:
        if day in self.closing_days:
            return True
        return (day.month, day.day) in self.yearly_closing and day not in self.open_days
