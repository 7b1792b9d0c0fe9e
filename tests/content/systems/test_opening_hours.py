from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from base.jst import JST
from content.systems.opening_hours import (
    WHOLE_DAY,
    Hours,
    HoursFrom,
    Status,
    StatusKind,
    Stop,
    StopKind,
    Timetable,
    next_edge,
    next_promise,
    status,
)

SUNDAY = date(2026, 11, 22)
BY_DAY = Hours(timedelta(hours=7, minutes=30), timedelta(hours=21))
FIRST = date(2015, 1, 1)
HOURS = Timetable(
    [*(HoursFrom(system, FIRST, BY_DAY) for system in ("JOHS", "TAXIS", "JUJU")), HoursFrom("LOACUS", FIRST, WHOLE_DAY)]
)
KINDS = {"o": StatusKind.OPEN, "c": StatusKind.CLOSED, "p": StatusKind.PLANNED_STOP, "d": StatusKind.DISTURBANCE}


def at(clock: str, day: date = SUNDAY) -> datetime:
    """JST as UTC; 24:00 is the next midnight."""
    hours, minutes = map(int, clock.split(":"))
    midnight = datetime(day.year, day.month, day.day, tzinfo=JST)
    return (midnight + timedelta(hours=hours, minutes=minutes)).astimezone(UTC)


MONDAY = SUNDAY + timedelta(days=1)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize("system", ["JOHS", "TAXIS", "JUJU"])
@pytest.mark.parametrize(
    ("now", "kind", "changes_at"),
    [
        (at("0:00"), "c", at("7:30")),
        (at("7:30") - SECOND, "c", at("7:30")),
        (at("7:30"), "o", at("21:00")),
        (at("21:00") - SECOND, "o", at("21:00")),
        (at("21:00"), "c", at("7:30", MONDAY)),
        (at("22:30"), "c", at("7:30", MONDAY)),
        (at("24:00") - SECOND, "c", at("7:30", MONDAY)),
    ],
)
def test_three_systems_are_open_by_day_on_every_day(
    system: str, now: datetime, kind: str, changes_at: datetime
) -> None:
    """R2-1: to the second, on a Sunday."""
    assert status(system, now, HOURS, []) == Status(KINDS[kind], changes_at)


@pytest.mark.parametrize("clock", ["0:00", "4:00", "12:00", "23:59", "24:00"])
def test_loacus_never_closes(clock: str) -> None:
    """R2-1: 00:00 to 24:00 has no gap at midnight."""
    assert status("LOACUS", at(clock), HOURS, []) == Status(StatusKind.OPEN, None)


def planned(system: str, from_at: datetime, until_at: datetime | None) -> Stop:
    return Stop(system, StopKind.PLANNED_STOP, from_at, until_at)


def disturbed(system: str, from_at: datetime, until_at: datetime | None = None) -> Stop:
    return Stop(system, StopKind.DISTURBANCE, from_at, until_at)


NIGHT = planned("LOACUS", at("22:00"), at("6:00", MONDAY))
MORNING = planned("TAXIS", at("6:00"), at("9:00"))
EVENING = planned("TAXIS", at("19:00"), at("23:00"))
FAILURE = disturbed("TAXIS", at("20:10"))
REPAIRED = disturbed("TAXIS", at("8:00"), at("8:30"))
WEEK = planned("TAXIS", at("12:00"), at("3:00", SUNDAY + timedelta(days=7)))


@pytest.mark.parametrize(
    ("system", "now", "stops", "kind", "changes_at", "stop"),
    [
        ("LOACUS", at("21:00"), [NIGHT], "o", at("22:00"), None),
        ("LOACUS", at("22:00"), [NIGHT], "p", at("6:00", MONDAY), NIGHT),
        ("LOACUS", at("6:00", MONDAY) - SECOND, [NIGHT], "p", at("6:00", MONDAY), NIGHT),
        ("LOACUS", at("6:00", MONDAY), [NIGHT], "o", None, None),
        ("TAXIS", at("12:00"), [NIGHT], "o", at("21:00"), None),
        ("TAXIS", at("5:00"), [MORNING], "c", at("6:00"), None),
        ("TAXIS", at("7:30"), [MORNING], "p", at("9:00"), MORNING),
        ("TAXIS", at("9:00"), [MORNING], "o", at("21:00"), None),
        ("TAXIS", at("18:00"), [EVENING], "o", at("19:00"), None),
        ("TAXIS", at("20:00"), [EVENING], "p", at("23:00"), EVENING),
        ("TAXIS", at("23:00"), [EVENING], "c", at("7:30", MONDAY), None),
        ("TAXIS", at("20:09"), [FAILURE], "o", at("20:10"), None),
        ("TAXIS", at("22:30"), [FAILURE], "d", None, FAILURE),
        ("TAXIS", at("20:30"), [EVENING, FAILURE], "d", None, FAILURE),
        ("TAXIS", at("8:15"), [MORNING, REPAIRED], "d", at("8:30"), REPAIRED),
        ("TAXIS", at("8:30"), [MORNING, REPAIRED], "p", at("9:00"), MORNING),
        ("TAXIS", at("12:00"), [WEEK], "p", at("3:00", SUNDAY + timedelta(days=7)), WEEK),
        ("TAXIS", at("12:00"), [disturbed("LOACUS", at("11:00"))], "o", at("21:00"), None),
    ],
)
def test_stops_override_the_hours(
    system: str, now: datetime, stops: list[Stop], kind: str, changes_at: datetime | None, stop: Stop | None
) -> None:
    """R2-1: a disturbance before a planned stop before the hours."""
    assert status(system, now, HOURS, stops) == Status(KINDS[kind], changes_at, stop)


