"""An entry of the allow-list lives until it is ended; once a year somebody has to say that it is still needed (R2-8)."""

from datetime import date, timedelta
from enum import StrEnum

from base.refusals import Refused
from base.sentences import say

SOON = timedelta(days=30)


class EntryState(StrEnum):
    """`OVERDUE` and `SOON` are in effect too: a date alone shuts nobody out."""

    CURRENT = "current"
    SOON = "soon"
    OVERDUE = "overdue"
    ENDED = "ended"


def entry_state(review_on: date, *, is_ended: bool, today: date) -> EntryState:
    if is_ended:
        return EntryState.ENDED
    if review_on < today:
        return EntryState.OVERDUE
    return EntryState.SOON if review_on <= today + SOON else EntryState.CURRENT


def a_year_after(day: date) -> date:
    """The same date of the next year; 28 February for the 29th."""
    is_leap_day = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year + 1, day=28 if is_leap_day else day.day)


def refuse_review(review_on: date, today: date) -> None:
    if not today < review_on <= a_year_after(today):
        raise Refused(say("見直し期日は、明日から1年後までの日付にしてください。"), field="review_on")
