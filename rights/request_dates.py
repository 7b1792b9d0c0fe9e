"""The way of a request, step by step: the days reached and those to come, before it is sent and after (R5-10, R5-34)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from base.business_days import BusinessCalendar
from base.schedule import processing_date, window_of
from rights.codes import SYSTEMS_WITH_RIGHTS, System
from rights.effect_dates import StartingDays, starting_days
from rights.request_days import NO_DELAYS, Delays, RequestDays, days_if_entered
from rights.request_states import GIVEN_UP_STATES, SET_BY_REGISTRATION, RequestKind, RequestState


class Stage(StrEnum):
    ENTERED = "entered"
    ACCEPTED = "accepted"
    CANCELLED = "cancelled"
    WITHDRAWN = "withdrawn"
    PROCESSED = "processed"
    MAILS = "mails"
    REGISTERED = "registered"
    AT_ONCE = "at_once"
    TAXIS_JOHS = "taxis_johs"
    JUJU_LOACUS = "juju_loacus"


EFFECTS = frozenset({Stage.AT_ONCE, Stage.TAXIS_JOHS, Stage.JUJU_LOACUS})


class Reached(StrEnum):
    DONE = "done"
    NOW = "now"
    LATER = ""


class Turn(StrEnum):
    """What becomes of a system's right."""

    STARTS = "starts"
    CHANGES = "changes"
    ENDS = "ends"


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the way: `day` is None where no day is promised; `until` is the last day of M's window; `follows`: with another request."""

    stage: Stage
    day: date | None
    state: Reached
    systems: tuple[System, ...] = ()
    until: date | None = None
    turn: Turn = Turn.STARTS
    follows: bool = False


@dataclass(frozen=True, slots=True)
class PartStanding:
    """One system of a request. `effect_on`: fixed with its completion; `is_reached`: in effect by now."""

    system: System
    turn: Turn = Turn.STARTS
    effect_on: date | None = None
    is_reached: bool = False
    is_withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a request stands, in plain values. `follows`: it takes effect with another one, so no day is promised (R5-21)."""

    kind: RequestKind
    state: RequestState
    entered_on: date
    parts: Sequence[PartStanding]
    accepted_on: date | None = None
    processing_date: date | None = None
    ordered_on: date | None = None
    registered_on: date | None = None
    ended_on: date | None = None
    follows: bool = False

    @property
    def pursued(self) -> list[PartStanding]:
        """In the order of the screens."""
        left = (part for part in self.parts if not part.is_withdrawn)
        return sorted(left, key=lambda part: SYSTEMS_WITH_RIGHTS.index(part.system))

    @property
    def slow(self) -> list[PartStanding]:
        """What waits for a processing date: of a new request everything (R5-15)."""
        is_new = self.kind is RequestKind.NEW
        return [part for part in self.pursued if is_new or part.system not in SET_BY_REGISTRATION]


def turn_of(code: str | None, held: str | None) -> Turn:
    if code is None:
        return Turn.ENDS
    return Turn.CHANGES if held else Turn.STARTS


def may_be_taken_back(standing: Standing, today: date) -> bool:
    """A new request before its acceptance, the slow part of a change before M, a removal before it takes effect (R5-17)."""
    if standing.state is not RequestState.ENTERED or standing.follows:
        return False
    if standing.kind is RequestKind.CHANGE:
        return standing.ordered_on is None and (standing.processing_date is None or standing.processing_date > today)
    return not any(part.is_reached for part in standing.parts)


def due_on(entered_on: date, calendar: BusinessCalendar) -> date:
    """When the reception center has accepted or cancelled it: on the next business day (R5-10 ②)."""
    return calendar.next_business_day(entered_on)


def first_day_due_from(day: date, calendar: BusinessCalendar) -> date:
    """The first day whose entries are due on the day or later: what was entered before is due earlier."""
    first = day - timedelta(days=1)
    while due_on(first - timedelta(days=1), calendar) >= day:
        first -= timedelta(days=1)
    return first


def next_processing_date(today: date, calendar: BusinessCalendar) -> date:
    """The M that comes next, today's included (R5-30)."""
    first, _ = window_of(today)
    of_last_window = processing_date(first - timedelta(days=1), calendar)
    return of_last_window if of_last_window >= today else processing_date(today, calendar)


def request_days(
    standing: Standing, today: date, calendar: BusinessCalendar, delays: Delays = NO_DELAYS
) -> RequestDays | None:
    """As they were fixed; a new request that waits is accepted when due or, where this is over, at the next chance (R5-11).

    None of a request that was given up.
    """
    if standing.state in GIVEN_UP_STATES:
        return None
    asked = {part.system for part in standing.pursued}
    expected = standing.accepted_on or max(due_on(standing.entered_on, calendar), calendar.on_or_after(today))
    days = days_if_entered(standing.kind, asked, standing.entered_on, calendar, delays, expected)
    if standing.follows:
        return replace(days, processing_date=None, taxis_johs_from=None, juju_loacus_from=None)
    if standing.processing_date is None:
        return days if standing.kind is RequestKind.NEW else replace(days, processing_date=None)
    if days.processing_date is None:
        return days
    return _of_fixed_m(standing, standing.processing_date, days, calendar, delays)


def steps_before_sending(kind: RequestKind, parts: Sequence[PartStanding], days: RequestDays) -> tuple[Step, ...]:
    """What a request of these parts reaches with these days (R5-34)."""
    way = _way(Standing(kind, RequestState.ENTERED, days.entered_on, parts), days)
    return tuple(_marked(way, [False for _ in way]))


