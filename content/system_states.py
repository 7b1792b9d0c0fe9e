"""How the systems stand for whoever uses them, with the way to each (R2-1, R7-7)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext as _

from base.jst import day_of, in_jst, show_short_day, start_of
from base.words import locale
from content.fragments import Span
from content.opening_hours import OPENING_HOURS, Status, StatusKind, status
from content.viewing import KnownPage


@dataclass(frozen=True, slots=True)
class SystemState:
    """`state` is the look's word for its dot."""

    name: str
    state: str
    label: str
    note: str
    href: str


_DOTS = {
    StatusKind.OPEN: "open",
    StatusKind.CLOSED: "closed",
    StatusKind.PLANNED_STOP: "planned",
    StatusKind.DISTURBANCE: "disturbance",
}


def system_states(pages: Iterable[KnownPage], now: datetime) -> list[SystemState]:
    """Of the systems that have hours."""
    return [_state_of(page, page.system, now) for page in pages if page.system and page.system in OPENING_HOURS]


def _state_of(page: KnownPage, system: str, now: datetime) -> SystemState:
    found = status(system, now, OPENING_HOURS, ())
    label = {
        StatusKind.OPEN: _("稼働中"),
        StatusKind.CLOSED: _("時間外"),
        StatusKind.PLANNED_STOP: _("計画停止中"),
        StatusKind.DISTURBANCE: _("障害"),
    }[found.kind]
    return SystemState(page.name, _DOTS[found.kind], label, _next_change(found, now), page.system_url or "")


def _next_change(found: Status, now: datetime) -> str:
    if found.changes_at is None:
        return _("終日利用できます") if found.kind is StatusKind.OPEN else ""
    at = _near(found.changes_at, now)
    return _("%(at)s まで", at=at) if found.kind is StatusKind.OPEN else _("%(at)s から", at=at)


def _near(moment: datetime, now: datetime) -> str:
    """今日 21:00, 明日 7:30, or with the day."""
    days = (day_of(moment) - day_of(now)).days
    near = {0: _("今日"), 1: _("明日")}.get(days) or show_short_day(day_of(moment), locale())
    local = in_jst(moment)
    return f"{near} {local.hour}:{local:%M}"


def states_hold(pages: Iterable[KnownPage], now: datetime) -> Span:
    """Until one of them changes, or the day does."""
    systems = (page.system for page in pages if page.system and page.system in OPENING_HOURS)
    changes = (status(system, now, OPENING_HOURS, ()).changes_at for system in systems)
    midnight = start_of(day_of(now) + timedelta(days=1))
    return Span(now, min([midnight, *(at for at in changes if at)]))
