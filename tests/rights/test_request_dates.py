from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from base.business_days import BusinessCalendar
from base.schedule import change, new_request, processing_date, removal
from rights.codes import System
from rights.effect_dates import StartingDays
from rights.request_dates import (
    PartStanding,
    Reached,
    Stage,
    Standing,
    Step,
    Turn,
    due_on,
    may_be_taken_back,
    next_processing_date,
    request_days,
    steps_before_sending,
    steps_of,
)
from rights.request_days import days_if_entered
from rights.request_states import RequestKind, RequestState

CALENDAR = BusinessCalendar()
T, J, U, L = System.TAXIS, System.JOHS, System.JUJU, System.LOACUS
FOUR = (T, J, U, L)
NEW, CHANGE, REMOVAL = RequestKind.NEW, RequestKind.CHANGE, RequestKind.REMOVAL
DAYS = st.dates(date(2018, 1, 1), date(2038, 12, 31))
ENTERED_ON, ACCEPTED_ON, M = date(2018, 12, 13), date(2018, 12, 14), date(2018, 12, 17)
FROM_T, FROM_U = date(2018, 12, 26), date(2019, 1, 7)


def parts_of(
    systems: Iterable[System], turn: Turn = Turn.STARTS, reached: Iterable[System] = (), **facts: Any
) -> list[PartStanding]:
    return [PartStanding(system, turn, is_reached=system in set(reached), **facts) for system in systems]


def standing(
    state: RequestState = RequestState.ENTERED,
    *,
    asked: Iterable[System] = FOUR,
    reached: Iterable[System] = (),
    kind: RequestKind = NEW,
    **facts: date,
) -> Standing:
    """As R5-33's second line; accepted and ordered where its state says so."""
    turn = {NEW: Turn.STARTS, CHANGE: Turn.CHANGES, REMOVAL: Turn.ENDS}[kind]
    is_accepted = kind is NEW and state in {RequestState.ACCEPTED, RequestState.COMPLETED}
    given: dict[str, Any] = {"accepted_on": ACCEPTED_ON, "processing_date": M} if is_accepted else {}
    return Standing(kind, state, ENTERED_ON, parts_of(asked, turn, reached), **{**given, **facts})


def stages(steps: Iterable[Step]) -> list[tuple[Stage, date | None]]:
    return [(step.stage, step.day) for step in steps]


def states(steps: Iterable[Step]) -> list[Reached]:
    return [step.state for step in steps]


@given(DAYS, st.sampled_from([RequestKind.NEW, RequestKind.CHANGE, RequestKind.REMOVAL]))
def test_the_dates_before_sending_are_those_after_it(today: date, kind: RequestKind) -> None:
    """R5-34, R9-1: what the form says is what the request says once it is there, and what the schedule says."""
    parts = parts_of(FOUR)
    before = steps_before_sending(kind, parts, days_if_entered(kind, set(FOUR), today, CALENDAR))
    m = processing_date(today, CALENDAR) if kind is not NEW else None
    after = steps_of(Standing(kind, RequestState.ENTERED, today, parts, processing_date=m), today, CALENDAR)
    new, changed = new_request(today, CALENDAR), change(today, CALENDAR)
    expected = {
        NEW: [new.accepted_on, new.processing_date, None, new.taxis_johs_from, new.juju_loacus_from],
        CHANGE: [today, changed.processing_date, changed.juju_loacus_from],
        REMOVAL: [removal(today, CALENDAR).taxis_johs_from, changed.processing_date, None],
    }
    assert [step.day for step in before] == expected[kind]
    assert after[1:] == before


@pytest.mark.parametrize(
    ("kind", "asked", "expected"),
    [
        (NEW, [T], ["accepted", "processed", "mails", "taxis_johs"]),
        (NEW, [L, U], ["accepted", "processed", "mails", "juju_loacus"]),
        (NEW, FOUR, ["accepted", "processed", "mails", "taxis_johs", "juju_loacus"]),
        (CHANGE, [T, J], ["at_once"]),
        (CHANGE, [U], ["processed", "juju_loacus"]),
        (CHANGE, FOUR, ["at_once", "processed", "juju_loacus"]),
        (REMOVAL, [J], ["taxis_johs"]),
        (REMOVAL, [L], ["processed", "juju_loacus"]),
        (REMOVAL, FOUR, ["taxis_johs", "processed", "juju_loacus"]),
    ],
)
def test_only_what_is_asked_for_has_a_date(kind: RequestKind, asked: list[System], expected: list[str]) -> None:
    """R5-10, R5-15, R5-18, R5-34."""
    days = days_if_entered(kind, set(asked), ENTERED_ON, CALENDAR)
    assert [step.stage for step in steps_before_sending(kind, parts_of(asked), days)] == expected


