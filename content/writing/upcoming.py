"""What goes public and what ends next, in that order (R7-4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Select, literal, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from content.models import Article, Page
from content.writing.staff_lists import SHOWN_WITH


class Turn(StrEnum):
    GOES_PUBLIC = "public"
    ENDS = "end"


@dataclass(frozen=True, slots=True)
class Upcoming:
    at: datetime
    turn: Turn
    article: Article


def upcoming(
    session: Session, now: datetime, most: int, *, first: int = 0, page: str = "", turn: Turn | None = None
) -> list[Upcoming]:
    """The soonest first; `page` is a slug, `turn` leaves out the others."""
    turns = {Turn.GOES_PUBLIC: Article.published_at, Turn.ENDS: Article.ends_at}
    ways = [_turns(each, at, page, now) for each, at in turns.items() if turn in {None, each}]
    found = union_all(*ways).subquery()
    order = (found.c.at, found.c.turn, found.c.id)
    rows = session.execute(select(found).order_by(*order).offset(first).limit(most)).all()
    articles = {each.id: each for each in _articles(session, [row.id for row in rows])}
    return [Upcoming(row.at, Turn(row.turn), articles[row.id]) for row in rows]


def _turns(
    turn: Turn, at: InstrumentedAttribute[datetime | None], page: str, now: datetime
) -> Select[int, datetime | None, str]:
    pages = select(Page.id).where(Page.slug == page) if page else select(Page.id)
    kept = (Article.published_at.is_not(None), Article.withdrawn_at.is_(None), Article.page_id.in_(pages))
    return select(Article.id.label("id"), at.label("at"), literal(turn.value).label("turn")).where(*kept, at > now)


def _articles(session: Session, ids: Sequence[int]) -> Sequence[Article]:
    return session.scalars(select(Article).where(Article.id.in_(ids)).options(*SHOWN_WITH)).all()
