"""Keeps the index in step: what a transaction does to an article, its files, their texts or its tags is indexed before it commits.

Listening to the session, and not a call in every operation: an operation that forgot it would make articles that are never found.
Statements that pass the session by say themselves what they moved (`moved`).
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from itertools import chain
from typing import Any

from sqlalchemy import bindparam, delete, event, func, insert, inspect, select, text
from sqlalchemy.orm import Session, UOWTransaction

from base.grams import fts_words
from content.files.models import AttachmentText
from content.models import Article, Attachment
from content.search.marks import day_number
from content.search.models import SearchPiece
from content.search.rows import IndexRow, index_rows
from content.writing.models import ArticleTag

MOVED = "articles to index"
# On SQLite an id is a day and, in the bits below it, a number: so the index gives its answers newest first by itself.
DAY_BITS = 20

_PIECE: Any = SearchPiece.__table__
_NAMES = ("article_id", "attachment_id", "number", "starts_at", "published_at", "marks", "text")
_IDS: Any = bindparam("ids", expanding=True)
_THERE = select(_PIECE.c.id, *(_PIECE.c[name] for name in _NAMES)).where(_PIECE.c.article_id.in_(_IDS))
_DELETE = delete(_PIECE).where(_PIECE.c.id.in_(_IDS))
_INSERT = insert(_PIECE)
_HIGHEST = select(func.max(_PIECE.c.id)).where(_PIECE.c.id.between(bindparam("first"), bindparam("last")))
_WATCHED: Mapping[type, frozenset[str]] = {
    Article: frozenset(
        {"page_id", "page", "category_id", "category", "kind_id", "kind", "title", "title_en", "html", "html_en"}
        | {"published_at", "withdrawn_at"}
    ),
    Attachment: frozenset({"article_id", "removed_at", "manual_id", "version"}),
    AttachmentText: frozenset({"text"}),
    ArticleTag: frozenset({"article_id", "tag_id"}),
}
_FTS_ADD = text("INSERT INTO search_fts(rowid, tokens) VALUES (:id, :tokens)")
_FTS_REMOVE = text("INSERT INTO search_fts(search_fts, rowid, tokens) VALUES ('delete', :id, :tokens)")


def is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


def moved(session: Session, article_id: int) -> None:
    """This article's words have changed in a way that the session doesn't see."""
    session.info.setdefault(MOVED, []).append(article_id)


@event.listens_for(Session, "before_flush")
def _notice(session: Session, _context: UOWTransaction, _instances: object) -> None:
    for row in chain(session.new, session.dirty, session.deleted):
        names = _WATCHED.get(type(row))
        if names and (row not in session.dirty or _has_moved(row, names)):
            session.info.setdefault(MOVED, []).append(row)


def _has_moved(row: object, names: frozenset[str]) -> bool:
    attributes = inspect(row).attrs
    return any(attributes[name].history.has_changes() for name in names)


@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, _previous: object) -> None:
    session.info.pop(MOVED, None)


@event.listens_for(Session, "before_commit")
def _index_what_moved(session: Session) -> None:
    session.flush()
    found = session.info.pop(MOVED, ())
    if found and (ids := _articles_of(session, found)):
        index_articles(session, ids)


def _articles_of(session: Session, found: Sequence[object]) -> set[int]:
    ids = {each for each in found if isinstance(each, int)}
    ids |= {each.id for each in found if isinstance(each, Article) and each.id is not None}
    ids |= {each.article_id for each in found if isinstance(each, Attachment | ArticleTag)}
    files = [each.attachment_id for each in found if isinstance(each, AttachmentText)]
    if files:
        ids |= set(session.scalars(select(Attachment.article_id).where(Attachment.id.in_(files))))
    return ids


def index_articles(session: Session, article_ids: Collection[int]) -> None:
    """Make the index say what the articles say. Only what differs is touched: a large file isn't indexed anew for a word in the title."""
    left = {_place(row): row for row in index_rows(session, article_ids)}
    gone = []
    for row in session.execute(_THERE, {"ids": list(article_ids)}):
        there = IndexRow(*row[1:])
        if left.get(_place(there)) == there:
            del left[_place(there)]
        else:
            gone.append((row.id, there))
    _remove(session, gone)
    _add(session, list(left.values()))


def _place(row: IndexRow) -> tuple[int, int | None, int]:
    return row.article_id, row.attachment_id, row.number


def _remove(session: Session, rows: Sequence[tuple[int, IndexRow]]) -> None:
    if not rows:
        return
    if is_sqlite(session):
        session.execute(_FTS_REMOVE, [{"id": number, "tokens": fts_words(row.tokens)} for number, row in rows])
    session.execute(_DELETE, {"ids": [number for number, _ in rows]})


def _add(session: Session, rows: Sequence[IndexRow]) -> None:
    if not rows:
        return
    values = [{name: getattr(row, name) for name in _NAMES} for row in rows]
    if not is_sqlite(session):
        session.execute(_INSERT, values)
        return
    days = defaultdict[int, list[int]](list)
    for at, row in enumerate(rows):
        days[day_number(row.published_at)].append(at)
    for day, places in days.items():
        for number, at in enumerate(places, start=_next_id(session, day)):
            values[at]["id"] = number
    session.execute(_INSERT, values)
    found = zip(values, rows, strict=True)
    session.execute(_FTS_ADD, [{"id": value["id"], "tokens": fts_words(row.tokens)} for value, row in found])


def _next_id(session: Session, day: int) -> int:
    first = day << DAY_BITS
    highest = session.scalar(_HIGHEST, {"first": first, "last": first + (1 << DAY_BITS) - 1})
    return (highest or first) + 1
