from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from base import jst


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2026, 11, 22, 14, 59, 59, 999999, tzinfo=UTC), date(2026, 11, 22)),
        (datetime(2026, 11, 22, 15, 0, tzinfo=UTC), date(2026, 11, 23)),
        (datetime(2026, 12, 31, 15, 0, tzinfo=UTC), date(2027, 1, 1)),
        (datetime(2028, 2, 28, 15, 0, tzinfo=UTC), date(2028, 2, 29)),
        (datetime(2026, 11, 22, 20, 0, tzinfo=timezone(timedelta(hours=-5))), date(2026, 11, 23)),
    ],
)
def test_a_day_begins_at_midnight_in_japan(instant: datetime, day: date) -> None:
    """R8-2, G5."""
    assert jst.day_of(instant) == day


@given(st.dates(min_value=date(1952, 1, 1), max_value=date(2200, 1, 1)))
def test_a_day_starts_with_its_first_microsecond(day: date) -> None:
    """R8-2."""
    start = jst.start_of(day)
    assert start.tzinfo is UTC
    assert jst.day_of(start) == day
    assert jst.day_of(start - timedelta(microseconds=1)) == day - timedelta(days=1)
    assert jst.start_of(day + timedelta(days=1)) - start == timedelta(hours=24)


def test_the_start_of_a_day_is_given_in_utc() -> None:
    """R8-2."""
    assert jst.start_of(date(2026, 7, 5)) == datetime(2026, 7, 4, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("locale", "long", "short", "moment"),
    [
        ("ja", "2026/11/22(日)", "11/22(日)", "2026/11/22(日) 22:30"),
        ("en", "2026/11/22 (Sun)", "11/22 (Sun)", "2026/11/22 (Sun) 22:30"),
    ],
)
def test_every_date_carries_its_weekday(locale: str, long: str, short: str, moment: str) -> None:
    """R8-2."""
    day = date(2026, 11, 22)
    assert jst.show_day(day, locale) == long
    assert jst.show_short_day(day, locale) == short
    assert jst.show_time(datetime(2026, 11, 22, 13, 30, 59, tzinfo=UTC), locale) == moment


def test_a_week_is_named_in_order() -> None:
    """R8-2."""
    week = [date(2026, 11, 23) + timedelta(days=n) for n in range(7)]
    assert "".join(jst.show_short_day(day)[6] for day in week) == "月火水木金土日"
    assert [jst.show_short_day(day, "en")[7:10] for day in week] == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]


def test_months_and_days_have_two_digits() -> None:
    """R8-2."""
    assert jst.show_day(date(2027, 1, 4)) == "2027/01/04(月)"


def test_the_time_of_an_error_has_seconds_and_no_weekday() -> None:
    """R2-7."""
    assert jst.show_error_time(datetime(2026, 11, 22, 13, 30, 5, tzinfo=UTC)) == "2026/11/22 22:30:05"


@pytest.mark.parametrize("shown", [jst.day_of, jst.show_time, jst.show_error_time, jst.in_jst])
def test_an_instant_without_a_time_zone_is_refused(shown: Callable[[datetime], object]) -> None:
    """R8-2."""
    with pytest.raises(ValueError, match="time zone"):
        shown(datetime(2026, 11, 22, 13, 30))  # noqa: DTZ001 - the naive one is the point
