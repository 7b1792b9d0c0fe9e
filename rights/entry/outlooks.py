"""「今日申請すると」: what a request that is being typed would reach, from the rules that the request itself will follow (R9-1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from base.business_days import BusinessCalendar
from rights.codes import AskedRights, System
from rights.request_dates import PartStanding, Step, steps_before_sending, turn_of
from rights.request_days import NO_DELAYS, Delays, RequestDays, Window, days_if_entered, window_if_entered
from rights.request_parts import parts_between
from rights.request_states import RequestKind


@dataclass(frozen=True, slots=True)
class Outlook:
    """`window` None: nothing of it waits for a processing date. `systems`: those in which something changes. `person`: public id."""

    kind: RequestKind
    person: str
    wanted: AskedRights
    days: RequestDays
    steps: Sequence[Step]
    window: Window | None
    systems: Sequence[System]

    @property
    def subject(self) -> str:
        """What of an address stays as it is while codes are chosen."""
        return urlencode({"kind": self.kind.value} | ({"person": self.person} if self.person else {}))

    @property
    def query(self) -> str:
        codes = urlencode({system.lower(): code for system, code in self.wanted.by_system()})
        return f"{self.subject}&{codes}" if codes else self.subject


def outlook(
    kind: RequestKind,
    held: AskedRights,
    wanted: AskedRights,
    today: date,
    calendar: BusinessCalendar,
    delays: Delays = NO_DELAYS,
    person: str = "",
) -> Outlook:
    """Of a removal `wanted` asks for nothing; of a new request nothing is `held`."""
    parts = [PartStanding(part.system, turn_of(part.code, part.held)) for part in parts_between(held, wanted)]
    asked = frozenset(part.system for part in parts)
    days = days_if_entered(kind, asked, today, calendar, delays)
    return Outlook(
        kind=kind,
        person=person,
        wanted=wanted,
        days=days,
        steps=steps_before_sending(kind, parts, days),
        window=window_if_entered(kind, asked, today, calendar),
        systems=[part.system for part in parts],
    )
