from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from base import schedule
from base.business_days import BusinessCalendar
from base.schedule import WindowReach

USUAL = BusinessCalendar()
UNTIMED = settings(deadline=None)  # the first look at a year computes its holidays
DAYS = st.dates(min_value=date(2016, 1, 1), max_value=date(2035, 12, 31))
CLOSING_DAYS = st.frozensets(DAYS, max_size=20)


@pytest.mark.parametrize(
    ("entered_on", "accepted_on", "processing_date", "taxis_johs_from", "juju_loacus_from"),
    [
        (date(2018, 12, 3), date(2018, 12, 4), date(2018, 12, 17), date(2018, 12, 26), date(2019, 1, 7)),
        (date(2018, 12, 13), date(2018, 12, 14), date(2018, 12, 17), date(2018, 12, 26), date(2019, 1, 7)),
        (date(2018, 12, 14), date(2018, 12, 17), date(2019, 1, 7), date(2019, 1, 16), date(2019, 1, 21)),
        (date(2018, 12, 27), date(2018, 12, 28), date(2019, 1, 7), date(2019, 1, 16), date(2019, 1, 21)),
        (date(2018, 12, 28), date(2019, 1, 7), date(2019, 1, 16), date(2019, 1, 24), date(2019, 1, 29)),
        (date(2026, 11, 22), date(2026, 11, 24), date(2026, 12, 1), date(2026, 12, 9), date(2026, 12, 14)),
    ],
)
def test_a_new_request_reaches_its_days(
    entered_on: date, accepted_on: date, processing_date: date, taxis_johs_from: date, juju_loacus_from: date
) -> None:
    """R5-33, R5-10, R5-11, R5-30, R5-31, R5-32, R5-34."""
    assert schedule.new_request(entered_on, USUAL) == schedule.Schedule(
        entered_on=entered_on,
        accepted_on=accepted_on,
        processing_date=processing_date,
        taxis_johs_from=taxis_johs_from,
        juju_loacus_from=juju_loacus_from,
        notified_from=None,
    )


def test_a_late_acceptance_moves_everything_after_it() -> None:
    """R5-11: the date of acceptance decides, not the date of entry."""
    late = schedule.new_request(date(2018, 12, 3), USUAL, accepted_on=date(2018, 12, 17))
    assert late.accepted_on == date(2018, 12, 17)
    assert late.processing_date == date(2019, 1, 7)


def test_an_acceptance_on_the_very_day_counts() -> None:
    """R5-11."""
    assert schedule.new_request(date(2018, 12, 14), USUAL, date(2018, 12, 14)).processing_date == date(2018, 12, 17)


def test_nothing_is_accepted_before_it_is_entered() -> None:
    """R5-10."""
    with pytest.raises(ValueError, match="before its entry"):
        schedule.new_request(date(2018, 12, 14), USUAL, accepted_on=date(2018, 12, 13))


@pytest.mark.parametrize(
    ("day", "first", "last"),
    [
        (date(2018, 12, 1), date(2018, 12, 1), date(2018, 12, 15)),
        (date(2018, 12, 15), date(2018, 12, 1), date(2018, 12, 15)),
        (date(2018, 12, 16), date(2018, 12, 16), date(2018, 12, 31)),
        (date(2018, 12, 31), date(2018, 12, 16), date(2018, 12, 31)),
        (date(2026, 2, 28), date(2026, 2, 16), date(2026, 2, 28)),
        (date(2028, 2, 29), date(2028, 2, 16), date(2028, 2, 29)),
        (date(2026, 4, 30), date(2026, 4, 16), date(2026, 4, 30)),
    ],
)
def test_a_window_is_half_a_month(day: date, first: date, last: date) -> None:
    """R5-30, G5."""
    assert schedule.window_of(day) == (first, last)


