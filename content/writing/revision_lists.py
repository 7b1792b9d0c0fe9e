"""The revisions of an article, what became of each, and what differs between two of them (R7-4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from auth.models import User
from content.mailing.publications import publications_of
from content.models import Article, ArticleRevision, Publication
from content.writing.comparisons import Difference, compared

# What a revision keeps, named as in the editor; the rest of an article has no history but the audit trail.
KEPT = ("title", "source", "title_en", "source_en")
LONG = ("source", "source_en")


@dataclass(frozen=True, slots=True)
class Revisions:
    """`rows`: number, title, saved_at, name of who saved, latest first; `published`: by the number that went public.

    `older` is 0 where the first revision is shown, which differs from nothing.
    """

    rows: Sequence[Row[int, str, datetime, str]]
    published: Mapping[int, Publication]
    older: int
    newer: int
    saved_at: datetime
    differences: Sequence[Difference]


def revision_by(session: Session, article_id: int, number: str) -> ArticleRevision | None:
    if not (number.isascii() and number.isdigit() and len(number) < 9):
        return None
    here = (ArticleRevision.article_id == article_id, ArticleRevision.number == int(number))
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
    return Revisions(
        _rows(session, article.id),
        {each.revision: each for each in publications_of(session, article)},
        older.number if older else 0,
        newer.number,
        newer.saved_at,
        compared(words_in(older), words_in(newer), {}, LONG),
    )


def _rows(session: Session, article_id: int) -> Sequence[Row[int, str, datetime, str]]:
    revision = ArticleRevision
    wanted = select(revision.number, revision.title, revision.saved_at, User.name_kanji)
    here = wanted.join(User, User.id == revision.saved_by_id).where(revision.article_id == article_id)
    return session.execute(here.order_by(revision.number.desc())).all()
