"""What is asked of the index of a search, and what both databases look at alike (R7-5)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import TextClause, bindparam, text

from base.db import Moment
from base.grams import needed
from content.reading.queries import Position

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TIMES = {name: bindparam(name, type_=Moment()) for name in ("from_at", "until_at", "at")}
_OTHER = (
    "SELECT 1 FROM search_piece other WHERE other.article_id = piece.article_id AND {has}(other.text, :word{at}) > 0"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """Folded words; of each group of `marks` an article has to have one. From `from_at` until before `until_at`, older than `before`."""

    words: tuple[str, ...]
    marks: tuple[tuple[str, ...], ...]
    page_ids: Collection[int]
    until_at: datetime
    from_at: datetime | None = None
    before: Position | None = None

    @property
    def tokens(self) -> list[str]:
        return list(dict.fromkeys(token for word in self.words for token in needed(word)))

    @property
    def values(self) -> dict[str, Any]:
        """For the statements below; of `before` what is there."""
        words = {f"word{at}": word for at, word in enumerate(self.words)}
        going_on = {"at": self.before.published_at, "id": self.before.id} if self.before else {}
        return {"from_at": self.from_at or EPOCH, "until_at": self.until_at, **words, **going_on}


def looked_through(words: int, has: str) -> str:
    """Condition on a piece. A single word stands in the very piece that the index named; several may stand in several files of the article."""
    if words == 1:
        return f"{has}(piece.text, :word0) > 0"
    return " AND ".join(f"EXISTS ({_OTHER.format(has=has, at=at)})" for at in range(words)) or "1 = 1"


def in_span(*, is_going_on: bool) -> str:
    span = "piece.published_at >= :from_at AND piece.published_at < :until_at"
    return f"{span} AND (piece.published_at, piece.article_id) < (:at, :id)" if is_going_on else span


def statement(sql: str, *, is_going_on: bool) -> TextClause:
    names = ("from_at", "until_at", "at") if is_going_on else ("from_at", "until_at")
    return text(sql).bindparams(*(_TIMES[name] for name in names))