def steps_of(
    standing: Standing, today: date, calendar: BusinessCalendar, delays: Delays = NO_DELAYS
) -> tuple[Step, ...]:
    """The days reached and the days to come; what was given up reaches none."""
    entered = Step(Stage.ENTERED, standing.entered_on, Reached.DONE)
    days = request_days(standing, today, calendar, delays)
    if days is None:
        return (entered, *_steps_of_given_up(standing))
    way = _way(standing, days)
    marked = _marked(way, [_is_reached(step, standing) for step in way])
    return (entered, *marked, *_taken_back(standing))


def _of_fixed_m(
    standing: Standing, m: date, days: RequestDays, calendar: BusinessCalendar, delays: Delays
) -> RequestDays:
    """M stays as it was given, whatever the rule would say by now (R5-11)."""
    by_rule = starting_days(m, calendar)
    new: StartingDays = delays.get(m, by_rule) if standing.kind is not RequestKind.REMOVAL else by_rule
    return replace(
        days,
        processing_date=m,
        taxis_johs_from=new.taxis_johs_from if standing.kind is RequestKind.NEW else days.taxis_johs_from,
        juju_loacus_from=new.juju_loacus_from if standing.kind is not RequestKind.REMOVAL else None,
        is_delayed=new != by_rule,
    )


def _way(standing: Standing, days: RequestDays) -> list[Step]:
    return [
        *_acceptance(days),
        *(_effects(standing, days, Stage.TAXIS_JOHS) if standing.kind is not RequestKind.NEW else ()),
        *_carrying_out(standing, days),
        *(_effects(standing, days, Stage.TAXIS_JOHS) if standing.kind is RequestKind.NEW else ()),
        *_effects(standing, days, Stage.JUJU_LOACUS),
    ]


def _acceptance(days: RequestDays) -> list[Step]:
    if days.accepted_on is None:
        return []
    return [Step(Stage.ACCEPTED, days.accepted_on, Reached.LATER)]


def _carrying_out(standing: Standing, days: RequestDays) -> list[Step]:
    """③ to ⑥. What the operators did before M needs no M any more (R5-18)."""
    slow, m = standing.slow, days.processing_date
    if m is None or (standing.ordered_on is None and slow and all(part.effect_on for part in slow)):
        return []
    _, last = window_of(days.accepted_on or days.entered_on)
    on = max(m, standing.ordered_on or m)
    systems = () if standing.kind is RequestKind.NEW else _in_order(part.system for part in slow)
    steps = [Step(Stage.PROCESSED, on, Reached.LATER, systems, until=last)]
    if standing.kind is RequestKind.NEW:
        steps.append(Step(Stage.MAILS, None, Reached.LATER))
    if standing.registered_on is not None:
        steps.append(Step(Stage.REGISTERED, standing.registered_on, Reached.LATER))
    return steps


def _effects(standing: Standing, days: RequestDays, stage: Stage) -> list[Step]:
    """Systems whose turn comes on one day share a line."""
    is_first = stage is Stage.TAXIS_JOHS
    found: dict[tuple[Turn, date | None, bool], list[System]] = {}
    for part in standing.pursued:
        if (part.system in SET_BY_REGISTRATION) is is_first:
            key = (part.turn, part.effect_on or days.from_day(part.system), part.is_reached)
            found.setdefault(key, []).append(part.system)
    shown_as = Stage.AT_ONCE if is_first and standing.kind is RequestKind.CHANGE else stage
    return [
        Step(shown_as, day, Reached.LATER, _in_order(systems), turn=turn, follows=standing.follows)
        for (turn, day, _), systems in found.items()
    ]


def _in_order(systems: Iterable[System]) -> tuple[System, ...]:
    chosen = set(systems)
    return tuple(system for system in SYSTEMS_WITH_RIGHTS if system in chosen)


def _is_reached(step: Step, standing: Standing) -> bool:
    if step.stage is Stage.ACCEPTED:
        return standing.accepted_on is not None
    if step.stage in {Stage.PROCESSED, Stage.MAILS}:
        return standing.ordered_on is not None
    if step.stage is Stage.REGISTERED:
        return True
    return all(part.is_reached for part in standing.pursued if part.system in step.systems)


def _marked(way: Sequence[Step], reached: Sequence[bool]) -> list[Step]:
    following = reached.index(False) if False in reached else len(way)
    states = [Reached.DONE if is_reached else Reached.LATER for is_reached in reached]
    if following < len(way):
        states[following] = Reached.NOW
    return [replace(step, state=state) for step, state in zip(way, states, strict=True)]


def _steps_of_given_up(standing: Standing) -> list[Step]:
    """What had been reached stays told; the end of it comes last."""
    accepted = [Step(Stage.ACCEPTED, standing.accepted_on, Reached.DONE)] if standing.accepted_on else []
    given_up = Stage.CANCELLED if standing.state is RequestState.CANCELLED else Stage.WITHDRAWN
    kept = replace(standing, parts=[part for part in standing.parts if part.is_reached])
    days = RequestDays(standing.entered_on, None, None, None, None)
    effects = [*_effects(kept, days, Stage.TAXIS_JOHS), *_effects(kept, days, Stage.JUJU_LOACUS)]
    done = [replace(step, state=Reached.DONE) for step in effects]
    return [*accepted, *done, Step(given_up, standing.ended_on, Reached.DONE)]


def _taken_back(standing: Standing) -> list[Step]:
    """The slow part of a change, before M (R5-17)."""
    systems = _in_order(part.system for part in standing.parts if part.is_withdrawn)
    return [Step(Stage.WITHDRAWN, standing.ended_on, Reached.DONE, systems)] if systems else []
