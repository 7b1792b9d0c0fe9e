"""Search over titles, texts, tags and files of the articles that exist for the viewer (R7-5, E10): each word has to stand in one of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy import select
from sqlalchemy.orm import Session

from base.jst import start_of
from content.models import ArticleKind, Category
from content.reading.queries import Listed, Position, listed_by_id
from content.reading.viewing import KnownPage
from content.search.asked import Asked
from content.search.filters import SearchFilters
from content.search.marks import category_mark, kind_mark, page_mark, tag_mark
from content.search.streams import newest
from content.search.words import folded
from content.writing.models import Tag

LENGTH_OF_LIST = 20
MOST_AT_ONCE = 640


@dataclass(frozen=True, slots=True)
class Found:
    """Newest first; `is_longer`: there are more, nobody counts how many."""

    articles: tuple[Listed, ...]
    is_longer: bool


NOTHING = Found((), is_longer=False)


def asked_of(
    session: Session,
    filters: SearchFilters,
    pages: Mapping[int, KnownPage],
    now: datetime,
    start: Position | None = None,
) -> Asked | None:
    """None where nothing can be found: a name that isn't there for the viewer is no other than one that isn't there."""
    shown = [page.id for page in pages.values() if filters.page in {"", page.slug}]
    named = _named_marks(session, filters)
    if named is None or not shown:
        return None
    until_at = now + timedelta(microseconds=1)
    return Asked(
        words=filters.words,
        marks=(tuple(map(page_mark, shown)), *((mark,) for mark in named)),
        page_ids=shown,
        from_at=start_of(filters.since) if filters.since else None,
        until_at=min(until_at, start_of(filters.until + timedelta(days=1))) if filters.until else until_at,
        before=start,
    )


def _named_marks(session: Session, filters: SearchFilters) -> list[str] | None:
    """A mark for each name that narrows; None where one of them names nothing."""
    connection, marks = session.connection(), []
    for name, wanted, mark in (
        (filters.category, select(Category.id).where(Category.slug == filters.category), category_mark),
        (filters.kind, select(ArticleKind.id).where(ArticleKind.slug == filters.kind), kind_mark),
        (filters.tag, select(Tag.id).where(Tag.folded == folded(filters.tag)), tag_mark),
    ):
        if name:
            found = connection.execute(wanted).scalar()
            if found is None:
                return None
            marks.append(mark(found))
    return marks


def found_articles(session: Session, asked: Asked, now: datetime, most: int = LENGTH_OF_LIST) -> Found:
    """At most `most`, and whether there are more."""
    shown = list(islice(public(session, asked, now, most + 1), most + 1))
    return Found(tuple(shown[:most]), len(shown) > most)


def public(session: Session, asked: Asked, now: datetime, first: int) -> Iterator[Listed]:
    """What the index names, as far as readers see it; `first`: how many to look at before there are more at a time."""
    ids, size = newest(session, asked), first
    while batch := list(islice(ids, size)):
        yield from listed_by_id(session, batch, asked.page_ids, now)
        size = min(2 * size, MOST_AT_ONCE)
