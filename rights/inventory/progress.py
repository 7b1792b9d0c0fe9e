"""The progress of an inventory's organizations as staff look through it: narrowed, a page at a time, and in sum (R9-5)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from base.in_address import page_in, words_in
from rights.inventory.queries import Progress
from rights.inventory.rules import Stage, Standing, Tally

PAGE = 50


@dataclass(frozen=True, slots=True)
class Filters:
    """Empty ones narrow nothing."""

    stage: Stage | None = None
    words: str = ""
    page: int = 1

    def query(self, page: int = 1) -> str:
        """As it stands in the address; what isn't narrowed is left out."""
        given = {"show": self.stage or "", "q": self.words, "page": str(page) if page > 1 else ""}
        return urlencode({name: value for name, value in given.items() if value})

    @property
    def is_narrowed(self) -> bool:
        return bool(self.stage or self.words)

    def narrow(self, rows: Iterable[Progress]) -> list[Progress]:
        words = self.words.casefold()
        return [
            each
            for each in rows
            if (self.stage is None or each.stage is self.stage) and words in each.organization.name.casefold()
        ]


@dataclass(frozen=True, slots=True)
class Shown:
    rows: Sequence[Progress]
    count: int
    has_more: bool


def read_filters(given: Mapping[str, str]) -> Filters:
    show = given.get("show", "")
    return Filters(Stage(show) if show in set(Stage) else None, words_in(given.get("q", "")), page_in(given))


def shown_of(every: Iterable[Progress], filters: Filters) -> Shown:
    found, first = filters.narrow(every), (filters.page - 1) * PAGE
    return Shown(found[first : first + PAGE], len(found), len(found) > first + PAGE)


def totals_of(rows: Iterable[Progress]) -> Tally:
    tallies = [each.tally for each in rows]
    return Tally({standing: sum(tally.counts.get(standing, 0) for tally in tallies) for standing in Standing})
