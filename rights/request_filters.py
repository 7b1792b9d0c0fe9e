"""What a list of requests is narrowed to. It stands in the address, so that a list can be kept and passed on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeVar

from base.in_address import day_in, words_in, written
from rights.codes import SYSTEMS_WITH_RIGHTS, System
from rights.request_states import RequestKind, RequestState

ALL = "all"
T = TypeVar("T", bound=StrEnum)


class Order(StrEnum):
    """Of a list: by the entry, or by the person's name as it is read."""

    OLDEST = "oldest"
    NEWEST = "newest"
    KANA = "kana"

    @property
    def is_rising(self) -> bool:
        return self is not Order.NEWEST


@dataclass(frozen=True, slots=True)
class Filters:
    """None and the empty text narrow nothing; the days are those of the entry, both included."""

    state: RequestState | None = None
    words: str = ""
    entered_from: date | None = None
    entered_until: date | None = None
    processing_date: date | None = None
    kind: RequestKind | None = None
    system: System | None = None
    chosen_order: Order | None = None

    def in_address(self) -> dict[str, str]:
        """As the names and values of a query string."""
        values = {
            "state": self.state.value if self.state else ALL,
            "q": self.words,
            "from": written(self.entered_from),
            "until": written(self.entered_until),
            "m": written(self.processing_date),
            "kind": self.kind or "",
            "system": self.system or "",
            "order": self.chosen_order or "",
        }
        return {name: value for name, value in values.items() if value}

    @property
    def order(self) -> Order:
        """What waits for acceptance is worked off in the order in which it falls due (R5-10 ②)."""
        return self.chosen_order or (Order.OLDEST if self.state is RequestState.ENTERED else Order.NEWEST)

    @property
    def is_narrowed(self) -> bool:
        """Beyond the state."""
        days = (self.entered_from, self.entered_until, self.processing_date)
        return bool(self.words or self.kind or self.system or any(days))


def read_filters(address: Mapping[str, str], state: RequestState | None = None) -> Filters:
    """From a query string; `state` is what holds where the address names none. Unreadable values narrow nothing."""
    asked = address.get("state", "")
    return Filters(
        state=_one_of(RequestState, asked) if asked else state,
        words=words_in(address.get("q", "")),
        entered_from=day_in(address.get("from", "")),
        entered_until=day_in(address.get("until", "")),
        processing_date=day_in(address.get("m", "")),
        kind=_one_of(RequestKind, address.get("kind", "")),
        system=_one_of(SYSTEMS_WITH_RIGHTS, address.get("system", "")),
        chosen_order=_one_of(Order, address.get("order", "")),
    )


def _one_of(values: Iterable[T], text: str) -> T | None:
    return next((value for value in values if value == text), None)
