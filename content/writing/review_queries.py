"""Reads what was sent for approval (R7-4)."""

from collections.abc import Collection
from hashlib import sha256

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from content.files.models import Manual
from content.models import Article, ArticleRevision, Attachment
from content.writing.review_models import Review
from content.writing.review_states import LastReview, ReviewState, review_state


def last_review(session: Session, article: Article) -> Review | None:
    here = select(Review).where(Review.article_id == article.id).order_by(Review.id.desc()).limit(1)
    return session.scalars(here.options(joinedload(Review.asked_by), joinedload(Review.decided_by))).one_or_none()


def files_seen(session: Session, article: Article) -> str:
    """The ids of its files, so that one more or one less is a change; behind a version's what is said of it (R9-12)."""
    wanted = select(Attachment.id, Manual.name, Attachment.what_changed)
    files = wanted.outerjoin(Manual, Manual.id == Attachment.manual_id).order_by(Attachment.id)
    here = files.where(Attachment.article_id == article.id, Attachment.removed_at.is_(None))
    return ",".join(_seen(*row) for row in session.execute(here))


def _seen(number: int, manual: str | None, what_changed: str | None) -> str:
    if manual is None:
        return str(number)
    return f"{number}:{sha256(repr((manual, what_changed)).encode()).hexdigest()[:16]}"


def state_of_review(session: Session, article: Article, review: Review | None) -> ReviewState:
    """Files of what is public change at once, so an update stands for its words alone."""
    if review is None:
        return ReviewState.NONE
    is_same = review.words is not None or review.files == files_seen(session, article)
    return review_state(LastReview(review.is_approved, review.revision == article.revision and is_same))


def editors_of(session: Session, article: Article, review: Review) -> frozenset[int]:
    """Who had a hand in what is to be approved: whoever typed it, or saved the revision and added files since."""
    if review.words is not None:
        return frozenset({review.asked_by_id})
    revision = select(ArticleRevision).where(ArticleRevision.article_id == article.id)
    saved = session.scalars(revision.where(ArticleRevision.number == article.revision)).one()
    added = select(Attachment.added_by_id).where(
        Attachment.article_id == article.id, Attachment.removed_at.is_(None), Attachment.added_at >= saved.saved_at
    )
    return frozenset({saved.saved_by_id, *(each for each in session.scalars(added) if each is not None)})


def count_open(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(awaiting_ids().subquery())) or 0


def awaiting_ids() -> Select[int]:
    """Of the articles that wait for approval; what was withdrawn waits for nothing."""
    there = (Review.decided_at.is_(None), Article.withdrawn_at.is_(None))
    return select(Review.article_id).join(Review.article).where(*there)


def awaiting_among(session: Session, article_ids: Collection[int]) -> frozenset[int]:
    """Which of these articles wait for approval."""
    return frozenset(session.scalars(awaiting_ids().where(Review.article_id.in_(article_ids))))
