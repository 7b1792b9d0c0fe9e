"""The revisions of an article, and what one of them changed (R7-4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from auth.models import User
from content.models import ArticleRevision
from content.revisions import Line, differences


@dataclass(frozen=True, slots=True)
class Compared:
    """`rows`: number, title, saved_at, name of who saved, latest first. `before` is None for the first revision."""

    rows: Sequence[Row[int, str, datetime, str]]
    shown: ArticleRevision
    before: ArticleRevision | None
    lines: list[Line]


def compared(session: Session, article_id: int, number: str) -> Compared | None:
    """The revision of that number, or the latest, against the one before; None where there is no such number."""
    revision = ArticleRevision
    here = select(revision).where(revision.article_id == article_id).order_by(revision.number.desc())
    asked = (
        here.where(revision.number <= int(number))
        if number.isascii() and number.isdigit() and len(number) < 9
        else here
    )
    two = session.scalars(asked.limit(2)).all()
    if not two or (number and str(two[0].number) != number):
        return None
    shown, before = two[0], two[1] if len(two) > 1 else None
    rows = session.execute(
        select(revision.number, revision.title, revision.saved_at, User.name_kanji)
        .join(User, User.id == revision.saved_by_id)
        .where(revision.article_id == article_id)
        .order_by(revision.number.desc())
    )
    older = f"{before.title}\n\n{before.source}" if before else ""
    return Compared(rows.all(), shown, before, differences(older, f"{shown.title}\n\n{shown.source}"))
