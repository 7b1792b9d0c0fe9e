from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from base.business_days import BusinessCalendar, holidays_known_through
from base.jst import JST, day_of, start_of
from base.schedule import WindowReach, reach_of_new_request
from content.calendar.days import (
    Month,
    ProcessingKind,
    day_parts,
    days_between,
    is_closing_day,
    month_of,
    processing_days,
    read_month,
)

CALENDAR = BusinessCalendar()
LONG = date(2100, 1, 1)
DECEMBER = Month(date(2018, 12, 1))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2026-12", date(2026, 12, 1)),
        ("2015-01", date(2015, 1, 1)),
        ("2099-12", date(2099, 12, 1)),
        *((text, None) for text in ("", "2014-12", "2100-01", "2026-13", "2026-00", "2026-1", "2026-12-01")),
        *((text, None) for text in ("\uff12026-12", "-2026-12", "2026/12", "2026-12\n")),
    ],
)
def test_a_month_is_named_by_its_year_and_number(text: str, found: date | None) -> None:
    month = read_month(text)
    assert (month.first if month else None) == found


@given(st.dates(date(2015, 1, 1), date(2099, 12, 31)))
def test_a_month_holds_each_of_its_days_once_on_its_weekday(day: date) -> None:
    month = month_of(day)
    weeks = month.weeks()
    assert [each for week in weeks for each in week if each] == list(days_between(month.first, month.last))
    assert {len(week) for week in weeks} == {7}
    assert all(each is None or each.isoweekday() % 7 == column for week in weeks for column, each in enumerate(week))
    assert month.plus(1).first - timedelta(days=1) == month.last
    assert month.plus(13).plus(-13) == month
    assert read_month(month.text) == month


def processing(month: Month, kind: ProcessingKind, calendar: BusinessCalendar = CALENDAR) -> list[date]:
    return [each.day for each in processing_days(month.first, month.last, calendar, LONG) if each.kind is kind]


def test_the_worked_example_stands_in_its_months() -> None:
    """R5-30, R5-31, R5-33: M of 2018-12 and 2019-01, and the days on which an entry still reaches them (R9-1)."""
    january = DECEMBER.plus(1)
    assert processing(DECEMBER, ProcessingKind.PROCESSING) == [date(2018, 12, 3), date(2018, 12, 17)]
    assert processing(january, ProcessingKind.PROCESSING) == [date(2019, 1, 7), date(2019, 1, 16)]
    assert processing(DECEMBER, ProcessingKind.LAST_NEW) == [date(2018, 12, 13), date(2018, 12, 27)]
    assert processing(DECEMBER, ProcessingKind.LAST_CHANGE) == [date(2018, 12, 15), date(2018, 12, 31)]
    (first, second) = [
        each
        for each in processing_days(january.first, january.last, CALENDAR, LONG)
        if each.kind is ProcessingKind.PROCESSING
    ]
    assert (first.window, second.window) == (
        (date(2018, 12, 16), date(2018, 12, 31)),
        (date(2019, 1, 1), date(2019, 1, 15)),
    )


def test_a_closing_day_moves_what_stands_on_it() -> None:
    """R5-30, R5-31."""
    closed = BusinessCalendar(closing_days=frozenset({date(2018, 12, 17), date(2018, 12, 14)}))
    assert processing(DECEMBER, ProcessingKind.PROCESSING, closed) == [date(2018, 12, 3), date(2018, 12, 18)]
    assert processing(DECEMBER, ProcessingKind.LAST_NEW, closed) == [date(2018, 12, 12), date(2018, 12, 27)]


