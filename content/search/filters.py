"""What a search is narrowed to. It stands in the address, so that an answer can be kept and passed on (R7-5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from base.identifiers import is_public_id
from base.in_address import day_in, words_in, written
from content.search.words import LONGEST_QUERY, search_words

LONGEST_SLUG = 40


@dataclass(frozen=True, slots=True)
class SearchFilters:
    """Empty texts and None narrow nothing; both days are included. `older`: the article from which the list goes on."""

    query: str = ""
    page: str = ""
    category: str = ""
    kind: str = ""
    tag: str = ""
    since: date | None = None
    until: date | None = None
    older: str = ""

    @property
    def words(self) -> tuple[str, ...]:
        return search_words(self.query)

    @property
    def in_address(self) -> dict[str, str]:
        given = {
            "q": self.query,
            "page": self.page,
            "category": self.category,
            "kind": self.kind,
            "tag": self.tag,
            "from": written(self.since),
            "until": written(self.until),
        }
        return {name: value for name, value in given.items() if value}

    @property
    def is_narrowed(self) -> bool:
        return bool(self.in_address.keys() - {"q"})

    def address(self, **more: str) -> str:
        """With other values for some of them; empty ones are left out."""
        values = {name: value for name, value in {**self.in_address, **more}.items() if value}
        return f"/search?{urlencode(values)}" if values else "/search"


def read_search_filters(given: Mapping[str, str]) -> SearchFilters:
    older = given.get("older", "")
    return SearchFilters(
        query=given.get("q", "")[:LONGEST_QUERY],
        page=_slug(given.get("page", "")),
        category=_slug(given.get("category", "")),
        kind=_slug(given.get("kind", "")),
        tag=words_in(given.get("tag", "")),
        since=day_in(given.get("from", "")),
        until=day_in(given.get("until", "")),
        older=older if is_public_id(older) else "",
    )


def _slug(text: str) -> str:
    return text if text.isascii() and len(text) <= LONGEST_SLUG else ""
