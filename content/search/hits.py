"""What of a found article is shown: title and passage with the words marked, and the file where they stand (R7-5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import TextClause, func, select, text
from sqlalchemy.orm import Session

from content.files.models import AttachmentText
from content.languages import ENGLISH, JAPANESE, Words
from content.markup import plain_text
from content.models import Article, Attachment
from content.reading.queries import Listed
from content.search.index import is_sqlite
from content.search.pieces import LONGEST_PIECE
from content.search.words import Piece, excerpt_around, folded, marked
from content.writing.tags import tags_of_each

MOST_FILES = 2

_ARTICLE, _FILE, _TEXT = Article.__table__.c, Attachment.__table__.c, AttachmentText.__table__.c
_WHERE_IN_FILES = """SELECT piece.attachment_id, piece.starts_at FROM search_piece piece
    JOIN attachment ON attachment.id = piece.attachment_id
    WHERE piece.article_id = :article_id AND {has}(piece.text, :word) > 0
    ORDER BY attachment.position, piece.attachment_id, piece.number LIMIT 1"""
_IN_SQLITE, _IN_POSTGRESQL = (text(_WHERE_IN_FILES.format(has=has)) for has in ("instr", "strpos"))


@dataclass(frozen=True, slots=True)
class FileHit:
    name: str
    href: str
    excerpt: Sequence[Piece]


@dataclass(frozen=True, slots=True)
class Hit:
    """`excerpt` is of the article's own text, in its `language`; empty where the words stand in its files alone."""

    article: Listed
    words: Words
    title: Sequence[Piece]
    excerpt: Sequence[Piece]
    language: str
    files: Sequence[FileHit]
    tags: Sequence[str]


def hits_of(session: Session, articles: Sequence[Listed], words: Sequence[str], language: str) -> list[Hit]:
    """`language`: of the titles and passages, where there are both."""
    wanted = select(_ARTICLE.id, _ARTICLE.html, _ARTICLE.html_en)
    ids = [each.id for each in articles]
    rows = session.connection().execute(wanted.where(_ARTICLE.id.in_(ids)))
    texts, tags = {row.id: _texts(row, language) for row in rows}, tags_of_each(session, ids)
    return [
        _hit(session, each, texts[each.id], tags.get(each.id, []), words, each.title_in(language)) for each in articles
    ]


def _hit(
    session: Session,
    article: Listed,
    texts: Sequence[tuple[str, str]],
    tags: Sequence[str],
    words: Sequence[str],
    title: Words,
) -> Hit:
    folded_texts = [folded(text) for _, text in texts]
    beside = folded("\n".join([article.title, article.title_en or "", *tags]))
    left = [word for word in words if not any(word in each for each in (*folded_texts, beside))]
    files = _file_hits(session, article.id, left, words)
    holds = [any(word in each for word in words) for each in folded_texts]
    spoken, text = texts[holds.index(True) if any(holds) else 0]
    excerpt = excerpt_around(text, words) if any(holds) or not files else ()
    return Hit(article, title, marked(title.text, words), excerpt, spoken, files, tags)


def _texts(row: Any, language: str) -> list[tuple[str, str]]:
    """The article in the languages that it has, the reader's first."""
    japanese = (JAPANESE, plain_text(row.html))
    if row.html_en is None:
        return [japanese]
    english = (ENGLISH, plain_text(row.html_en))
    return [english, japanese] if language == ENGLISH else [japanese, english]


def _file_hits(session: Session, article_id: int, left: Sequence[str], words: Sequence[str]) -> list[FileHit]:
    """For the words that the article itself doesn't say: in which file each of them stands first."""
    places: dict[int, int] = {}
    for word in left:
        row = session.connection().execute(_place(session), {"article_id": article_id, "word": word}).first()
        if row:
            places.setdefault(row.attachment_id, row.starts_at)
    return [_file_hit(session, *place, words) for place in list(places.items())[:MOST_FILES]]


def _place(session: Session) -> TextClause:
    return _IN_SQLITE if is_sqlite(session) else _IN_POSTGRESQL


def _file_hit(session: Session, attachment_id: int, starts_at: int, words: Sequence[str]) -> FileHit:
    passage = func.substr(_TEXT.text, starts_at + 1, LONGEST_PIECE)
    wanted = select(_FILE.name, _FILE.public_id, passage.label("passage")).join_from(
        Attachment.__table__, AttachmentText.__table__, _TEXT.attachment_id == _FILE.id
    )
    row = session.connection().execute(wanted.where(_FILE.id == attachment_id)).one()
    return FileHit(row.name, f"/files/{row.public_id}", excerpt_around(" ".join(row.passage.split()), words))
