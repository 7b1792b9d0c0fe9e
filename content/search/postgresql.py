"""GIN answers all at once and in no order: it is asked block by block of days, the newest first, as far as somebody asks."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from itertools import count
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from base.grams import ts_all, ts_word
from content.models import Article
from content.reading.queries import Position
from content.search.asked import EPOCH, Asked, in_span, looked_through, statement
from content.search.marks import BRIMFUL, LEVELS, WHOLE, block, block_mark, day_number, first_day
from content.search.models import SearchPiece

ROWS_A_LOOK = 40
# The newest days are looked through day by day, what lies further back in ever larger blocks.
_FIRST_LEVELS = (0, 1, 2, 3, 3, 3)
# Several words that aren't in the newest blocks may be common and yet never meet: then each block would be as dear as all.
_NEW = 2

_ARTICLE = Article.__table__.c
_PIECE = SearchPiece.__table__.c
# Each for itself: of one query GIN goes through all that its rarest word names, of several it leaps to where the others are.
_NAMED = "search_tokens(piece.text, piece.marks) @@ CAST(:match{at} AS tsquery)"
# OFFSET 0: first what the index names, in order; then it is looked through one by one, until there are enough.
_NEWEST = """SELECT piece.article_id, piece.published_at
    FROM (SELECT piece.id, piece.article_id, piece.published_at FROM search_piece piece
          WHERE {named} AND {span}
          ORDER BY piece.published_at DESC, piece.article_id DESC OFFSET 0) found
    CROSS JOIN LATERAL (SELECT piece.article_id, piece.published_at FROM search_piece piece
                        WHERE piece.id = found.id AND {looked_through} OFFSET 0) piece
    ORDER BY found.published_at DESC, found.article_id DESC LIMIT :most"""
# Counted, not EXISTS: for a first row alone the planner might look through the table.
_ANYWHERE = text(
    "SELECT count(*) > 0 FROM search_piece piece WHERE search_tokens(piece.text, piece.marks) @@ CAST(:match AS tsquery)"
)
_FIRST = "SELECT min(published_at) AS at FROM article WHERE page_id = :page{} AND published_at IS NOT NULL AND withdrawn_at IS NULL"


def from_postgresql(session: Session, asked: Asked) -> Iterator[int]:
    first = _first_published(session, asked.page_ids)
    if first is None:
        return
    earliest = max(asked.from_at or EPOCH, first)
    latest = min(asked.until_at, _just_after(asked.before)) if asked.before else asked.until_at
    day, levels, is_known = day_number(latest), count(), len(asked.words) == 1
    while latest > earliest:
        at = next(levels)
        if at == _NEW and not is_known and not _is_anywhere(session, asked):
            return
        level = _FIRST_LEVELS[at] if at < len(_FIRST_LEVELS) else LEVELS - 1
        number = block(day, level)
        start = first_day(number, level)
        begin = max(earliest, EPOCH + timedelta(days=start))
        for article_id in _in_block(session, replace(asked, from_at=begin, until_at=latest), block_mark(number, level)):
            is_known = True
            yield article_id
        day, latest = start - 1, begin


def _is_anywhere(session: Session, asked: Asked) -> bool:
    """Whether the index names an article at all, of whatever day."""
    match = "&".join(f"({query})" for query in _tsqueries(asked))
    return bool(session.connection().execute(_ANYWHERE, {"match": match}).scalar())


def _just_after(place: Position) -> datetime:
    return place.published_at + timedelta(microseconds=1)


def _in_block(session: Session, asked: Asked, mark: str) -> Iterator[int]:
    """Article by article; where there are more than one look brings, it is looked again from the last one on."""
    queries, last = [*_tsqueries(asked), ts_word(mark)], None
    matches = {f"match{at}": query for at, query in enumerate(queries)}
    while True:
        sql = _statement(len(asked.words), len(queries), is_going_on=asked.before is not None)
        rows = session.connection().execute(sql, {**asked.values, **matches, "most": ROWS_A_LOOK}).all()
        for row in rows:
            if row.article_id != last:
                yield row.article_id
            last = row.article_id
        if len(rows) < ROWS_A_LOOK:
            return
        asked = replace(asked, before=Position(rows[-1].published_at, rows[-1].article_id))


@cache
def _statement(words: int, queries: int, *, is_going_on: bool) -> Any:
    sql = _NEWEST.format(
        named=" AND ".join(_NAMED.format(at=at) for at in range(queries)),
        span=in_span(is_going_on=is_going_on),
        looked_through=looked_through(words, "strpos"),
    )
    return statement(sql, is_going_on=is_going_on).columns(_PIECE.article_id, _PIECE.published_at)


def _tsqueries(asked: Asked) -> list[str]:
    """What narrows, and the words; these in one, as they are rare together. An article of several pieces has all its words in one row."""
    narrowing = ["|".join(map(ts_word, group)) for group in asked.marks]
    words = ts_all(asked.tokens)
    if len(asked.words) != 1:
        narrowing.append(ts_word(WHOLE))
        words = words and f"({words})|{ts_word(BRIMFUL)}"
    together = "&".join(f"({group})" for group in narrowing if group)
    return [query for query in (together, words) if query]


@cache
def _first_statement(pages: int) -> Any:
    """Page by page along the index of lists; `min` over several at once would read them all."""
    firsts = " UNION ALL ".join(_FIRST.format(number) for number in range(pages))
    return text(f"SELECT min(at) AS at FROM ({firsts}) firsts").columns(_ARTICLE.published_at.label("at"))  # noqa: S608 - made of numbers


def _first_published(session: Session, page_ids: Collection[int]) -> datetime | None:
    values = {f"page{number}": page_id for number, page_id in enumerate(page_ids)}
    found = session.connection().execute(_first_statement(len(page_ids)), values).scalar()
    return found if isinstance(found, datetime) else None
