"""The revisions of an article, what became of each, and what differs between two of them (R7-4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session

from auth.models import User
from content.mailing.publications import publications_of
from content.models import Article, ArticleRevision, Publication
from content.writing.comparisons import Difference, compared

# What a revision keeps, named as in the editor; the rest of an article has no history but the audit trail.
KEPT = ("title", "source", "title_en", "source_en")
LONG = ("source", "source_en")
A_PAGE = 50
LONGEST_NUMBER = 9


@dataclass(frozen=True, slots=True)
class Revisions:
    """`rows`: number, title, saved_at, name of who saved, latest first, those of one page; `published`: by their numbers.

    `older` is 0 where the first revision is shown, which differs from nothing. `before` stands in the addresses of the page
    before and the one after: 0 where there is none, or where the beginning of the list is.
    """

    rows: Sequence[Row[int, str, datetime, str]]
    count: int
    before: int
    newer_page: int | None
    older_page: int
    published: Mapping[int, Publication]
    older: int
    newer: int
    saved_at: datetime
    differences: Sequence[Difference]


def revision_by(session: Session, article_id: int, number: str) -> ArticleRevision | None:
    here = (ArticleRevision.article_id == article_id, ArticleRevision.number == _number(number))
    return session.scalars(select(ArticleRevision).where(*here)).one_or_none()


def words_in(revision: ArticleRevision | None) -> dict[str, str]:
    return {name: getattr(revision, name, None) or "" for name in KEPT}


def revisions(session: Session, article: Article, address: Mapping[str, str]) -> Revisions | None:
    """`number` against the one before, or the two that are named, in whichever order; None where one isn't there."""
    named = address.get("number") or address.get("newer") or str(article.revision)
    newer = revision_by(session, article.id, named)
    if newer is None:
        return None
    older = revision_by(session, article.id, address.get("older") or str(newer.number - 1))
    if older is None and (address.get("older") or newer.number > 1):
        return None
    if older is not None and older.number > newer.number:
        older, newer = newer, older
    rows = _rows(session, article.id, before := _number(address.get("before", "")))
    last, latest = rows[-1].number if rows else 0, article.revision
    return Revisions(
        rows,
        session.scalar(select(func.count()).where(ArticleRevision.article_id == article.id)) or 0,
        before,
        (before + A_PAGE if before + A_PAGE <= latest else 0) if before else None,
        last if _has_before(session, article.id, last) else 0,
        {each.revision: each for each in publications_of(session, article)},
        older.number if older else 0,
        newer.number,
        newer.saved_at,
        compared(words_in(older), words_in(newer), {}, LONG),
    )


def every_revision(session: Session, article: Article) -> Sequence[Row[int, str, datetime, str]]:
    return session.execute(_listed(article.id)).all()


def _listed(article_id: int) -> Select[int, str, datetime, str]:
    revision = ArticleRevision
    wanted = select(revision.number, revision.title, revision.saved_at, User.name_kanji)
    here = wanted.join(User, User.id == revision.saved_by_id).where(revision.article_id == article_id)
    return here.order_by(revision.number.desc())


def _rows(session: Session, article_id: int, before: int) -> Sequence[Row[int, str, datetime, str]]:
    listed = _listed(article_id)
    return session.execute((listed.where(ArticleRevision.number < before) if before else listed).limit(A_PAGE)).all()


def _has_before(session: Session, article_id: int, number: int) -> bool:
    here = (ArticleRevision.article_id == article_id, ArticleRevision.number < number)
    return session.scalars(select(ArticleRevision.id).where(*here).limit(1)).first() is not None


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < LONGEST_NUMBER else 0
