"""When the systems can be used: hours, and the stops that override them (R2-1)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from base.jst import day_of, start_of


@dataclass(frozen=True, slots=True)
class Hours:
    """Daily opening and closing as distances from 00:00 JST; 24:00 is 24 hours."""

    opens: timedelta
    closes: timedelta


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


_DAYTIME = Hours(timedelta(hours=7, minutes=30), timedelta(hours=21))

OPENING_HOURS: Mapping[str, Hours] = {
    "JOHS": _DAYTIME,
    "TAXIS": _DAYTIME,
    "JUJU": _DAYTIME,
    "LOACUS": Hours(timedelta(0), timedelta(hours=24)),
}

_BY_WEIGHT = (StopKind.DISTURBANCE, StopKind.PLANNED_STOP)


def status(system: str, now: datetime, hours: Mapping[str, Hours], stops: Iterable[Stop]) -> Status:
    """How the system stands; KeyError for one without hours."""
    own_stops = [stop for stop in stops if stop.system == system]
    kind, stop = _standing(now, hours[system], own_stops)
    changes = (
        moment
        for moment in _turning_points(now, hours[system], own_stops)
        if _standing(moment, hours[system], own_stops)[0] is not kind
    )
    return Status(kind, next(changes, None), stop)


def next_edge(now: datetime, stops: Iterable[Stop]) -> datetime | None:
    """When the next of them begins or ends, whether or not that changes a status."""
    return min((edge for edge in _edges(stops) if edge > now), default=None)


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


def _turning_points(now: datetime, hours: Hours, stops: list[Stop]) -> list[datetime]:
    """Every later instant at which the kind could next change, in order."""
    midnight = start_of(day_of(now))
    days = (midnight, midnight + timedelta(days=1))
    daily = {day + distance for day in days for distance in (hours.opens, hours.closes)}
    return sorted(moment for moment in daily | _edges(stops) if moment > now)