@pytest.mark.parametrize(
    ("accepted_on", "processing_date", "why"),
    [
        (date(2026, 6, 1), date(2026, 6, 16), "the 16th is a Tuesday"),
        (date(2026, 6, 15), date(2026, 6, 16), "the 15th still belongs to the first half"),
        (date(2026, 6, 16), date(2026, 7, 1), "the 16th belongs to the second half"),
        (date(2026, 6, 30), date(2026, 7, 1), "the month's last day"),
        (date(2026, 5, 15), date(2026, 5, 18), "the 16th is a Saturday"),
        (date(2026, 10, 31), date(2026, 11, 2), "the 1st is a Sunday"),
        (date(2017, 7, 14), date(2017, 7, 18), "the 16th a Sunday, then Marine Day"),
        (date(2028, 2, 29), date(2028, 3, 1), "a leap day"),
        (date(2026, 12, 16), date(2027, 1, 5), "the 1st a holiday, then closing days"),
        (date(2019, 4, 16), date(2019, 5, 7), "ten days without work at the accession"),
    ],
)
def test_the_processing_date_is_a_business_day(accepted_on: date, processing_date: date, why: str) -> None:
    """R5-30, R5-31, G5."""
    assert schedule.processing_date(accepted_on, USUAL) == processing_date, why


def test_a_closing_day_moves_the_processing_date() -> None:
    """R5-30, R5-31."""
    calendar = BusinessCalendar(closing_days=frozenset({date(2026, 6, 16)}))
    assert schedule.processing_date(date(2026, 6, 1), calendar) == date(2026, 6, 17)


@pytest.mark.parametrize(
    ("entered_on", "processing_date", "juju_loacus_from"),
    [
        (date(2018, 12, 14), date(2018, 12, 17), date(2019, 1, 7)),
        (date(2018, 12, 15), date(2018, 12, 17), date(2019, 1, 7)),
        (date(2018, 12, 16), date(2019, 1, 7), date(2019, 1, 21)),
        (date(2018, 12, 31), date(2019, 1, 7), date(2019, 1, 21)),
    ],
)
def test_a_change_goes_by_its_entry(entered_on: date, processing_date: date, juju_loacus_from: date) -> None:
    """R5-14, R5-15: even on a Saturday, a Sunday, a closing day."""
    assert schedule.change(entered_on, USUAL) == schedule.Schedule(
        entered_on=entered_on,
        accepted_on=None,
        processing_date=processing_date,
        taxis_johs_from=entered_on,
        juju_loacus_from=juju_loacus_from,
        notified_from=None,
    )


def test_a_removal_ends_taxis_and_johs_on_the_day_after() -> None:
    """R5-18: the day after is a calendar day; JUJU and LOACUS end when that is entered."""
    assert schedule.removal(date(2018, 12, 31), USUAL) == schedule.Schedule(
        entered_on=date(2018, 12, 31),
        accepted_on=None,
        processing_date=date(2019, 1, 7),
        taxis_johs_from=date(2019, 1, 1),
        juju_loacus_from=None,
        notified_from=None,
    )


@pytest.mark.parametrize(
    ("ok_on", "processing_date", "notified_from"),
    [
        (date(2019, 1, 15), date(2019, 1, 16), date(2019, 1, 24)),
        (date(2019, 1, 16), date(2019, 2, 1), date(2019, 2, 12)),
        (date(2018, 12, 14), date(2018, 12, 17), date(2018, 12, 26)),
    ],
)
def test_a_certificate_is_announced_six_business_days_after_its_processing_date(
    ok_on: date, processing_date: date, notified_from: date
) -> None:
    """R4-3, R5-30."""
    assert schedule.certificate(ok_on, USUAL) == schedule.Schedule(
        entered_on=None,
        accepted_on=None,
        processing_date=processing_date,
        taxis_johs_from=None,
        juju_loacus_from=None,
        notified_from=notified_from,
    )


@pytest.mark.parametrize(
    ("expiry", "last_safe_day"),
    [
        (date(2019, 1, 31), date(2019, 1, 10)),
        (date(2019, 1, 24), date(2019, 1, 10)),
        (date(2019, 1, 23), date(2018, 12, 26)),
        (date(2027, 2, 10), date(2027, 1, 27)),
    ],
)
def test_a_certificate_names_its_last_safe_day(expiry: date, last_safe_day: date) -> None:
    """R4-5: expiry 2019-01-31 means applying by 2019-01-10."""
    assert schedule.last_safe_day(expiry, USUAL) == last_safe_day


