"""Rendered pieces that many readers share, kept in this process as long as nothing they show has changed."""

from collections import OrderedDict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Generic, TypeVar

from markupsafe import Markup

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Kept(Generic[Key, Value]):
    """The values used last, at most `limit` in weight (one each where nothing else is said)."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._weight = 0
        self._values: OrderedDict[Key, tuple[Value, int]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Key) -> Value | None:
        with self._lock:
            found = self._values.get(key)
            if found is None:
                return None
            self._values.move_to_end(key)
            return found[0]

    def keep(self, key: Key, value: Value, weight: int = 1) -> None:
        """What weighs more than everything together may isn't kept."""
        with self._lock:
            self._weight -= self._values.pop(key, (None, 0))[1]
            if weight > self._limit:
                return
            self._values[key] = (value, weight)
            self._weight += weight
            while self._weight > self._limit:
                self._weight -= self._values.popitem(last=False)[1][1]

    @property
    def weight(self) -> int:
        with self._lock:
            return self._weight


@dataclass(frozen=True, slots=True)
class Span:
    """From when until before when what was made holds; open at the end where no time changes it."""

    from_at: datetime
    until_at: datetime | None = None

    def holds(self, now: datetime) -> bool:
        return self.from_at <= now and (self.until_at is None or now < self.until_at)


@dataclass(frozen=True, slots=True)
class ListFragment:
    """`newer` and `older` are the articles from which the neighbouring pages of the list go on, empty where there are none."""

    rows: Markup
    span: Span
    newer: str = ""
    older: str = ""

    @property
    def weight(self) -> int:
        return len(self.rows) + 200


def shortest(now: datetime, spans: Iterable[Span]) -> Span:
    """From now until the first of them ends."""
    return Span(now, min((span.until_at for span in spans if span.until_at), default=None))
