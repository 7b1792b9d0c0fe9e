"""The allow-list as staff see it: what asks for something first."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from auth.allowed_rules import EntryState, entry_state
from auth.models import AllowedAddress

CHOICES = ("", EntryState.OVERDUE, EntryState.SOON, EntryState.ENDED)
ENTRIES_A_PAGE = 50
ORDER = (EntryState.OVERDUE, EntryState.SOON, EntryState.CURRENT, EntryState.ENDED)


@dataclass(frozen=True, slots=True)
class Filters:
    """`state` is one of CHOICES; nothing: all that are in effect."""

    state: str = ""
    words: str = ""
    page: int = 1

    def query(self, page: int = 1) -> str:
        given = {"state": self.state, "q": self.words, "page": str(page) if page > 1 else ""}
        return urlencode({name: value for name, value in given.items() if value})


@dataclass(frozen=True, slots=True)
class Listed:
    row: AllowedAddress
    state: EntryState


def read_filters(given: Mapping[str, str]) -> Filters:
    state, page = given.get("state", ""), given.get("page", "")
    number = int(page) if page.isdecimal() and 0 < len(page) < 5 else 1
    return Filters(state if state in CHOICES else "", given.get("q", "").strip()[:100], max(1, number))


def listed(rows: Iterable[AllowedAddress], today: date) -> list[Listed]:
    every = [Listed(row, entry_state(row.review_on, is_ended=row.ended_at is not None, today=today)) for row in rows]
    return sorted(every, key=lambda each: (ORDER.index(each.state), each.row.review_on, each.row.id))


def narrowed(every: Iterable[Listed], filters: Filters) -> list[Listed]:
    return [each for each in every if _has_state(each, filters.state) and _has_words(each, filters.words)]


def _has_state(each: Listed, state: str) -> bool:
    return each.state == state if state else each.state is not EntryState.ENDED


def _has_words(each: Listed, words: str) -> bool:
    row = each.row
    return words.casefold() in f"{row.organization.name}\n{row.network}\n{row.reason}\n{row.approver}".casefold()