@UNTIMED
@given(DAYS, CLOSING_DAYS)
def test_the_last_safe_day_is_safe_and_the_day_after_it_is_not(expiry: date, closing_days: frozenset[date]) -> None:
    """R4-5."""
    calendar = BusinessCalendar(closing_days)
    last = schedule.last_safe_day(expiry, calendar)
    assert _announced(last, calendar) <= expiry < _announced(last + timedelta(days=1), calendar)


def _announced(applied_on: date, calendar: BusinessCalendar) -> date:
    """The rule read forwards: OK on the second business day, M, M+6."""
    found_in_order = calendar.next_business_day(calendar.next_business_day(applied_on))
    return calendar.plus(schedule.processing_date(found_in_order, calendar), 6)


@pytest.mark.parametrize(
    ("day", "reach"),
    [
        (date(2018, 12, 3), WindowReach.IN_TIME),
        (date(2018, 12, 12), WindowReach.IN_TIME),
        (date(2018, 12, 13), WindowReach.LAST),
        (date(2018, 12, 14), WindowReach.MISSED),
        (date(2018, 12, 15), WindowReach.MISSED),
        (date(2018, 12, 16), WindowReach.IN_TIME),
        (date(2018, 12, 27), WindowReach.LAST),
        (date(2018, 12, 28), WindowReach.MISSED),
        (date(2018, 12, 31), WindowReach.MISSED),
        (date(2019, 1, 1), WindowReach.IN_TIME),
        (date(2026, 11, 14), WindowReach.MISSED),
        (date(2026, 11, 28), WindowReach.IN_TIME),
        (date(2026, 11, 29), WindowReach.LAST),
        (date(2026, 11, 30), WindowReach.MISSED),
    ],
)
def test_a_new_request_is_warned_of_the_last_day(day: date, reach: WindowReach) -> None:
    """R9-1: 12-13 is the last day of R5-33's first window, 12-14 has missed it."""
    assert schedule.reach_of_new_request(day, USUAL) == reach


@pytest.mark.parametrize(
    ("day", "reach"),
    [
        (date(2018, 12, 14), WindowReach.IN_TIME),
        (date(2018, 12, 15), WindowReach.LAST),
        (date(2018, 12, 16), WindowReach.IN_TIME),
        (date(2018, 12, 30), WindowReach.IN_TIME),
        (date(2018, 12, 31), WindowReach.LAST),
        (date(2028, 2, 28), WindowReach.IN_TIME),
        (date(2028, 2, 29), WindowReach.LAST),
    ],
)
def test_a_change_is_warned_of_the_last_day_whatever_day_it_is(day: date, reach: WindowReach) -> None:
    """R9-1, R5-15: 2018-12-15 is a Saturday, 12-31 a closing day."""
    assert schedule.reach_of_change(day) == reach


@UNTIMED
@given(DAYS, CLOSING_DAYS)
def test_every_window_has_at_most_one_last_day_and_misses_only_after_it(
    day: date, closing_days: frozenset[date]
) -> None:
    """R9-1."""
    calendar = BusinessCalendar(closing_days)
    first, last = schedule.window_of(day)
    window = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    order = [WindowReach.IN_TIME, WindowReach.LAST, WindowReach.MISSED]
    ranks = [order.index(schedule.reach_of_new_request(each, calendar)) for each in window]
    assert ranks == sorted(ranks)
    assert ranks.count(1) <= 1


@UNTIMED
@given(DAYS, CLOSING_DAYS)
def test_a_later_entry_never_reaches_anything_earlier(day: date, closing_days: frozenset[date]) -> None:
    """R5-30."""
    calendar = BusinessCalendar(closing_days)
    today = schedule.new_request(day, calendar)
    tomorrow = schedule.new_request(day + timedelta(days=1), calendar)
    assert today.processing_date <= tomorrow.processing_date
    assert calendar.is_business_day(today.processing_date)
    assert schedule.change(day, calendar).processing_date <= today.processing_date


@UNTIMED
@given(DAYS, CLOSING_DAYS)
def test_a_window_is_carried_out_after_its_end(day: date, closing_days: frozenset[date]) -> None:
    """R5-30."""
    calendar = BusinessCalendar(closing_days)
    _, last = schedule.window_of(day)
    assert schedule.processing_date(day, calendar) > last
    assert schedule.processing_date(day, calendar) == schedule.processing_date(last, calendar)
