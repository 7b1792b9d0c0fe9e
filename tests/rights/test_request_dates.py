from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from base.business_days import BusinessCalendar
from base.schedule import new_request, processing_date
from rights.codes import System
from rights.request_dates import (
    Reached,
    Stage,
    Standing,
    due_on,
    next_processing_date,
    schedule_of,
    steps_before_sending,
    steps_of,
)
from rights.request_states import RequestState

CALENDAR = BusinessCalendar()
FOUR = frozenset({System.TAXIS, System.JOHS, System.JUJU, System.LOACUS})
DAYS = st.dates(date(2018, 1, 1), date(2038, 12, 31))
ENTERED_ON, ACCEPTED_ON, M = date(2018, 12, 13), date(2018, 12, 14), date(2018, 12, 17)


def standing(
    state: RequestState = RequestState.ENTERED,
    *,
    asked: frozenset[System] = FOUR,
    done: frozenset[System] = frozenset(),
    ended_on: date | None = None,
) -> Standing:
    is_accepted = state in {RequestState.ACCEPTED, RequestState.COMPLETED}
    return Standing(
        state,
        ENTERED_ON,
        ACCEPTED_ON if is_accepted else None,
        M if is_accepted else None,
        ended_on,
        asked,
        done,
    )


@given(DAYS)
def test_the_dates_before_sending_are_those_after_it(today: date) -> None:
    """R5-34: what the form says is what the request says once it is there, and what the schedule says."""
    before = steps_before_sending(today, CALENDAR, FOUR)
    sent = Standing(RequestState.ENTERED, today, None, None, None, FOUR, frozenset())
    after = steps_of(sent, today, CALENDAR)
    schedule = new_request(today, CALENDAR)
    expected = [
        schedule.accepted_on,
        schedule.processing_date,
        None,
        schedule.taxis_johs_from,
        schedule.juju_loacus_from,
    ]
    assert [step.day for step in before] == expected
    assert after[1:] == before


@pytest.mark.parametrize(
    ("asked", "stages"),
    [
        ({System.TAXIS}, ["accepted", "processed", "mails", "taxis_johs"]),
        ({System.LOACUS, System.JUJU}, ["accepted", "processed", "mails", "juju_loacus"]),
        (FOUR, ["accepted", "processed", "mails", "taxis_johs", "juju_loacus"]),
    ],
)
def test_only_what_is_asked_for_has_a_date(asked: frozenset[System], stages: list[str]) -> None:
    """R5-10, R5-34."""
    assert [step.stage for step in steps_before_sending(ENTERED_ON, CALENDAR, frozenset(asked))] == stages


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
    steps = steps_of(standing(RequestState.ACCEPTED), date(2019, 2, 1), CALENDAR)
    assert [step.state for step in steps][2:] == [Reached.DONE, Reached.NOW, Reached.LATER, Reached.LATER]
    done = frozenset({System.TAXIS, System.JOHS})
    steps = steps_of(standing(RequestState.ACCEPTED, done=done), date(2019, 2, 1), CALENDAR)
    assert [step.state for step in steps][2:] == [Reached.DONE, Reached.DONE, Reached.DONE, Reached.NOW]


def test_a_completed_request_has_everything_behind_it() -> None:
    """R5-34."""
    steps = steps_of(standing(RequestState.COMPLETED, done=FOUR), date(2019, 2, 1), CALENDAR)
    assert {step.state for step in steps} == {Reached.DONE}


@pytest.mark.parametrize(
    ("state", "stage"), [(RequestState.CANCELLED, Stage.CANCELLED), (RequestState.WITHDRAWN, Stage.WITHDRAWN)]
)
def test_an_ended_request_promises_no_day(state: RequestState, stage: Stage) -> None:
    """R5-10 ②, R5-17."""
    steps = steps_of(standing(state, ended_on=ACCEPTED_ON), date(2018, 12, 20), CALENDAR)
    assert [(step.stage, step.day) for step in steps] == [(Stage.ENTERED, ENTERED_ON), (stage, ACCEPTED_ON)]


@given(DAYS, st.integers(0, 40))
def test_a_late_acceptance_moves_what_is_promised(entered_on: date, later: int) -> None:
    """R5-11: M goes by the acceptance, so nothing is promised from a day on which none came."""
    today = date.fromordinal(entered_on.toordinal() + later)
    waiting = Standing(RequestState.ENTERED, entered_on, None, None, None, FOUR, frozenset())
    schedule = schedule_of(waiting, today, CALENDAR)
    assert schedule.accepted_on is not None
    assert schedule.accepted_on >= max(today, due_on(entered_on, CALENDAR))
    assert schedule.processing_date == processing_date(schedule.accepted_on, CALENDAR)


def test_the_m_of_an_accepted_request_stays_as_it_was_fixed() -> None:
    """R5-11: a closing day added afterwards moves no M that was given."""
    closed = BusinessCalendar(closing_days=frozenset({M}))
    assert schedule_of(standing(RequestState.ACCEPTED), M, closed).processing_date == M


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
