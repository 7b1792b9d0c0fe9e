"""What stands on the sheets of a processing date, how far each line is, and when its completion is due (R5-10, R5-15, R9-4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from base.business_days import BusinessCalendar
from base.schedule import window_of
from base.sentences import say
from rights.codes import System


class Sheet(StrEnum):
    """One for the accounts that are registered (④, ⑥), one for each system."""

    ACCOUNTS = "accounts"
    TAXIS = "taxis"
    JOHS = "johs"
    JUJU = "juju"
    LOACUS = "loacus"

    @property
    def system(self) -> System | None:
        return None if self is Sheet.ACCOUNTS else System(self.upper())

    @property
    def is_completed_by_hand(self) -> bool:
        """TAXIS and JOHS are done with ⑥."""
        return self not in {Sheet.TAXIS, Sheet.JOHS}


class LineState(StrEnum):
    BEFORE = "before"
    ORDERED = "ordered"
    ANSWERED = "answered"
    DONE = "done"


LINE_WORDS: Mapping[LineState, str] = {
    LineState.BEFORE: say("処理日前"),
    LineState.ORDERED: say("結果待ち"),
    LineState.ANSWERED: say("完了入力待ち"),
    LineState.DONE: say("済"),
}


class Urgency(StrEnum):
    """Of a completion (R5-10 ⑥⑩)."""

    NONE = ""
    TODAY = "today"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class Facts:
    """Of one line, as days: carried out by the run, answered by the system, completed."""

    ordered_on: date | None
    answered_on: date | None
    done_on: date | None


def state_of(facts: Facts) -> LineState:
    if facts.done_on is not None:
        return LineState.DONE
    if facts.answered_on is not None:
        return LineState.ANSWERED
    return LineState.ORDERED if facts.ordered_on is not None else LineState.BEFORE


def due_on(facts: Facts, calendar: BusinessCalendar) -> date | None:
    """On the business day after the result came in; None where nothing is due."""
    if facts.done_on is not None or facts.answered_on is None:
        return None
    return calendar.next_business_day(facts.answered_on)


def urgency_of(due: date | None, today: date) -> Urgency:
    if due is None or due > today:
        return Urgency.NONE
    return Urgency.TODAY if due == today else Urgency.LATE


@dataclass(frozen=True, slots=True)
class Bounds:
    """What was answered before `late` and isn't completed is overdue; from then on and before `today`, it is due today."""

    late: date
    today: date


def bounds_on(today: date, calendar: BusinessCalendar) -> Bounds:
    """For queries: the same as `due_on` and `urgency_of` say of each line."""
    last = today - timedelta(days=1)
    while not calendar.is_business_day(last):
        last -= timedelta(days=1)
    return Bounds(last, today if calendar.is_business_day(today) else last)


def is_last_call(today: date, calendar: BusinessCalendar) -> bool:
    """The last business day of a window, or past it: what isn't accepted by the window's end misses its M (R9-4)."""
    return window_of(calendar.next_business_day(today)) != window_of(today)