@settings(max_examples=40)
@given(
    st.dates(date(2025, 10, 1), date(2027, 2, 28)),
    st.frozensets(st.dates(date(2026, 1, 1), date(2026, 12, 31)), max_size=9),
)
def test_a_month_of_processing_days_agrees_with_each_of_its_days(day: date, closing: frozenset[date]) -> None:
    """R5-30, R9-1: two ends of windows a month; the last day for new requests is the one that the rule calls so."""
    month, calendar = month_of(day), BusinessCalendar(closing_days=closing)
    found = processing_days(month.first, month.last, calendar, day)
    assert [each.day for each in found if each.kind is ProcessingKind.LAST_CHANGE] == [
        month.first.replace(day=15),
        month.last,
    ]
    last_new = [each.day for each in found if each.kind is ProcessingKind.LAST_NEW]
    asked = days_between(month.first, month.last)
    assert last_new == [each for each in asked if reach_of_new_request(each, calendar) is WindowReach.LAST]
    assert all(calendar.is_business_day(each.on) and each.window[1] < each.on for each in found)
    assert all(each.is_provisional == (each.on > day) for each in found)


@pytest.mark.parametrize(
    ("day", "through"),
    [
        (date(2026, 2, 28), date(2026, 12, 31)),
        (date(2026, 3, 1), date(2027, 12, 31)),
        (date(2026, 12, 31), date(2027, 12, 31)),
        (date(2027, 1, 1), date(2027, 12, 31)),
    ],
)
def test_holidays_are_known_for_the_year_and_from_spring_for_the_next(day: date, through: date) -> None:
    """R5-31: what may still move is said to be expected."""
    assert holidays_known_through(day) == through


def test_closing_days_are_the_operators_whatever_the_weekday() -> None:
    """R5-31: yearly ones, but not where the operator works, and those of one year."""
    calendar = BusinessCalendar(frozenset({date(2026, 11, 20)}), open_days=frozenset({date(2027, 1, 4)}))
    days = (date(2026, 12, 31), date(2027, 1, 2), date(2027, 1, 4), date(2026, 11, 20), date(2026, 11, 23))
    assert [is_closing_day(day, calendar) for day in days] == [True, True, False, True, False]


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 12, day, hour, minute, tzinfo=JST).astimezone(UTC)


@pytest.mark.parametrize(
    ("from_at", "until_at", "parts"),
    [
        (at(5, 22), at(6, 6), [(5, at(5, 22), None), (6, None, at(6, 6))]),
        (at(5, 9), at(5, 10), [(5, at(5, 9), at(5, 10))]),
        (at(5, 0), at(6, 0), [(5, at(5, 0), at(6, 0))]),
        (at(5, 22), at(8, 0), [(5, at(5, 22), None), (6, None, None), (7, None, at(8, 0))]),
        (at(5, 9), at(5, 9), [(5, at(5, 9), at(5, 9))]),
    ],
)
def test_a_stop_stands_on_each_day_that_it_touches(
    from_at: datetime, until_at: datetime, parts: list[tuple[int, datetime | None, datetime | None]]
) -> None:
    """R9-8: one that ends at midnight isn't on the next day."""
    found = day_parts(from_at, until_at, date(2026, 12, 1), date(2026, 12, 31))
    assert [(part.day.day, part.from_at, part.until_at) for part in found] == parts


@given(st.integers(0, 90 * 1440), st.integers(1, 60 * 1440))
def test_the_parts_of_a_span_are_the_span(begin: int, length: int) -> None:
    """R9-8: nothing is left out between the first of the days and the last, nothing stands beyond them."""
    from_at = start_of(date(2026, 11, 1)) + timedelta(minutes=begin)
    until_at = from_at + timedelta(minutes=length)
    first, last = date(2026, 12, 1), date(2026, 12, 31)
    parts = list(day_parts(from_at, until_at, first, last))
    noons = [start_of(day) + timedelta(hours=12) for day in days_between(first, last)]
    touched = {part.day for part in parts}
    assert {day_of(noon) for noon in noons if from_at <= noon < until_at} <= touched
    assert all(first <= part.day <= last for part in parts)
    total = sum(
        (
            (part.until_at or start_of(part.day + timedelta(days=1))) - (part.from_at or start_of(part.day))
            for part in parts
        ),
        timedelta(0),
    )
    inside = min(until_at, start_of(date(2027, 1, 1))) - max(from_at, start_of(first))
    assert total == max(inside, timedelta(0))
