"""「今日申請すると」: what a request that is being typed would reach, from the rules that the request itself will follow (R9-1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from base.business_days import BusinessCalendar
from rights.codes import AskedRights, System
from rights.request_dates import PartStanding, Step, steps_before_sending, turn_of
from rights.request_days import NO_DELAYS, Delays, RequestDays, Window, days_if_entered, window_if_entered
from rights.request_parts import parts_between
from rights.request_states import RequestKind


@dataclass(frozen=True, slots=True)
class Outlook:
    """`window` None: nothing of it waits for a processing date. `systems`: those in which something changes."""

    kind: RequestKind
    days: RequestDays
    steps: Sequence[Step]
    window: Window | None
    systems: Sequence[System]


def outlook(
    kind: RequestKind,
    held: AskedRights,
    wanted: AskedRights,
    today: date,
    calendar: BusinessCalendar,
    delays: Delays = NO_DELAYS,
) -> Outlook:
    """Of a removal `wanted` asks for nothing; of a new request nothing is `held`."""
    parts = [PartStanding(part.system, turn_of(part.code, part.held)) for part in parts_between(held, wanted)]
    asked = frozenset(part.system for part in parts)
    days = days_if_entered(kind, asked, today, calendar, delays)
    return Outlook(
        kind=kind,
        days=days,
        steps=steps_before_sending(kind, parts, days),
        window=window_if_entered(kind, asked, today, calendar),
        systems=[part.system for part in parts],
    )