def test_an_accepted_request_shows_what_was_reached_and_what_comes() -> None:
    """R5-34."""
    steps = steps_of(standing(RequestState.ACCEPTED), date(2018, 12, 14), CALENDAR)
    assert [(step.stage, step.state) for step in steps] == [
        (Stage.ENTERED, Reached.DONE),
        (Stage.ACCEPTED, Reached.DONE),
        (Stage.PROCESSED, Reached.NOW),
        (Stage.MAILS, Reached.LATER),
        (Stage.TAXIS_JOHS, Reached.LATER),
        (Stage.JUJU_LOACUS, Reached.LATER),
    ]
    assert steps[2].until == date(2018, 12, 15)


def test_a_day_that_has_come_without_its_completion_is_not_reached() -> None:
    """R5-10: a right is in effect from the later of its day and the entry of its completion."""
    late = date(2019, 2, 1)
    ordered = standing(RequestState.ACCEPTED, ordered_on=M)
    assert states(steps_of(ordered, late, CALENDAR))[2:] == ["done", "done", "now", ""]
    begun = standing(RequestState.ACCEPTED, reached=[T, J], ordered_on=M, registered_on=late)
    steps = steps_of(begun, late, CALENDAR)
    assert stages(steps)[4] == (Stage.REGISTERED, late)
    assert states(steps)[2:] == ["done", "done", "done", "done", "now"]


def test_a_run_that_has_not_come_is_what_is_waited_for() -> None:
    """R5-10 ③, G6: M itself is over, its run isn't; once it was made up for, the way tells the day of it."""
    waiting = standing(RequestState.ACCEPTED)
    assert states(steps_of(waiting, date(2018, 12, 20), CALENDAR))[2] == Reached.NOW
    made_up_for = replace(waiting, ordered_on=date(2018, 12, 20))
    assert stages(steps_of(made_up_for, date(2018, 12, 20), CALENDAR))[2] == (Stage.PROCESSED, date(2018, 12, 20))


def test_a_completed_request_has_everything_behind_it() -> None:
    """R5-34."""
    done = standing(RequestState.COMPLETED, reached=FOUR, ordered_on=M, registered_on=M)
    assert set(states(steps_of(done, date(2019, 2, 1), CALENDAR))) == {Reached.DONE}


def test_systems_completed_on_different_days_have_lines_of_their_own() -> None:
    """R5-10: JUJU came in time, LOACUS was entered late."""
    late = date(2019, 1, 15)
    parts = [PartStanding(U, effect_on=FROM_U, is_reached=True), PartStanding(L, effect_on=late)]
    done = Standing(NEW, RequestState.COMPLETED, ENTERED_ON, parts, ACCEPTED_ON, M, M, M)
    assert [(step.day, step.systems) for step in steps_of(done, FROM_U, CALENDAR)[-2:]] == [
        (FROM_U, (U,)),
        (late, (L,)),
    ]


@pytest.mark.parametrize(
    ("state", "stage"), [(RequestState.CANCELLED, Stage.CANCELLED), (RequestState.WITHDRAWN, Stage.WITHDRAWN)]
)
def test_an_ended_request_promises_no_day(state: RequestState, stage: Stage) -> None:
    """R5-10 ②, R5-17."""
    ended = standing(state, ended_on=ACCEPTED_ON)
    assert stages(steps_of(ended, date(2018, 12, 20), CALENDAR)) == [(Stage.ENTERED, ENTERED_ON), (stage, ACCEPTED_ON)]
    assert request_days(ended, M, CALENDAR) is None


def test_what_a_change_had_done_at_once_stays_told_when_a_removal_cancels_it() -> None:
    """R5-17."""
    parts = [PartStanding(T, Turn.CHANGES, ENTERED_ON, is_reached=True), PartStanding(U, Turn.ENDS)]
    cancelled = Standing(CHANGE, RequestState.CANCELLED, ENTERED_ON, parts, ended_on=ACCEPTED_ON)
    assert [step.stage for step in steps_of(cancelled, ACCEPTED_ON, CALENDAR)] == ["entered", "at_once", "cancelled"]


def test_the_slow_part_of_a_change_that_was_taken_back_is_told_as_that() -> None:
    """R5-17."""
    parts = [
        PartStanding(T, Turn.CHANGES, ENTERED_ON, is_reached=True),
        PartStanding(L, Turn.CHANGES, is_withdrawn=True),
    ]
    row = Standing(CHANGE, RequestState.COMPLETED, ENTERED_ON, parts, processing_date=M, ended_on=ACCEPTED_ON)
    steps = steps_of(row, M, CALENDAR)
    assert [(step.stage, step.systems) for step in steps] == [("entered", ()), ("at_once", (T,)), ("withdrawn", (L,))]


