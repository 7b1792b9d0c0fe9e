"""Keeps the index in step: what a transaction does to an article, its files, their texts or its tags is indexed before it commits.

Listening to the session, and not a call in every operation: an operation that forgot it would make articles that are never found.
Statements that pass the session by say themselves what they moved (`moved`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

from sqlalchemy import Row, delete, event, func, insert, inspect, or_, select, text
from sqlalchemy.orm import Session, UOWTransaction

from content.file_models import AttachmentText
from content.markup import plain_text
from content.models import Article, Attachment
from content.search_grams import tokens
from content.search_marks import BRIMFUL, WHOLE, article_marks, day_number
from content.search_models import SearchPiece
from content.search_pieces import cuts
from content.writing_models import ArticleTag, Tag

MOVED = "articles to index"
# A vector of PostgreSQL holds a megabyte of them.
MOST_TOKEN_BYTES = 900_000
# On SQLite an id is a day and, in the bits below it, a number: so the index gives its answers newest first by itself.
DAY_BITS = 20

_ARTICLE = Article.__table__.c
_PIECE: Any = SearchPiece.__table__
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
# FTS5's plainest tokenizer takes ASCII signs for gaps: in its index they are letters of a private area.
_SIGNS = {code: 0xE000 + code for code in range(0x21, 0x7F) if not chr(code).isalnum()}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A row of the index as it should be; `attachment_id` None for the article's own words."""

    attachment_id: int | None
    number: int
    starts_at: int
    marks: str
    text: str
    published_at: datetime


def fts_words(found: Iterable[str]) -> str:
    return " ".join(found).translate(_SIGNS)


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
    if found := session.info.pop(MOVED, None):
        for article_id in sorted(_articles_of(session, found)):
            index_article(session, article_id)


def _articles_of(session: Session, found: Sequence[object]) -> set[int]:
    ids = {each for each in found if isinstance(each, int)}
    ids |= {each.id for each in found if isinstance(each, Article) and each.id is not None}
    ids |= {each.article_id for each in found if isinstance(each, Attachment | ArticleTag)}
    files = [each.attachment_id for each in found if isinstance(each, AttachmentText)]
    if files:
        ids |= set(session.scalars(select(Attachment.article_id).where(Attachment.id.in_(files))))
    return ids


def index_article(session: Session, article_id: int) -> None:
    """Make the index say what the article says; nothing for readers, nothing in the index."""
    # Two who index the same article take turns; what one has read, the other can't have changed.
    here = select(Article.__table__).where(_ARTICLE.id == article_id).with_for_update(key_share=True)
    article = session.execute(here).one_or_none()
    is_there = article is not None and article.published_at is not None and article.withdrawn_at is None
    _write(session, article_id, list(_wanted(session, article)) if article is not None and is_there else [])


def _wanted(session: Session, article: Row[Any]) -> Iterable[Wanted]:
    named = session.execute(
        select(Tag.id, Tag.name)
        .join(ArticleTag, ArticleTag.tag_id == Tag.id)
        .where(ArticleTag.article_id == article.id)
    ).all()
    at = article.published_at
    marks = article_marks(article.page_id, article.category_id, article.kind_id, [row.id for row in named], at)
    own = _own_words(article, [row.name for row in named])
    sources = [(None, own), *((row.attachment_id, row.text) for row in _files(session, article.id))]
    found = [(of, number, cut) for of, words in sources for number, cut in enumerate(cuts(words), start=1)]
    alone = [WHOLE] if len(found) == 1 else []
    for of, number, cut in found:
        yield Wanted(of, number, cut.starts_at, " ".join([*marks, *alone]), cut.text, at)
    if not alone:
        together = _together(cut.text for _, _, cut in found)
        yield Wanted(None, 0, 0, " ".join([*marks, WHOLE, *together]), "", at)


def _own_words(article: Row[Any], tags: Sequence[str]) -> str:
    parts = [article.title, article.title_en, *tags, plain_text(article.html), plain_text(article.html_en or "")]
    return "\n".join(part for part in parts if part)


def _together(texts: Iterable[str]) -> list[str]:
    found = set().union(*map(tokens, texts))
    return [BRIMFUL] if sum(len(each.encode()) for each in found) > MOST_TOKEN_BYTES else sorted(found)


def _files(session: Session, article_id: int) -> Sequence[Row[int, str]]:
    """Texts of the files that readers have: of a manual its latest version alone (R9-12)."""
    other = Attachment.__table__.alias("other")
    latest = select(func.max(other.c.version)).where(
        other.c.manual_id == Attachment.manual_id, other.c.removed_at.is_(None)
    )
    is_current = or_(Attachment.manual_id.is_(None), Attachment.version == latest.scalar_subquery())
    texts = select(AttachmentText.attachment_id, AttachmentText.text).join(
        Attachment, Attachment.id == AttachmentText.attachment_id
    )
    here = (Attachment.article_id == article_id, Attachment.removed_at.is_(None), AttachmentText.text != "")
    return session.execute(texts.where(*here, is_current).order_by(Attachment.position, Attachment.id)).all()


def _write(session: Session, article_id: int, wanted: list[Wanted]) -> None:
    """Only what differs is touched: a large file isn't indexed anew for a word in the title."""
    left = {(row.attachment_id, row.number): row for row in wanted}
    gone = []
    for row in session.execute(select(_PIECE).where(_PIECE.c.article_id == article_id)).all():
        there = Wanted(row.attachment_id, row.number, row.starts_at, row.marks, row.text, row.published_at)
        if left.get((row.attachment_id, row.number)) == there:
            del left[row.attachment_id, row.number]
        else:
            gone.append(row)
    _remove(session, gone)
    _add(session, article_id, list(left.values()))


def _remove(session: Session, rows: Sequence[Row[Any]]) -> None:
    if not rows:
        return
    if is_sqlite(session):
        session.execute(_FTS_REMOVE, [{"id": row.id, "tokens": _fts_tokens(row)} for row in rows])
    session.execute(delete(_PIECE).where(_PIECE.c.id.in_([row.id for row in rows])))


def _add(session: Session, article_id: int, rows: Sequence[Wanted]) -> None:
    if not rows:
        return
    first_id = _next_id(session, rows[0].published_at) if is_sqlite(session) else None
    values = [
        {
            **({"id": first_id + at} if first_id is not None else {}),
            "article_id": article_id,
            "attachment_id": row.attachment_id,
            "number": row.number,
            "starts_at": row.starts_at,
            "published_at": row.published_at,
            "marks": row.marks,
            "text": row.text,
        }
        for at, row in enumerate(rows)
    ]
    session.execute(insert(_PIECE), values)
    if first_id is not None:
        added = enumerate(rows, start=first_id)
        session.execute(_FTS_ADD, [{"id": number, "tokens": _fts_tokens(row)} for number, row in added])


def _fts_tokens(row: Row[Any] | Wanted) -> str:
    return fts_words([row.marks, *tokens(row.text)])


def _next_id(session: Session, at: datetime) -> int:
    day = day_number(at) << DAY_BITS
    highest = select(func.max(_PIECE.c.id)).where(_PIECE.c.id.between(day, day + (1 << DAY_BITS) - 1))
    return (session.scalar(highest) or day) + 1
