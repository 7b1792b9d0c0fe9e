"""Refused requests are counted in memory and written now and then: a flood is many requests and few writes (R2-8)."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from threading import Lock

WRITE_EVERY = timedelta(seconds=10)
MOST_A_DAY = 2000
EVERYBODY_ELSE = "*"


@dataclass(frozen=True, slots=True)
class Source:
    """Whoever knocks: one address, with one certificate or none (an empty `fingerprint`), on one day (JST)."""

    day: date
    address: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Counted:
    country: str
    first_at: datetime
    last_at: datetime
    count: int


class BlockedTally:
    """Beyond MOST_A_DAY sources of one day the others are counted together, as `*`."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._counted: dict[Source, Counted] = {}
        self._known: set[Source] = set()
        self._written_at: datetime | None = None

    def note(self, source: Source, country: str, now: datetime) -> None:
        with self._lock:
            self._add(self._place_of(source), Counted(country, now, now, 1))

    def is_due(self, now: datetime) -> bool:
        if not self._counted:
            return False
        return self._written_at is None or abs(now - self._written_at) >= WRITE_EVERY

    def take(self, now: datetime) -> dict[Source, Counted]:
        """What is to be written now; nothing where somebody else has just taken it."""
        with self._lock:
            if not self.is_due(now):
                return {}
            taken, self._counted, self._written_at = self._counted, {}, now
            return taken

    def put_back(self, taken: dict[Source, Counted]) -> None:
        """It couldn't be written: the next time, then."""
        with self._lock:
            for source, counted in taken.items():
                self._add(source, counted)

    def _place_of(self, source: Source) -> Source:
        if source in self._known:
            return source
        self._known = {one for one in self._known if one.day == source.day}
        if len(self._known) >= MOST_A_DAY:
            return Source(source.day, EVERYBODY_ELSE, "")
        self._known.add(source)
        return source

    def _add(self, source: Source, more: Counted) -> None:
        found = self._counted.get(source)
        self._counted[source] = more if found is None else _together(found, more)


def _together(one: Counted, other: Counted) -> Counted:
    return replace(
        one,
        first_at=min(one.first_at, other.first_at),
        last_at=max(one.last_at, other.last_at),
        count=one.count + other.count,
    )
