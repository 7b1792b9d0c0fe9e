"""Months, and what falls on their days: parts of stops, processing dates, last days of windows (R5-30..R5-32, R9-8)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from base.business_days import BusinessCalendar
from base.jst import day_of, start_of
from base.schedule import WindowReach, processing_date, reach_of_change, reach_of_new_request, window_of

YEARS = range(2015, 2100)
_MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
_DAY = timedelta(days=1)
_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Month:
    first: date

    @property
    def last(self) -> date:
        return self.plus(1).first - _DAY

    def plus(self, months: int) -> "Month":
        year, month = divmod(self.first.year * 12 + self.first.month - 1 + months, 12)
        return Month(date(year, month + 1, 1))

    @property
    def text(self) -> str:
        """As 2026-12."""
        return f"{self.first:%Y-%m}"

    @property
    def is_shown(self) -> bool:
        return self.first.year in YEARS

    def weeks(self) -> list[list[date | None]]:
        """From Sunday to Saturday; None for the days of its neighbours."""
        before = (self.first.weekday() + 1) % 7
        days: list[date | None] = [None] * before + list(days_between(self.first, self.last))
        days += [None] * (-len(days) % 7)
        return [days[start : start + 7] for start in range(0, len(days), 7)]


def month_of(day: date) -> Month:
    return Month(day.replace(day=1))


def read_month(text: str) -> Month | None:
    """None for what is no month that is shown."""
    found = _MONTH.fullmatch(text)
    if found is None or int(found[1]) not in YEARS or not 1 <= int(found[2]) <= 12:
        return None
    return Month(date(int(found[1]), int(found[2]), 1))


def days_between(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


@dataclass(frozen=True, slots=True)
class DayPart:
    """What of a span falls on a day: from and until when, None where it goes beyond the day."""

    day: date
    from_at: datetime | None
    until_at: datetime | None


def day_parts(from_at: datetime, until_at: datetime, first: date, last: date) -> Iterator[DayPart]:
    """Of the days from `first` to `last`; the end is not part of the span."""
    begins, ends = day_of(from_at), day_of(max(from_at, until_at - _MOMENT))
    for day in days_between(max(begins, first), min(ends, last)):
        goes_on = until_at > start_of(day + _DAY)
        yield DayPart(day, from_at if day == begins else None, None if goes_on else until_at)


class ProcessingKind(StrEnum):
    PROCESSING = "processing"
    LAST_NEW = "last_new"
    LAST_CHANGE = "last_change"


@dataclass(frozen=True, slots=True)
class ProcessingDay:
    """A processing date, or the last day on which an entry still reaches one.

    `window`: what is carried out on `on`, by the day of its acceptance or, for changes, of its entry. Provisional are days
    that public holidays or closing days may still move.
    """

    day: date
    kind: ProcessingKind
    window: tuple[date, date]
    on: date
    is_provisional: bool


def processing_days(
    first: date, last: date, calendar: BusinessCalendar, confirmed_through: date
) -> list[ProcessingDay]:
    """In the order of their days (R5-30, R9-1)."""
    found: list[ProcessingDay] = []
    window = window_of(first - timedelta(days=31))
    while window[0] <= last:
        on = processing_date(window[1], calendar)
        for day, kind in ((on, ProcessingKind.PROCESSING), *_last_days(window, calendar)):
            if first <= day <= last:
                found.append(ProcessingDay(day, kind, window, on, on > confirmed_through))
        window = window_of(window[1] + _DAY)
    return sorted(found, key=lambda each: (each.day, list(ProcessingKind).index(each.kind)))


def _last_days(window: tuple[date, date], calendar: BusinessCalendar) -> Iterator[tuple[date, ProcessingKind]]:
    for day in days_between(*window):
        if reach_of_new_request(day, calendar) is WindowReach.LAST:
            yield day, ProcessingKind.LAST_NEW
        if reach_of_change(day) is WindowReach.LAST:
            yield day, ProcessingKind.LAST_CHANGE


def is_closing_day(day: date, calendar: BusinessCalendar) -> bool:
    """Of the operator, whatever the weekday (R5-31)."""
    is_yearly = (day.month, day.day) in calendar.yearly_closing and day not in calendar.open_days
    return is_yearly or day in calendar.closing_days
