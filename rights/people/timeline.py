"""What became of somebody's rights, and what is known to come (R5-10, R5-18): plain values in, lines out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from rights.codes import SYSTEMS_WITH_RIGHTS, System
from rights.held import Held
from rights.request_dates import Turn

MOST_PAST = 12


@dataclass(frozen=True, slots=True)
class Point:
    """At one moment the same became of these systems' rights; each with its code, empty where it ended."""

    at: datetime
    turn: Turn
    systems: tuple[tuple[System, str], ...]
    is_past: bool


def timeline(rows: Iterable[Held], now: datetime, most_past: int = MOST_PAST) -> list[Point]:
    """In their order; of what is past the latest alone. A right that was closed before it began never was."""
    real = [row for row in rows if row.until_at is None or row.from_at < row.until_at]
    found: dict[tuple[datetime, Turn], list[tuple[System, str]]] = {}
    for system in SYSTEMS_WITH_RIGHTS:
        for at, turn, code in _turns([row for row in real if row.system is system]):
            found.setdefault((at, turn), []).append((system, code))
    points = [Point(at, turn, tuple(systems), at <= now) for (at, turn), systems in sorted(found.items())]
    past = sum(point.is_past for point in points)
    return points[max(0, past - most_past) :]


def _turns(rows: Sequence[Held]) -> Iterable[tuple[datetime, Turn, str]]:
    """Of one system."""
    ends, begins = {row.until_at for row in rows}, {row.from_at for row in rows}
    for row in rows:
        yield row.from_at, Turn.CHANGES if row.from_at in ends else Turn.STARTS, row.code
        if row.until_at is not None and row.until_at not in begins:
            yield row.until_at, Turn.ENDS, ""
