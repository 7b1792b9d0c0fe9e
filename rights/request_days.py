"""The days that a request of any kind reaches: expected before it is sent, then as they were fixed (R5-10, R5-15, R5-18, R5-34)."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date

from base import schedule
from base.business_days import BusinessCalendar
from base.schedule import Schedule, WindowReach, reach_of_change, reach_of_new_request, window_of
from rights.codes import System
from rights.effect_dates import StartingDays
from rights.request_states import SET_BY_REGISTRATION, RequestKind

Delays = Mapping[date, StartingDays]
NO_DELAYS: Delays = {}


@dataclass(frozen=True, slots=True)
class RequestDays:
    """`accepted_on` None: nobody accepts it. `processing_date` None: nothing waits for one. `juju_loacus_from` None: no day is promised.

    `is_delayed`: staff have announced other days than those of the rule for its M.
    """

    entered_on: date
    accepted_on: date | None
    processing_date: date | None
    taxis_johs_from: date | None
    juju_loacus_from: date | None
    is_delayed: bool = False

    def from_day(self, system: System) -> date | None:
        return self.taxis_johs_from if system in SET_BY_REGISTRATION else self.juju_loacus_from


@dataclass(frozen=True, slots=True)
class Window:
    """The half of a month in which the day lies, and whether an entry of the day still reaches it (R9-1)."""

    reach: WindowReach
    last_day: date


def days_if_entered(
    kind: RequestKind,
    asked: AbstractSet[System],
    entered_on: date,
    calendar: BusinessCalendar,
    delays: Delays = NO_DELAYS,
    accepted_on: date | None = None,
) -> RequestDays:
    """Of a request entered on the day; `accepted_on`: when that is expected, else on the next business day."""
    if kind is RequestKind.NEW:
        return _of(schedule.new_request(entered_on, calendar, accepted_on), entered_on, delays)
    rule = schedule.change if kind is RequestKind.CHANGE else schedule.removal
    found = _of(rule(entered_on, calendar), entered_on, delays if kind is RequestKind.CHANGE else NO_DELAYS)
    slow = asked - SET_BY_REGISTRATION
    return RequestDays(
        entered_on=entered_on,
        accepted_on=None,
        processing_date=found.processing_date if slow else None,
        taxis_johs_from=rule(entered_on, calendar).taxis_johs_from,
        juju_loacus_from=found.juju_loacus_from,
        is_delayed=bool(slow) and found.is_delayed,
    )


def window_if_entered(
    kind: RequestKind, asked: AbstractSet[System], entered_on: date, calendar: BusinessCalendar
) -> Window | None:
    """None where nothing of it waits for a processing date (R9-1)."""
    _, last = window_of(entered_on)
    if kind is RequestKind.NEW:
        return Window(reach_of_new_request(entered_on, calendar), last)
    if not asked - SET_BY_REGISTRATION:
        return None
    return Window(reach_of_change(entered_on), last)


def _of(found: Schedule, entered_on: date, delays: Delays) -> RequestDays:
    delayed = delays.get(found.processing_date)
    return RequestDays(
        entered_on=entered_on,
        accepted_on=found.accepted_on,
        processing_date=found.processing_date,
        taxis_johs_from=delayed.taxis_johs_from if delayed else found.taxis_johs_from,
        juju_loacus_from=delayed.juju_loacus_from if delayed else found.juju_loacus_from,
        is_delayed=delayed is not None,
    )
