"""Which day follows from which: windows, processing dates and what they lead to."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from base.business_days import BusinessCalendar

TAXIS_JOHS_AFTER = 6
JUJU_LOACUS_AFTER = 9
CERTIFICATE_NOTICE_AFTER = 6
REVIEW_WITHIN = 2


@dataclass(frozen=True, slots=True)
class Schedule:
    """The days a request will reach (R5-34); None is what doesn't apply to its kind."""

    entered_on: date | None
    accepted_on: date | None
    processing_date: date
    taxis_johs_from: date | None
    juju_loacus_from: date | None
    notified_from: date | None


class WindowReach(StrEnum):
    """Whether an entry of the day still reaches the window in which the day lies (R9-1)."""

    IN_TIME = "in_time"
    LAST = "last"
    MISSED = "missed"


def window_of(day: date) -> tuple[date, date]:
    """The half of the month in which the day lies: 1st–15th or 16th–end (R5-30)."""
    if day.day <= 15:
        return day.replace(day=1), day.replace(day=15)
    return day.replace(day=16), day.replace(day=monthrange(day.year, day.month)[1])


def processing_date(day: date, calendar: BusinessCalendar) -> date:
    """M for what was accepted, or entered where nothing is accepted, on the day (R5-30)."""
    _, last = window_of(day)
    return calendar.next_business_day(last)


def new_request(entered_on: date, calendar: BusinessCalendar, accepted_on: date | None = None) -> Schedule:
    """Of a new request: M by the day of acceptance, expected on the next business day (R5-10, R5-11)."""
    accepted_on = accepted_on or calendar.next_business_day(entered_on)
    if accepted_on < entered_on:
        raise ValueError(f"accepted on {accepted_on.isoformat()}, before its entry on {entered_on.isoformat()}")
    carried_out_on = processing_date(accepted_on, calendar)
    return Schedule(
        entered_on=entered_on,
        accepted_on=accepted_on,
        processing_date=carried_out_on,
        taxis_johs_from=calendar.plus(carried_out_on, TAXIS_JOHS_AFTER),
        juju_loacus_from=calendar.plus(carried_out_on, JUJU_LOACUS_AFTER),
        notified_from=None,
    )


def change(entered_on: date, calendar: BusinessCalendar) -> Schedule:
    """Of a change: TAXIS and JOHS at once (R5-14), JUJU and LOACUS by the M of the entry (R5-15)."""
    carried_out_on = processing_date(entered_on, calendar)
    return Schedule(
        entered_on=entered_on,
        accepted_on=None,
        processing_date=carried_out_on,
        taxis_johs_from=entered_on,
        juju_loacus_from=calendar.plus(carried_out_on, JUJU_LOACUS_AFTER),
        notified_from=None,
    )


def removal(entered_on: date, calendar: BusinessCalendar) -> Schedule:
    """Of a removal: taxis_johs_from is the first day without them; JUJU and LOACUS end with an entry (R5-18)."""
    return Schedule(
        entered_on=entered_on,
        accepted_on=None,
        processing_date=processing_date(entered_on, calendar),
        taxis_johs_from=entered_on + timedelta(days=1),
        juju_loacus_from=None,
        notified_from=None,
    )


def certificate(ok_on: date, calendar: BusinessCalendar) -> Schedule:
    """Of a certificate application that was found in order on the day (R4-3)."""
    carried_out_on = processing_date(ok_on, calendar)
    return Schedule(
        entered_on=None,
        accepted_on=None,
        processing_date=carried_out_on,
        taxis_johs_from=None,
        juju_loacus_from=None,
        notified_from=calendar.plus(carried_out_on, CERTIFICATE_NOTICE_AFTER),
    )


def last_safe_day(expiry: date, calendar: BusinessCalendar) -> date:
    """The latest day to apply for a certificate's successor without a gap (R4-5)."""
    day = expiry
    while _successor_notified_from(day, calendar) > expiry:
        day -= timedelta(days=1)
    return day


def reach_of_new_request(day: date, calendar: BusinessCalendar) -> WindowReach:
    """Whether a new request entered on the day is accepted within the day's window (R9-1)."""
    window = window_of(day)
    if window_of(calendar.next_business_day(day)) != window:
        return WindowReach.MISSED
    if window_of(calendar.next_business_day(day + timedelta(days=1))) != window:
        return WindowReach.LAST
    return WindowReach.IN_TIME


def reach_of_change(day: date) -> WindowReach:
    """Whether the day is the last of its window; a change needs no acceptance and misses none (R9-1)."""
    _, last = window_of(day)
    return WindowReach.LAST if day == last else WindowReach.IN_TIME


def _successor_notified_from(applied_on: date, calendar: BusinessCalendar) -> date:
    ok_on = calendar.plus(applied_on, REVIEW_WITHIN)
    return calendar.plus(processing_date(ok_on, calendar), CERTIFICATE_NOTICE_AFTER)
