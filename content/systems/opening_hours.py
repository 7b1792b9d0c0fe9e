"""When the systems can be used: hours, and the stops that override them (R2-1)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from base.jst import day_of, start_of


@dataclass(frozen=True, slots=True)
class Hours:
    """Daily opening and closing as distances from 00:00 JST; 24:00 is 24 hours."""

    opens: timedelta
    closes: timedelta

    @property
    def text(self) -> str:
        """As 7:30〜21:00."""
        return f"{_clock(self.opens)}〜{_clock(self.closes)}"


def _clock(since_midnight: timedelta) -> str:
    hour, minute = divmod(since_midnight // timedelta(minutes=1), 60)
    return f"{hour}:{minute:02d}"


WHOLE_DAY = Hours(timedelta(0), timedelta(hours=24))


@dataclass(frozen=True, slots=True)
class HoursFrom:
    """From 00:00 JST of the day on, until those of a later day begin."""

    system: str
    from_day: date
    hours: Hours


class Timetable:
    """The hours of every system by day; before a system's first day its first hours hold."""

    def __init__(self, rows: Iterable[HoursFrom]) -> None:
        self._by_system: dict[str, list[HoursFrom]] = {}
        for row in sorted(rows, key=lambda row: row.from_day):
            self._by_system.setdefault(row.system, []).append(row)

    @property
    def systems(self) -> frozenset[str]:
        return frozenset(self._by_system)

    def on(self, system: str, day: date) -> Hours:
        """KeyError for a system without hours."""
        return self._row(system, day).hours

    def begins(self, system: str, day: date) -> date:
        """From which day on the hours of the day hold."""
        return self._row(system, day).from_day

    def _row(self, system: str, day: date) -> HoursFrom:
        begun = [row for row in self._by_system[system] if row.from_day <= day]
        return begun[-1] if begun else self._by_system[system][0]

    def changes_after(self, system: str, day: date) -> tuple[HoursFrom, ...]:
        return tuple(row for row in self._by_system[system] if row.from_day > day)


class StopKind(StrEnum):
    PLANNED_STOP = "planned_stop"
    DISTURBANCE = "disturbance"


class StatusKind(StrEnum):
    OPEN = "open"
    CLOSED = "closed"
    PLANNED_STOP = "planned_stop"
    DISTURBANCE = "disturbance"


@dataclass(frozen=True, slots=True)
class Stop:
    """From `from_at` up to, not including, `until_at`; None where the end isn't known. `next_update_at`: the promised next word."""

    system: str
    kind: StopKind
    from_at: datetime
    until_at: datetime | None = None
    next_update_at: datetime | None = None

    def is_on(self, now: datetime) -> bool:
        return self.from_at <= now and (self.until_at is None or now < self.until_at)


@dataclass(frozen=True, slots=True)
class Status:
    """`changes_at` is when the kind next changes, None where nobody knows or it never does; `stop` is the cause."""

    kind: StatusKind
    changes_at: datetime | None = None
    stop: Stop | None = None


_BY_WEIGHT = (StopKind.DISTURBANCE, StopKind.PLANNED_STOP)
_DAY = timedelta(days=1)


def status(system: str, now: datetime, timetable: Timetable, stops: Iterable[Stop]) -> Status:
    """How the system stands; KeyError for one without hours."""
    own_stops = [stop for stop in stops if stop.system == system]
    kind, stop = _standing(now, timetable.on(system, day_of(now)), own_stops)
    changes = (
        moment
        for moment in _turning_points(system, now, timetable, own_stops)
        if _standing(moment, timetable.on(system, day_of(moment)), own_stops)[0] is not kind
    )
    return Status(kind, next(changes, None), stop)


def next_edge(now: datetime, stops: Iterable[Stop]) -> datetime | None:
    """When the next of them begins or ends, whether or not that changes a status."""
    return min((edge for edge in _edges(stops) if edge > now), default=None)


def next_promise(now: datetime, stops: Iterable[Stop]) -> datetime | None:
    """When the next promised word comes due."""
    return min(
        (stop.next_update_at for stop in stops if stop.next_update_at and stop.next_update_at > now), default=None
    )


def _edges(stops: Iterable[Stop]) -> set[datetime]:
    return {edge for stop in stops for edge in (stop.from_at, stop.until_at) if edge}


def _standing(now: datetime, hours: Hours, stops: list[Stop]) -> tuple[StatusKind, Stop | None]:
    """A disturbance outweighs a planned stop, both outweigh the hours."""
    for stop_kind in _BY_WEIGHT:
        for stop in stops:
            if stop.kind is stop_kind and stop.is_on(now):
                return StatusKind(stop_kind), stop
    since_midnight = now - start_of(day_of(now))
    is_open = hours.opens <= since_midnight < hours.closes
    return (StatusKind.OPEN if is_open else StatusKind.CLOSED), None


def _turning_points(system: str, now: datetime, timetable: Timetable, stops: list[Stop]) -> list[datetime]:
    """Every later instant at which the kind could next change, in order: hours repeat until the day on which they change."""
    today = day_of(now)
    first_days = (today, *(change.from_day for change in timetable.changes_after(system, today)))
    days = {day for first in first_days for day in (first, first + _DAY)}
    daily = {moment for day in days for moment in _moments_of(day, timetable.on(system, day))}
    return sorted(moment for moment in daily | _edges(stops) if moment > now)


def _moments_of(day: date, hours: Hours) -> tuple[datetime, ...]:
    midnight = start_of(day)
    return midnight, midnight + hours.opens, midnight + hours.closes
