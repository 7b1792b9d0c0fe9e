"""What became of an article since a person read it: against what he himself has read, never against what he hasn't (R9-12)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from base.refusals import Refused
from content.languages import ENGLISH
from content.markup import plain_text, render
from content.models import ArticleRead, ArticleRevision, Publication
from content.reading.queries import FullArticle
from content.search.passages import MOST_PASSAGES, Passage, passages


@dataclass(frozen=True, slots=True)
class Told:
    """A publication or an update. What it was called then isn't told: the article may have been on another page."""

    revision: int
    at: datetime


@dataclass(frozen=True, slots=True)
class SinceRevision:
    """`at`: when the revision that the person had read was published; None where that isn't known."""

    at: datetime | None
    passages: tuple[Passage, ...]

    @property
    def is_cut(self) -> bool:
        return len(self.passages) == MOST_PASSAGES


def told_of(session: Session, article_id: int, now: datetime) -> list[Told]:
    """The latest first."""
    here = (Publication.article_id == article_id, Publication.at <= now)
    wanted = select(Publication.revision, Publication.at).where(*here).order_by(Publication.revision.desc())
    return [Told(*row) for row in session.execute(wanted)]


def revision_before(session: Session, user_id: int, full: FullArticle) -> int | None:
    """The revision that the person had read last before the present one; None where there is none."""
    key = (ArticleRead.user_id == user_id, ArticleRead.article_id == full.listed.id)
    row = session.execute(select(ArticleRead.last_revision, ArticleRead.revision_before).where(*key)).first()
    if row is None:
        return None
    last: int | None = row.last_revision
    return last if last is not None and last < full.revision else row.revision_before


def since_revision(
    session: Session, number: int, full: FullArticle, language: str, told: Sequence[Told]
) -> SinceRevision | None:
    """None where it can't be compared."""
    here = (ArticleRevision.article_id == full.listed.id, ArticleRevision.number == number)
    earlier = session.scalars(select(ArticleRevision).where(*here)).one_or_none()
    if earlier is None:
        return None
    at = next((each.at for each in told if each.revision == earlier.number), None)
    try:
        return SinceRevision(at, passages(*_texts(earlier, full, language)))
    except Refused:
        return None


def _texts(earlier: ArticleRevision, full: FullArticle, language: str) -> tuple[str, str]:
    """In English where both are."""
    if language == ENGLISH and full.html_en is not None and earlier.source_en is not None:
        before = _words(earlier.title_en or earlier.title, render(earlier.source_en))
        return before, _words(full.listed.title_en or full.listed.title, full.html_en)
    return _words(earlier.title, render(earlier.source)), _words(full.listed.title, full.html)


def _words(title: str, html: str) -> str:
    return f"{title}\n{plain_text(html)}"
