"""The second pair of eyes: what was sent for approval, and what became of it (R7-4)."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from auth.models import User
from base.db import Base
from content.models import Article

OPEN = text("decided_at IS NULL")


class Review(Base):
    """One request for approval. `revision` and `files`: what was there to be seen, as asked and again as decided.

    `words`: a typed update of what is public or planned, which isn't saved before it was approved; None for a draft.
    """

    __tablename__ = "article_review"
    __table_args__ = (
        CheckConstraint("(decided_at IS NULL) = (decided_by_id IS NULL)", name="decided_by_somebody"),
        CheckConstraint("(decided_at IS NULL) = (is_approved IS NULL)", name="decided_somehow"),
        CheckConstraint("(return_word IS NULL) = (is_approved IS NULL OR is_approved)", name="returned_with_a_word"),
        Index("uq_article_review_open", "article_id", unique=True, sqlite_where=OPEN, postgresql_where=OPEN),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), index=True)
    revision: Mapped[int]
    files: Mapped[str]
    words: Mapped[str | None]
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    is_approved: Mapped[bool | None]
    return_word: Mapped[str | None]

    article: Mapped[Article] = relationship()
    asked_by: Mapped[User] = relationship(foreign_keys=[asked_by_id])
    decided_by: Mapped[User | None] = relationship(foreign_keys=[decided_by_id])
