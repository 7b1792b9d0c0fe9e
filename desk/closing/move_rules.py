"""Which dates move with the calendar: of requests, of certificates, of the processing dates themselves (R9-14)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from base.business_days import BusinessCalendar
from base.schedule import processing_date, window_of
from base.sentences import Sentence, say
from content.calendar.days import ProcessingKind, processing_days
from rights.request_dates import Standing, request_days
from rights.request_days import Delays, RequestDays
from rights.request_states import SET_BY_REGISTRATION, RequestKind


class MoveKind(StrEnum):
    ACCEPTED = "accepted"
    PROCESSING = "processing"
    TAXIS_JOHS = "taxis_johs"
    JUJU_LOACUS = "juju_loacus"
    LAST_SAFE = "last_safe"
    M = "m"
    LAST_NEW = "last_new"


MOVE_WORDS: Mapping[MoveKind, Sentence] = {
    MoveKind.ACCEPTED: say("受付の予定"),
    MoveKind.PROCESSING: say("システム処理日"),
    MoveKind.TAXIS_JOHS: say("TAXIS・JOHSの利用開始"),
    MoveKind.JUJU_LOACUS: say("JUJU・LOACUSの利用開始"),
    MoveKind.LAST_SAFE: say("証明書の申請の最終日"),
    MoveKind.M: say("処理日"),
    MoveKind.LAST_NEW: say("新規申請の締切"),
}


@dataclass(frozen=True, slots=True)
class Moved:
    kind: MoveKind
    before: date
    after: date


@dataclass(frozen=True, slots=True)
class Days:
    """What days are counted with."""

    calendar: BusinessCalendar
    delays: Delays


def moved_m(m: date, before: BusinessCalendar, after: BusinessCalendar) -> date:
    """By the window that it belongs to; one that stands apart from the rule only moves off a day on which nobody works."""
    first, _ = window_of(m)
    of_window = first - timedelta(days=1)
    if processing_date(of_window, before) == m:
        return processing_date(of_window, after)
    return after.on_or_after(m)


def delays_after(delays: Delays, before: BusinessCalendar, after: BusinessCalendar, today: date) -> Delays:
    """What staff announced for a delayed M goes with it: those days were given by hand."""
    return {moved_m(m, before, after) if m >= today else m: days for m, days in delays.items()}


def moved_standing(standing: Standing, before: BusinessCalendar, after: BusinessCalendar) -> Standing:
    """Its M moves until it is carried out."""
    if standing.processing_date is None or standing.ordered_on is not None:
        return standing
    return replace(standing, processing_date=moved_m(standing.processing_date, before, after))


def moves_of_request(standing: Standing, today: date, before: Days, after: Days) -> tuple[Moved, ...]:
    """`standing` has the parts alone that are still to be done: what is done has its day for good."""
    old = request_days(standing, today, before.calendar, before.delays)
    moved = moved_standing(standing, before.calendar, after.calendar)
    new = request_days(moved, today, after.calendar, after.delays)
    assert old is not None
    assert new is not None
    return tuple(
        Moved(kind, first, second)
        for kind in _promised(standing)
        if (first := _day(kind, old)) and (second := _day(kind, new)) and first != second
    )


def moves_of_calendar(first: date, last: date, before: BusinessCalendar, after: BusinessCalendar) -> Iterator[Moved]:
    """Processing dates and last days of windows that lie between the two days, before or afterwards."""
    shown = {ProcessingKind.PROCESSING: MoveKind.M, ProcessingKind.LAST_NEW: MoveKind.LAST_NEW}
    olds, news = _by_window(first, last, before), _by_window(first, last, after)
    for key in sorted(olds.keys() & news.keys()):
        (_, kind), old, new = key, olds[key], news[key]
        if kind in shown and old != new:
            yield Moved(shown[ProcessingKind(kind)], old, new)


def _by_window(first: date, last: date, calendar: BusinessCalendar) -> dict[tuple[date, str], date]:
    found = processing_days(first, last, calendar, last)
    return {(each.window[0], each.kind): each.day for each in found}


def _promised(standing: Standing) -> Iterator[MoveKind]:
    """The days that are still open for this request."""
    systems = {part.system for part in standing.parts}
    if standing.kind is RequestKind.NEW and standing.accepted_on is None:
        yield MoveKind.ACCEPTED
    if standing.ordered_on is None:
        yield MoveKind.PROCESSING
    if standing.kind is RequestKind.NEW and systems & SET_BY_REGISTRATION:
        yield MoveKind.TAXIS_JOHS
    if systems - SET_BY_REGISTRATION:
        yield MoveKind.JUJU_LOACUS


def _day(kind: MoveKind, days: RequestDays) -> date | None:
    return {
        MoveKind.ACCEPTED: days.accepted_on,
        MoveKind.PROCESSING: days.processing_date,
        MoveKind.TAXIS_JOHS: days.taxis_johs_from,
        MoveKind.JUJU_LOACUS: days.juju_loacus_from,
    }[kind]
