"""What the staff's list of articles is narrowed to. It stands in the address, so that a list can be kept and passed on."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import date
from urllib.parse import urlencode

from base.identifiers import is_public_id
from base.in_address import day_in, words_in, written
from content.article_states import ArticleState

# Beside the states an article has by its times: it waits for a second pair of eyes.
AWAITING = "review"
STATES = frozenset(ArticleState) | {AWAITING}


@dataclass(frozen=True, slots=True)
class ArticleFilters:
    """Empty texts and None narrow nothing; the days are those of the last change, both included.

    `page`, `category`, `kind` are slugs, `author` is a public id, `words` stand in the title.
    """

    state: str = ""
    page: str = ""
    category: str = ""
    kind: str = ""
    author: str = ""
    words: str = ""
    since: date | None = None
    until: date | None = None

    def query(self, **more: str) -> str:
        """As the names and values of a query string; what isn't narrowed is left out."""
        days = {"from": written(self.since), "until": written(self.until)}
        texts = {field.name: getattr(self, field.name) for field in fields(self)[:5]}
        given = {**texts, "q": self.words, **days, **more}
        return urlencode({name: value for name, value in given.items() if value})

    @property
    def is_narrowed(self) -> bool:
        return bool(self.query())


def read_article_filters(address: Mapping[str, str], states: Collection[str] = STATES) -> ArticleFilters:
    """From a query string; what can't be read narrows nothing."""
    state, author = address.get("state", ""), address.get("author", "")
    return ArticleFilters(
        state=state if state in states else "",
        page=_slug(address.get("page", "")),
        category=_slug(address.get("category", "")),
        kind=_slug(address.get("kind", "")),
        author=author if is_public_id(author) else "",
        words=words_in(address.get("q", "")),
        since=day_in(address.get("from", "")),
        until=day_in(address.get("until", "")),
    )


def _slug(text: str) -> str:
    return text if text.isascii() and text.replace("-", "").isalpha() else ""
