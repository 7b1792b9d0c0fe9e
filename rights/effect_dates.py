"""From when a completed right is in use: the later of its day and the entry of its completion (R5-10, R5-15)."""

from dataclasses import dataclass
from datetime import date, datetime

from base.business_days import BusinessCalendar
from base.jst import start_of
from base.schedule import JUJU_LOACUS_AFTER, TAXIS_JOHS_AFTER


@dataclass(frozen=True, slots=True)
class StartingDays:
    """Of one M: by the rule, or as staff announced after a delay (R5-10)."""

    taxis_johs_from: date
    juju_loacus_from: date


def starting_days(processing_date: date, calendar: BusinessCalendar) -> StartingDays:
    return StartingDays(
        calendar.plus(processing_date, TAXIS_JOHS_AFTER), calendar.plus(processing_date, JUJU_LOACUS_AFTER)
    )


def in_effect_from(day: date, completed_at: datetime) -> datetime:
    return max(start_of(day), completed_at)
