"""FTS5 answers in the order of its row ids, and on SQLite those are days: it is read from the newest on, as far as somebody asks."""

from collections.abc import Iterator
from contextlib import closing
from functools import cache
from itertools import groupby
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from base.grams import fts_all
from content.search.asked import Asked, in_span, looked_through, statement
from content.search.index import DAY_BITS
from content.search.marks import BRIMFUL, WHOLE, day_number
from content.search.models import SearchPiece

_PIECE = SearchPiece.__table__.c
_NEWEST = """SELECT piece.id, piece.article_id, piece.published_at
    FROM search_fts CROSS JOIN search_piece piece ON piece.id = search_fts.rowid
    WHERE search_fts MATCH :match AND search_fts.rowid BETWEEN :lowest AND :highest AND {span} AND {looked_through}
    ORDER BY search_fts.rowid DESC"""


def from_sqlite(session: Session, asked: Asked) -> Iterator[int]:
    latest = min(asked.until_at, asked.before.published_at) if asked.before else asked.until_at
    values = asked.values
    days = {
        "lowest": day_number(values["from_at"]) << DAY_BITS,
        "highest": ((day_number(latest) + 1) << DAY_BITS) - 1,
    }
    sql = _statement(len(asked.words), is_going_on=asked.before is not None)
    with closing(session.connection().execute(sql, {**values, **days, "match": _match(asked)})) as rows:
        for _day, found in groupby(rows, key=lambda row: row.id >> DAY_BITS):
            yield from _in_order(found)


def _in_order(rows: Iterator[Row[Any]]) -> Iterator[int]:
    """One day's, exactly newest first, each article once."""
    places = {(row.published_at, row.article_id) for row in rows}
    return (article_id for _, article_id in sorted(places, reverse=True))


@cache
def _statement(words: int, *, is_going_on: bool) -> Any:
    sql = _NEWEST.format(span=in_span(is_going_on=is_going_on), looked_through=looked_through(words, "instr"))
    return statement(sql, is_going_on=is_going_on).columns(_PIECE.id, _PIECE.article_id, _PIECE.published_at)


def _match(asked: Asked) -> str:
    groups = [" OR ".join(f'"{mark}"' for mark in group) for group in asked.marks]
    words = fts_all(asked.tokens)
    if len(asked.words) == 1:
        groups.append(words)
    else:
        groups += [f'"{WHOLE}"', f'({words}) OR "{BRIMFUL}"' if words else ""]
    return " AND ".join(f"({group})" for group in groups if group)
