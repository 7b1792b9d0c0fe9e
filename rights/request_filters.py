"""What a list of requests is narrowed to. It stands in the address, so that a list can be kept and passed on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from base.in_address import day_in, words_in, written
from rights.request_states import RequestState

ALL = "all"


@dataclass(frozen=True, slots=True)
class Filters:
    """None and the empty text narrow nothing; the days are those of the entry, both included."""

    state: RequestState | None = None
    words: str = ""
    entered_from: date | None = None
    entered_until: date | None = None
    processing_date: date | None = None

    def in_address(self) -> dict[str, str]:
        """As the names and values of a query string."""
        values = {
            "state": self.state.value if self.state else ALL,
            "q": self.words,
            "from": written(self.entered_from),
            "until": written(self.entered_until),
            "m": written(self.processing_date),
        }
        return {name: value for name, value in values.items() if value}

    @property
    def is_oldest_first(self) -> bool:
        """What waits for acceptance is worked off in the order in which it falls due (R5-10 ②)."""
        return self.state is RequestState.ENTERED


def read_filters(address: Mapping[str, str], state: RequestState | None = None) -> Filters:
    """From a query string; `state` is what holds where the address names none. Unreadable values narrow nothing."""
    asked = address.get("state", "")
    return Filters(
        state=_state(asked) if asked else state,
        words=words_in(address.get("q", "")),
        entered_from=day_in(address.get("from", "")),
        entered_until=day_in(address.get("until", "")),
        processing_date=day_in(address.get("m", "")),
    )


def _state(text: str) -> RequestState | None:
    return RequestState(text) if text in set(RequestState) else None