def test_two_stops_that_meet_are_one_to_the_reader() -> None:
    """R2-1: the status changes when the second ends."""
    first = planned("TAXIS", at("9:00"), at("10:00"))
    second = planned("TAXIS", at("10:00"), at("11:00"))
    assert status("TAXIS", at("9:30"), HOURS, [second, first]) == Status(StatusKind.PLANNED_STOP, at("11:00"), first)


def test_a_system_without_hours_has_no_status() -> None:
    """R2-1: API has pages, not hours."""
    with pytest.raises(KeyError):
        status("API", at("12:00"), HOURS, [])


LONGER = Hours(timedelta(hours=6), timedelta(hours=24))
CHANGING = Timetable(
    [
        HoursFrom("TAXIS", FIRST, BY_DAY),
        HoursFrom("TAXIS", MONDAY, LONGER),
        HoursFrom("LOACUS", FIRST, WHOLE_DAY),
        HoursFrom("LOACUS", SUNDAY + timedelta(days=5), BY_DAY),
    ]
)
FRIDAY = SUNDAY + timedelta(days=5)


@pytest.mark.parametrize(
    ("system", "now", "kind", "changes_at"),
    [
        ("TAXIS", at("22:00"), "c", at("6:00", MONDAY)),
        ("TAXIS", at("24:00") - SECOND, "c", at("6:00", MONDAY)),
        ("TAXIS", at("6:00", MONDAY), "o", at("24:00", MONDAY)),
        ("TAXIS", at("23:00", MONDAY), "o", at("24:00", MONDAY)),
        ("LOACUS", at("12:00"), "o", at("0:00", FRIDAY)),
        ("LOACUS", at("0:00", FRIDAY) - SECOND, "o", at("0:00", FRIDAY)),
        ("LOACUS", at("0:00", FRIDAY), "c", at("7:30", FRIDAY)),
        ("LOACUS", at("22:00", FRIDAY), "c", at("7:30", FRIDAY + timedelta(days=1))),
        ("LOACUS", at("12:00", date(2014, 12, 31)), "o", at("0:00", FRIDAY)),
    ],
)
def test_changed_hours_hold_from_midnight_of_their_day(
    system: str, now: datetime, kind: str, changes_at: datetime
) -> None:
    """R2-1: not a second before; what was before the first day stays as it was."""
    assert status(system, now, CHANGING, []) == Status(KINDS[kind], changes_at)


def test_hours_are_written_as_they_are_spoken() -> None:
    """R2-1."""
    assert [BY_DAY.text, WHOLE_DAY.text] == ["7:30〜21:00", "0:00〜24:00"]


MINUTES = st.integers(min_value=0, max_value=6 * 24 * 60).map(lambda minutes: at("0:00") + timedelta(minutes=minutes))
STOPS = st.builds(
    lambda kind, from_at, length: Stop("TAXIS", kind, from_at, length and from_at + length),
    st.sampled_from(StopKind),
    MINUTES,
    st.none() | st.integers(1, 4 * 24 * 60).map(lambda minutes: timedelta(minutes=minutes)),
)


TIMETABLES = st.lists(
    st.builds(
        lambda days, opens, length: HoursFrom(
            "TAXIS", SUNDAY + timedelta(days=days), Hours(timedelta(hours=opens), timedelta(hours=opens + length))
        ),
        st.integers(-1, 9),
        st.integers(0, 12),
        st.integers(1, 12),
    ),
    max_size=3,
    unique_by=lambda row: row.from_day,
).map(lambda changes: Timetable([HoursFrom("TAXIS", FIRST, WHOLE_DAY), *changes]))


@settings(deadline=None)
@given(MINUTES, st.lists(STOPS, max_size=4), TIMETABLES)
def test_nothing_changes_before_the_instant_that_is_promised(
    now: datetime, stops: list[Stop], hours: Timetable
) -> None:
    """R2-1: looked at every 45 minutes up to it, and then it does."""
    standing = status("TAXIS", now, hours, stops)
    if standing.changes_at is None:
        later = [now + timedelta(days=day) for day in range(1, 15)]
        assert {status("TAXIS", moment, hours, stops).kind for moment in later} == {standing.kind}
        return
    minutes = int((standing.changes_at - now) / timedelta(minutes=1))
    between = [now + timedelta(minutes=minute) for minute in range(0, minutes, 45)]
    assert {status("TAXIS", moment, hours, stops).kind for moment in between} == {standing.kind}
    assert status("TAXIS", standing.changes_at, hours, stops).kind is not standing.kind


@settings(deadline=None)
@given(MINUTES, st.lists(STOPS, max_size=4))
def test_no_stop_begins_or_ends_before_the_next_edge(now: datetime, stops: list[Stop]) -> None:
    """R2-1: what was drawn of them holds until then."""
    edge = next_edge(now, stops)
    on = [stop.is_on(now) for stop in stops]
    last = edge - SECOND if edge else now + timedelta(days=30)
    assert [stop.is_on(last) for stop in stops] == on
    if edge:
        assert [stop.is_on(edge) for stop in stops] != on or any(stop.from_at == stop.until_at for stop in stops)


def test_the_next_promise_is_the_first_that_has_not_passed() -> None:
    """R9-7: until then what was drawn says that it will be kept."""
    stops = [Stop("TAXIS", StopKind.DISTURBANCE, at("9:00"), None, at(clock)) for clock in ("11:00", "10:00", "12:00")]
    stops.append(disturbed("JOHS", at("9:00")))
    moments = [at("9:30"), at("10:00"), at("12:00")]
    assert [next_promise(now, stops) for now in moments] == [at("10:00"), at("11:00"), None]
