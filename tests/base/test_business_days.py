from datetime import date, timedelta

import holidays
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from base.business_days import DEFAULT_YEARLY_CLOSING, BusinessCalendar, public_holidays

USUAL = BusinessCalendar()
UNTIMED = settings(deadline=None)  # the first look at a year computes its holidays
DAYS = st.dates(min_value=date(2015, 1, 1), max_value=date(2035, 12, 31))
CLOSING_DAYS = st.frozensets(DAYS, max_size=20)


@pytest.mark.parametrize("year", range(2015, 2036))
def test_two_independent_sources_agree_on_public_holidays(year: int) -> None:
    """R5-31, G5. The two agree on every day of these years; jpholiday gives 05-04 before 1986, when the law didn't."""
    assert public_holidays(year) == frozenset(holidays.country_holidays("JP", years=year))


@pytest.mark.parametrize(
    ("day", "why"),
    [
        (date(2026, 11, 22), "Sunday"),
        (date(2026, 11, 21), "Saturday"),
        (date(2026, 11, 23), "Labour Thanksgiving Day"),
        (date(2019, 1, 14), "Coming of Age Day, the second Monday"),
        (date(2018, 12, 24), "substitute for the Emperor's Birthday on Sunday"),
        (date(2026, 5, 6), "substitute for Constitution Day on Sunday, three days later"),
        (date(2019, 4, 30), "between two holidays"),
        (date(2019, 5, 1), "accession, one-off"),
        (date(2019, 10, 22), "enthronement, one-off"),
        (date(2015, 9, 22), "between Respect for the Aged Day and the equinox"),
        (date(2021, 7, 22), "Marine Day moved for the Games"),
        (date(2021, 8, 9), "substitute for the moved Mountain Day"),
        (date(2018, 12, 31), "the operator's closing day"),
        (date(2019, 1, 1), "New Year's Day"),
        (date(2019, 1, 2), "the operator's closing day"),
        (date(2019, 1, 3), "the operator's closing day"),
        (date(2019, 1, 4), "the operator's closing day"),
    ],
)
def test_nobody_works_on(day: date, why: str) -> None:
    """R5-31, G5."""
    assert not USUAL.is_business_day(day), why


@pytest.mark.parametrize(
    ("day", "why"),
    [
        (date(2018, 12, 28), "the last day of the year's work"),
        (date(2021, 12, 30), "only the 31st is closed"),
        (date(2021, 1, 5), "the first day of the year's work"),
        (date(2021, 7, 19), "the Monday that Marine Day left"),
        (date(2019, 12, 23), "no longer the Emperor's Birthday"),
    ],
)
def test_people_work_on(day: date, why: str) -> None:
    """R5-31, G5."""
    assert USUAL.is_business_day(day), why


def test_closing_days_belong_to_the_operator() -> None:
    """R5-31."""
    anniversary = date(2026, 10, 1)
    assert USUAL.is_business_day(anniversary)
    assert not BusinessCalendar(closing_days=frozenset({anniversary})).is_business_day(anniversary)
    assert BusinessCalendar(yearly_closing=frozenset()).is_business_day(date(2018, 12, 31))


def test_a_yearly_closing_day_can_be_worked_in_one_year_only() -> None:
    """R5-31."""
    calendar = BusinessCalendar(open_days=frozenset({date(2027, 1, 4)}))
    assert calendar.is_business_day(date(2027, 1, 4))
    assert not calendar.is_business_day(date(2028, 1, 4))


def test_an_open_day_opens_no_weekend_and_no_holiday() -> None:
    """R5-31."""
    calendar = BusinessCalendar(open_days=frozenset({date(2026, 11, 22), date(2026, 11, 23)}))
    assert not calendar.is_business_day(date(2026, 11, 22))
    assert not calendar.is_business_day(date(2026, 11, 23))


def test_the_default_closing_days_frame_the_new_year() -> None:
    """R5-31."""
    assert {(12, 31), (1, 2), (1, 3), (1, 4)} == DEFAULT_YEARLY_CLOSING


def test_business_days_are_counted_after_the_day() -> None:
    """R5-32: M+6 and M+9 over the turn of the year."""
    assert USUAL.plus(date(2018, 12, 17), 6) == date(2018, 12, 26)
    assert USUAL.plus(date(2018, 12, 17), 9) == date(2019, 1, 7)
    assert USUAL.plus(date(2018, 12, 17), 0) == date(2018, 12, 17)


def test_a_calendar_without_business_days_is_said_so() -> None:
    """R5-31."""
    every_day = frozenset((month, day) for month in range(1, 13) for day in range(1, 32))
    with pytest.raises(ValueError, match="no business day"):
        BusinessCalendar(yearly_closing=every_day).next_business_day(date(2026, 1, 1))


@UNTIMED
@given(DAYS, CLOSING_DAYS)
def test_the_next_business_day_skips_none(day: date, closing_days: frozenset[date]) -> None:
    """R5-31."""
    calendar = BusinessCalendar(closing_days)
    following = calendar.next_business_day(day)
    assert following > day
    assert calendar.is_business_day(following)
    between = [day + timedelta(days=n) for n in range(1, (following - day).days)]
    assert not any(calendar.is_business_day(skipped) for skipped in between)


@UNTIMED
@given(DAYS, CLOSING_DAYS)
def test_a_business_day_needs_no_moving(day: date, closing_days: frozenset[date]) -> None:
    """R5-30."""
    calendar = BusinessCalendar(closing_days)
    moved = calendar.on_or_after(day)
    assert (moved == day) == calendar.is_business_day(day)
    assert calendar.on_or_after(moved) == moved


@UNTIMED
@given(DAYS, st.integers(min_value=0, max_value=30), st.integers(min_value=0, max_value=30))
def test_counting_goes_on_where_it_stopped_and_strictly_grows(day: date, first: int, second: int) -> None:
    """R5-32."""
    assert USUAL.plus(USUAL.plus(day, first), second) == USUAL.plus(day, first + second)
    assert USUAL.plus(day, first) < USUAL.plus(day, first + 1)


@UNTIMED
@given(DAYS, DAYS, CLOSING_DAYS)
def test_a_closing_day_never_brings_a_date_forward(day: date, closed: date, closing_days: frozenset[date]) -> None:
    """R5-31, R5-32."""
    before = BusinessCalendar(closing_days).plus(day, 9)
    assert BusinessCalendar(closing_days | {closed}).plus(day, 9) >= before
