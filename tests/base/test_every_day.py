"""The calendar's rules on every day of twenty-one years, against an independent source and against random closing days."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise

import holidays
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from base.business_days import BusinessCalendar
from base.schedule import JUJU_LOACUS_AFTER, TAXIS_JOHS_AFTER, processing_date, window_of

FIRST, LAST = date(2015, 1, 1), date(2035, 12, 31)
USUAL = BusinessCalendar()
DAYS = st.dates(FIRST, LAST)
SOME_CLOSING_DAYS = st.frozensets(DAYS, max_size=8)  # fewer than any window has days of work


def every_day() -> Iterator[date]:
    return (FIRST + timedelta(days=number) for number in range((LAST - FIRST).days + 1))


@pytest.fixture(scope="module")
def worked_days() -> list[date]:
    """As the other source of public holidays has them; the operator's four days are added by hand (R5-31)."""
    official = holidays.country_holidays("JP", years=range(FIRST.year, LAST.year + 2))

    def is_worked(day: date) -> bool:
        at_new_year = (day.month == 12 and day.day == 31) or (day.month == 1 and day.day <= 4)
        return day.isoweekday() <= 5 and day not in official and not at_new_year

    days = (FIRST + timedelta(days=number) for number in range((LAST - FIRST).days + 60))
    return [day for day in days if is_worked(day)]


def test_business_days_are_those_of_another_source(worked_days: list[date]) -> None:
    """R5-31, G5: each of 7 670 days."""
    assert [day for day in every_day() if USUAL.is_business_day(day)] == [day for day in worked_days if day <= LAST]


def test_windows_partition_the_days() -> None:
    """R5-30, G5: every day lies in exactly one half of its month, and the halves follow one another without a gap."""
    windows = Counter(window_of(day) for day in every_day())
    assert len(windows) == 21 * 24
    assert all((last - first).days + 1 == count for (first, last), count in windows.items())
    assert all(last + timedelta(days=1) == first for (_, last), (first, _) in pairwise(sorted(windows)))
    assert {first.day for first, _ in windows} == {1, 16}


def test_every_processing_date_is_the_first_day_of_work_after_its_window(worked_days: list[date]) -> None:
    """R5-30, R5-32, G5: M, M+6 and M+9 of all 504 windows, counted on the other source's days."""
    for _, last in sorted({window_of(day) for day in every_day()}):
        start = bisect_right(worked_days, last)
        after = worked_days[start : start + 10]
        m = processing_date(last, USUAL)
        assert m == after[0]
        assert USUAL.plus(m, TAXIS_JOHS_AFTER) == after[6]
        assert USUAL.plus(m, JUJU_LOACUS_AFTER) == after[9]


@settings(deadline=None, max_examples=40)
@given(DAYS, SOME_CLOSING_DAYS)
def test_processing_dates_grow_from_window_to_window_whatever_is_closed(day: date, closed: frozenset[date]) -> None:
    """R5-30, R5-31, R5-32: M is a business day, and later than the one before, and so is each day counted from it."""
    calendar = BusinessCalendar(closed)
    following = window_of(day)[1] + timedelta(days=1)
    m, next_m = processing_date(day, calendar), processing_date(following, calendar)
    assert calendar.is_business_day(m)
    assert m < next_m
    for n in range(1, 12):
        assert calendar.plus(m, n - 1) < calendar.plus(m, n)
        assert calendar.plus(m, n) < calendar.plus(next_m, n)


@settings(deadline=None, max_examples=40)
@given(DAYS, SOME_CLOSING_DAYS, st.frozensets(DAYS, max_size=5))
def test_days_of_work_only_bring_dates_forward_and_closed_ones_only_move_them_back(
    day: date, closed: frozenset[date], opened: frozenset[date]
) -> None:
    """R5-31, R9-14."""
    m = processing_date(day, USUAL)
    assert processing_date(day, BusinessCalendar(closed)) >= m
    assert processing_date(day, BusinessCalendar(open_days=opened)) <= m
