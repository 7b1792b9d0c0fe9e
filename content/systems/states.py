"""How the systems stand for whoever uses them, with the way to each (R2-1, R7-7)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from flask_babel import gettext as _

from base.jst import day_of, in_jst, show_short_day, start_of
from base.words import locale
from content.reading.fragments import Span
from content.systems.opening_hours import Status, StatusKind, Stop, Timetable, next_edge, next_promise, status


@dataclass(frozen=True, slots=True)
class SystemState:
    """`state` is the look's word for its dot; `details` leads to its stops."""

    name: str
    state: str
    label: str
    note: str
    href: str
    details: str


class SystemPage(Protocol):
    @property
    def slug(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def system(self) -> str | None: ...
    @property
    def system_url(self) -> str | None: ...


_DOTS = {
    StatusKind.OPEN: "open",
    StatusKind.CLOSED: "closed",
    StatusKind.PLANNED_STOP: "planned",
    StatusKind.DISTURBANCE: "disturbance",
}


def system_states(
    pages: Iterable[SystemPage], timetable: Timetable, stops: Sequence[Stop], now: datetime
) -> list[SystemState]:
    """Of the systems that have hours."""
    with_hours = ((page, page.system) for page in pages if page.system and page.system in timetable.systems)
    return [state_of(page, status(system, now, timetable, stops), now) for page, system in with_hours]


def state_of(page: SystemPage, found: Status, now: datetime) -> SystemState:
    label = {
        StatusKind.OPEN: _("稼働中"),
        StatusKind.CLOSED: _("時間外"),
        StatusKind.PLANNED_STOP: _("計画停止中"),
        StatusKind.DISTURBANCE: _("障害"),
    }[found.kind]
    note, address = _note(found, now), f"/systems/{page.slug}"
    return SystemState(page.name, _DOTS[found.kind], label, note, page.system_url or "", address)


def _note(found: Status, now: datetime) -> str:
    """R2-1: from when to when a planned stop is, the next word of a disturbance, or the next change."""
    if found.stop and found.stop.until_at:
        facts = {"from_at": near(found.stop.from_at, now), "until_at": near(found.stop.until_at, now)}
        return _("%(from_at)s から %(until_at)s まで", **facts)
    if found.stop and found.stop.next_update_at:
        at = near(found.stop.next_update_at, now)
        if found.stop.next_update_at <= now:
            return _("次のお知らせは %(at)s の予定でしたが、まだ続報がありません", at=at)
        return _("次のお知らせは %(at)s の予定", at=at)
    if found.changes_at is None:
        return _("終日利用できます") if found.kind is StatusKind.OPEN else ""
    at = near(found.changes_at, now)
    return _("%(at)s まで", at=at) if found.kind is StatusKind.OPEN else _("%(at)s から", at=at)


def near(moment: datetime, now: datetime) -> str:
    """今日 21:00, 明日 7:30, or with the day."""
    days = (day_of(moment) - day_of(now)).days
    word = {0: _("今日"), 1: _("明日")}.get(days) or show_short_day(day_of(moment), locale())
    local = in_jst(moment)
    return f"{word} {local.hour}:{local:%M}"


def states_hold(pages: Iterable[SystemPage], timetable: Timetable, stops: Sequence[Stop], now: datetime) -> Span:
    """Until one of them changes, a stop begins or ends, a promise passes, or the day does."""
    systems = (page.system for page in pages if page.system and page.system in timetable.systems)
    changes = (status(system, now, timetable, stops).changes_at for system in systems)
    midnight = start_of(day_of(now) + timedelta(days=1))
    ends = (*changes, next_edge(now, stops), next_promise(now, stops))
    return Span(now, min([midnight, *(at for at in ends if at)]))