def test_a_removal_that_was_completed_before_its_m_waits_for_none() -> None:
    """R5-18: JUJU and LOACUS may be completed earlier."""
    parts = [PartStanding(T, Turn.ENDS, ACCEPTED_ON), PartStanding(U, Turn.ENDS, ENTERED_ON, is_reached=True)]
    row = Standing(REMOVAL, RequestState.ENTERED, ENTERED_ON, parts, processing_date=M)
    assert stages(steps_of(row, ENTERED_ON, CALENDAR)) == [
        ("entered", ENTERED_ON),
        ("taxis_johs", ACCEPTED_ON),
        ("juju_loacus", ENTERED_ON),
    ]


def test_what_follows_another_request_promises_no_day_of_its_own() -> None:
    """R5-21: nor has it a processing date; once the new ID's rights are known it has their days."""
    follower = replace(standing(kind=REMOVAL), follows=True)
    steps = steps_of(follower, ENTERED_ON, CALENDAR)
    assert [(step.stage, step.day, step.follows) for step in steps[1:]] == [
        ("taxis_johs", None, True),
        ("juju_loacus", None, True),
    ]
    known = replace(follower, parts=[PartStanding(T, Turn.ENDS, FROM_T), PartStanding(U, Turn.ENDS)])
    assert [step.day for step in steps_of(known, ENTERED_ON, CALENDAR)[1:]] == [FROM_T, None]


def test_a_removal_that_took_effect_at_once_waits_for_no_processing_date() -> None:
    """R5-43: of a deleted ID that is set anew in one step."""
    parts = [PartStanding(each, Turn.ENDS, ENTERED_ON, is_reached=True) for each in (T, L)]
    at_once = Standing(REMOVAL, RequestState.COMPLETED, ENTERED_ON, parts, ended_on=ENTERED_ON)
    assert {step.stage for step in steps_of(at_once, M, CALENDAR)} == {"entered", "taxis_johs", "juju_loacus"}


def test_announced_days_take_the_place_of_those_by_the_rule() -> None:
    """R5-10: of a delayed M, once the request is on it and before; other dates stay as they are."""
    delays = {M: StartingDays(date(2019, 1, 10), date(2019, 1, 21))}
    for row in (standing(), standing(RequestState.ACCEPTED)):
        days = request_days(row, ENTERED_ON, CALENDAR, delays)
        assert days is not None
        assert (days.taxis_johs_from, days.juju_loacus_from) == (date(2019, 1, 10), date(2019, 1, 21))
        assert days.is_delayed
    changed = request_days(standing(kind=CHANGE, processing_date=M), ENTERED_ON, CALENDAR, delays)
    assert changed is not None
    assert (changed.taxis_johs_from, changed.juju_loacus_from) == (ENTERED_ON, date(2019, 1, 21))
    assert request_days(standing(), ENTERED_ON, CALENDAR, {FROM_T: delays[M]}) == request_days(
        standing(), ENTERED_ON, CALENDAR
    )


@pytest.mark.parametrize(
    ("row", "today", "expected"),
    [
        (standing(), ACCEPTED_ON, True),
        (standing(RequestState.ACCEPTED), ACCEPTED_ON, False),
        (standing(kind=CHANGE, processing_date=M), date(2018, 12, 16), True),
        (standing(kind=CHANGE, processing_date=M), M, False),
        (standing(kind=REMOVAL, processing_date=M), ENTERED_ON, True),
        (standing(kind=REMOVAL, processing_date=M, reached=[T]), ACCEPTED_ON, False),
    ],
)
def test_what_may_be_taken_back(row: Standing, today: date, *, expected: bool) -> None:
    """R5-17."""
    assert may_be_taken_back(row, today) is expected


@given(DAYS, st.integers(0, 40))
def test_a_late_acceptance_moves_what_is_promised(entered_on: date, later: int) -> None:
    """R5-11: M goes by the acceptance, so nothing is promised from a day on which none came."""
    today = date.fromordinal(entered_on.toordinal() + later)
    days = request_days(Standing(NEW, RequestState.ENTERED, entered_on, parts_of(FOUR)), today, CALENDAR)
    assert days is not None
    assert days.accepted_on is not None
    assert days.accepted_on >= max(today, due_on(entered_on, CALENDAR))
    assert days.processing_date == processing_date(days.accepted_on, CALENDAR)


def test_the_m_of_an_accepted_request_stays_as_it_was_fixed() -> None:
    """R5-11: a closing day added afterwards moves no M that was given."""
    closed = BusinessCalendar(closing_days=frozenset({M}))
    days = request_days(standing(RequestState.ACCEPTED), M, closed)
    assert days is not None
    assert days.processing_date == M


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2018, 12, 14), date(2018, 12, 17)),
        (date(2018, 12, 16), date(2018, 12, 17)),
        (date(2018, 12, 17), date(2018, 12, 17)),
        (date(2018, 12, 18), date(2019, 1, 7)),
        (date(2019, 1, 7), date(2019, 1, 7)),
        (date(2019, 1, 8), date(2019, 1, 16)),
    ],
)
def test_the_next_processing_date(today: date, expected: date) -> None:
    """R5-30."""
    assert next_processing_date(today, CALENDAR) == expected
