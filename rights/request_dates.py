"""The days that a new request reaches, before it is sent and after (R5-10, R5-34)."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from base.business_days import BusinessCalendar
from base.schedule import JUJU_LOACUS_AFTER, TAXIS_JOHS_AFTER, Schedule, new_request, processing_date, window_of
from rights.codes import SYSTEMS_WITH_RIGHTS, System
from rights.request_states import SET_BY_REGISTRATION, RequestState


class Stage(StrEnum):
    ENTERED = "entered"
    ACCEPTED = "accepted"
    CANCELLED = "cancelled"
    WITHDRAWN = "withdrawn"
    PROCESSED = "processed"
    MAILS = "mails"
    TAXIS_JOHS = "taxis_johs"
    JUJU_LOACUS = "juju_loacus"


class Reached(StrEnum):
    DONE = "done"
    NOW = "now"
    LATER = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the way: `day` is None where no day is promised; `until` is the last day of M's window."""

    stage: Stage
    day: date | None
    state: Reached
    systems: tuple[System, ...] = ()
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a request stands, in plain values; `done` are the systems whose right has been set."""

    state: RequestState
    entered_on: date
    accepted_on: date | None
    processing_date: date | None
    ended_on: date | None
    asked: AbstractSet[System]
    done: AbstractSet[System]


def due_on(entered_on: date, calendar: BusinessCalendar) -> date:
    """When the reception center has accepted or cancelled it: on the next business day (R5-10 ②)."""
    return calendar.next_business_day(entered_on)


def schedule_of(standing: Standing, today: date, calendar: BusinessCalendar) -> Schedule:
    """As it was accepted; until then as if that happened when due or, where this is over, at the next chance (R5-11)."""
    if standing.accepted_on is None or standing.processing_date is None:
        expected = max(due_on(standing.entered_on, calendar), calendar.on_or_after(today))
        return new_request(standing.entered_on, calendar, expected)
    return Schedule(
        entered_on=standing.entered_on,
        accepted_on=standing.accepted_on,
        processing_date=standing.processing_date,
        taxis_johs_from=calendar.plus(standing.processing_date, TAXIS_JOHS_AFTER),
        juju_loacus_from=calendar.plus(standing.processing_date, JUJU_LOACUS_AFTER),
        notified_from=None,
    )


def steps_before_sending(today: date, calendar: BusinessCalendar, asked: AbstractSet[System]) -> tuple[Step, ...]:
    """What a request sent today reaches (R5-34)."""
    schedule = new_request(today, calendar)
    first = Step(Stage.ACCEPTED, schedule.accepted_on, Reached.NOW)
    return (first, *_steps_after_acceptance(schedule, asked))


def steps_of(standing: Standing, today: date, calendar: BusinessCalendar) -> tuple[Step, ...]:
    """The days reached and the days to come; an ended request reaches none."""
    entered = Step(Stage.ENTERED, standing.entered_on, Reached.DONE)
    if standing.state is RequestState.CANCELLED:
        return (entered, Step(Stage.CANCELLED, standing.ended_on, Reached.DONE))
    if standing.state is RequestState.WITHDRAWN:
        return (entered, Step(Stage.WITHDRAWN, standing.ended_on, Reached.DONE))
    schedule = schedule_of(standing, today, calendar)
    accepted = Step(Stage.ACCEPTED, schedule.accepted_on, Reached.LATER)
    way = (accepted, *_steps_after_acceptance(schedule, standing.asked))
    reached = [_is_reached(step, standing, today) for step in way]
    return (entered, *_marked(way, reached))


def next_processing_date(today: date, calendar: BusinessCalendar) -> date:
    """The M that comes next, today's included (R5-30)."""
    first, _ = window_of(today)
    of_last_window = processing_date(first - timedelta(days=1), calendar)
    return of_last_window if of_last_window >= today else processing_date(today, calendar)


def _steps_after_acceptance(schedule: Schedule, asked: AbstractSet[System]) -> list[Step]:
    assert schedule.accepted_on is not None
    _, last = window_of(schedule.accepted_on)
    steps = [
        Step(Stage.PROCESSED, schedule.processing_date, Reached.LATER, until=last),
        Step(Stage.MAILS, None, Reached.LATER),
        Step(Stage.TAXIS_JOHS, schedule.taxis_johs_from, Reached.LATER, _in_order(asked & SET_BY_REGISTRATION)),
        Step(Stage.JUJU_LOACUS, schedule.juju_loacus_from, Reached.LATER, _in_order(asked - SET_BY_REGISTRATION)),
    ]
    return [step for step in steps if step.systems or step.stage in {Stage.PROCESSED, Stage.MAILS}]


def _in_order(systems: AbstractSet[System]) -> tuple[System, ...]:
    return tuple(system for system in SYSTEMS_WITH_RIGHTS if system in systems)


def _is_reached(step: Step, standing: Standing, today: date) -> bool:
    """A right is in effect from the later of its day and the entry of its completion (R5-10)."""
    if standing.state is RequestState.ENTERED:
        return False
    if step.stage is Stage.MAILS:
        return bool(standing.done)
    is_its_day = step.day is not None and step.day <= today
    return is_its_day and set(step.systems) <= standing.done


def _marked(way: tuple[Step, ...], reached: list[bool]) -> list[Step]:
    following = reached.index(False) if False in reached else len(way)
    states = [Reached.DONE if is_reached else Reached.LATER for is_reached in reached]
    if following < len(way):
        states[following] = Reached.NOW
    return [
        Step(step.stage, step.day, state, step.systems, step.until) for step, state in zip(way, states, strict=True)
    ]
