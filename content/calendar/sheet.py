"""A month as its readers see it: for each day what stands there, where that leads, and how sure it is (R9-8)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask_babel import gettext as _

from base.business_days import holiday_name
from base.jst import day_of, in_jst, show_short_day, start_of
from base.promised_days import PROVISIONAL
from base.words import locale
from content.calendar.days import (
    DayPart,
    Month,
    ProcessingDay,
    ProcessingKind,
    day_parts,
    days_between,
    is_closing_day,
    processing_days,
)
from content.calendar.models import SystemHours
from content.calendar.queries import OperatorDays
from content.models import SystemStop
from content.reading.viewing import KnownPage
from content.systems.hours_queries import hours_of
from content.systems.hours_words import hours_text
from content.systems.opening_hours import StopKind
from content.systems.queries import times_of

ABOUT_PROCESSING = "#processing"


@dataclass(frozen=True, slots=True)
class Links:
    """Where a stop, the hours of a system and a processing date lead, by what the viewer may open."""

    is_desk: bool
    is_contact_manager: bool

    def stop(self, row: SystemStop, slug: str) -> str:
        return f"/staff/systems/{row.public_id}" if self.is_desk else f"/systems/{slug}"

    def hours(self, slug: str) -> str:
        return "/staff/systems/hours" if self.is_desk else f"/systems/{slug}"

    def processing(self, kind: ProcessingKind) -> str:
        if not self.is_contact_manager:
            return ABOUT_PROCESSING
        return "/requests" if kind is ProcessingKind.PROCESSING else "/requests/new"


@dataclass(frozen=True, slots=True)
class Entry:
    """`look` is a class of the style sheet; `is_off`: it was planned and doesn't take place."""

    look: str
    title: str
    note: str
    href: str
    about: str = ""
    is_off: bool = False


@dataclass(frozen=True, slots=True)
class DayCell:
    day: date
    is_today: bool
    is_off_day: bool
    holiday: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class MonthFacts:
    """`pages` of the viewer's systems by their systems; only theirs are the stops and the hours."""

    month: Month
    pages: Mapping[str, KnownPage]
    stops: Sequence[SystemStop]
    hours: Sequence[SystemHours]
    days: OperatorDays


def day_cells(facts: MonthFacts, links: Links, now: datetime) -> dict[date, DayCell]:
    entries: dict[date, list[Entry]] = {day: [] for day in days_between(facts.month.first, facts.month.last)}
    for day, entry in _entries(facts, links, now):
        entries[day].append(entry)
    names, today = dict(facts.days.names), day_of(now)
    return {
        day: DayCell(
            day,
            day == today,
            not facts.days.calendar.is_business_day(day),
            _day_name(day, facts.days, names),
            tuple(found),
        )
        for day, found in entries.items()
    }


def _entries(facts: MonthFacts, links: Links, now: datetime) -> Iterator[tuple[date, Entry]]:
    """What is wrong comes first, then what is planned, then what is due."""
    for row in sorted(facts.stops, key=lambda row: (row.kind, row.from_at)):
        yield from _of_stop(row, facts, links, now)
    for change in facts.hours:
        if change.taken_back_at is None:
            page = facts.pages[change.system]
            title, note = _("%(system)s 利用時間の変更", system=page.name), hours_text(hours_of(change))
            yield change.from_day, Entry("hours", title, note, links.hours(page.slug))
    month = facts.month
    for found in processing_days(month.first, month.last, facts.days.calendar, facts.days.confirmed_through):
        title, note = processing_words(found)
        yield found.day, Entry(found.kind, title, note, links.processing(found.kind))


def _of_stop(row: SystemStop, facts: MonthFacts, links: Links, now: datetime) -> Iterator[tuple[date, Entry]]:
    times = times_of(row)
    until = row.until_at if times.is_called_off else times.effective_until
    is_planned = row.kind == StopKind.PLANNED_STOP
    page = facts.pages[row.system]
    title = f"{page.name} " + (_("計画停止") if is_planned else _("障害"))
    title += " " + _("(取り止め)") if times.is_called_off else ""
    look, link = "planned" if is_planned else "disturbance", links.stop(row, page.slug)
    # What goes on stands on today as a whole: nobody knows when it ends.
    shown_until = until or start_of(day_of(now) + timedelta(days=1))
    for part in day_parts(row.from_at, shown_until, facts.month.first, facts.month.last):
        note = _so_far(part) if until is None and part.day == day_of(now) else _when(part)
        yield part.day, Entry(look, title, note, link, row.effect, times.is_called_off)


def _so_far(part: DayPart) -> str:
    return _("%(from_at)s〜 継続中", from_at=_clock(part.from_at)) if part.from_at else _("継続中")


def _when(part: DayPart) -> str:
    if part.from_at is None and part.until_at is None:
        return _("終日")
    return f"{_clock(part.from_at)}〜{_clock(part.until_at)}"


def _clock(moment: datetime | None) -> str:
    """As 7:30."""
    local = in_jst(moment) if moment else None
    return f"{local.hour}:{local:%M}" if local else ""


def processing_words(found: ProcessingDay) -> tuple[str, str]:
    """What it is called, and what it is about."""
    first, last, on = (_short(day) for day in (*found.window, found.on))
    if found.kind is ProcessingKind.PROCESSING:
        title, note = _("処理日"), _("%(first)s〜%(last)s 受付分", first=first, last=last)
    else:
        title = _("新規申請の締切") if found.kind is ProcessingKind.LAST_NEW else _("変更・抹消の締切")
        note = _("処理日 %(day)s", day=on)
    return (title + PROVISIONAL[locale()] if found.is_provisional else title), note


def _short(day: date) -> str:
    return show_short_day(day, locale())


def _day_name(day: date, days: OperatorDays, names: Mapping[date, str]) -> str:
    """Of a public holiday, or of a day on which the operator is closed (R5-31)."""
    name = holiday_name(day)
    if name:
        return _(name)
    if is_closing_day(day, days.calendar):
        return names.get(day) or _("休業日")
    return ""
