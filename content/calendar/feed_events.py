"""What a calendar application is told: planned stops, changes of hours, processing dates and last days (R9-8)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from flask_babel import gettext as _

from base.ics_files import FeedEvent
from base.jst import start_of
from content.calendar.days import Month, ProcessingDay, processing_days
from content.calendar.models import SystemHours
from content.calendar.queries import OperatorDays
from content.calendar.sheet import processing_words
from content.models import SystemStop
from content.reading.viewing import KnownPage
from content.systems.hours_queries import hours_of
from content.systems.hours_words import hours_text
from content.systems.opening_hours import StopKind
from content.systems.queries import times_of

MONTHS_BACK = 1
MONTHS_AHEAD = 12
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class FeedFacts:
    """Of one set of systems; `pages` by their systems. The days reach from `first` to `last`."""

    pages: Mapping[str, KnownPage]
    stops: Sequence[SystemStop]
    hours: Sequence[SystemHours]
    days: OperatorDays
    first: date
    last: date


def feed_days(this: Month) -> tuple[date, date]:
    """Whole months, so that the file changes when something does, and else once a month."""
    return this.plus(-MONTHS_BACK).first, this.plus(MONTHS_AHEAD).last


def feed_events(facts: FeedFacts) -> Iterator[FeedEvent]:
    for row in facts.stops:
        if row.kind == StopKind.PLANNED_STOP:
            yield _of_stop(row, facts.pages[row.system])
    # Entered anew for the same day after it was taken back: one event, of which the last word counts.
    by_day: dict[tuple[str, date], list[SystemHours]] = {}
    for change in facts.hours:
        by_day.setdefault((change.system, change.from_day), []).append(change)
    for changes in by_day.values():
        yield _of_hours(changes, facts.pages[changes[0].system])
    for found in processing_days(facts.first, facts.last, facts.days.calendar, facts.days.confirmed_through):
        yield _of_processing(found)


def _of_stop(row: SystemStop, page: KnownPage) -> FeedEvent:
    times = times_of(row)
    until = row.until_at if times.is_called_off else times.effective_until
    assert until is not None
    return FeedEvent(
        uid=f"stop-{row.public_id}",
        title=f"{page.name} {_('計画停止')}",
        about=row.effect,
        path=f"/systems/{page.slug}",
        starts=row.from_at,
        ends=until,
        sequence=row.version - 1,
        changed_at=row.changed_at,
        is_cancelled=times.is_called_off,
    )


def _of_hours(changes: Sequence[SystemHours], page: KnownPage) -> FeedEvent:
    last = changes[-1]
    taken_back = sum(change.taken_back_at is not None for change in changes)
    changed_at = last.taken_back_at or last.entered_at
    assert changed_at is not None
    return FeedEvent(
        uid=f"hours-{page.slug}-{last.from_day:%Y%m%d}",
        title=_("%(system)s 利用時間の変更", system=page.name),
        about=_("この日から %(hours)s", hours=hours_text(hours_of(last))),
        path=f"/systems/{page.slug}",
        starts=last.from_day,
        ends=last.from_day + _DAY,
        sequence=len(changes) - 1 + taken_back,
        changed_at=changed_at,
        is_cancelled=last.taken_back_at is not None,
    )


def _of_processing(found: ProcessingDay) -> FeedEvent:
    """Nobody enters it: it counts as made when its window begins, and each day by which it is moved is a change."""
    title, about = processing_words(found)
    first, last = found.window
    return FeedEvent(
        uid=f"{found.kind.replace('_', '-')}-{first:%Y%m%d}",
        title=title,
        about=about,
        path="/calendar",
        starts=found.day,
        ends=found.day + _DAY,
        sequence=abs((found.day - last).days),
        changed_at=start_of(first),
        is_provisional=found.is_provisional,
    )
