"""What the session can't see to: articles that were there before the index, and the index made anew (R7-5)."""

import time

from sqlalchemy import exists, func, select, text
from sqlalchemy.orm import Session

from base.db import transaction
from content.models import Article
from content.search.index import index_articles, is_sqlite
from content.search.models import SearchPiece

AT_ONCE = 50
PAUSE_SECONDS = 0.05

_TO_INDEX = (Article.published_at.is_not(None), Article.withdrawn_at.is_(None))
_MISSING = (*_TO_INDEX, ~exists().where(SearchPiece.article_id == Article.id))


def index_some(session: Session, most: int = AT_ONCE) -> int:
    """Of the articles that should be in the index and aren't, the newest; answers how many there were."""
    newest = select(Article.id).where(*_MISSING).order_by(Article.id.desc()).limit(most)
    ids = session.scalars(newest).all()
    if ids:
        index_articles(session, ids)
    return len(ids)


def index_missing() -> None:
    """The worker's job: after an update of the program, or where rows were brought in past it."""
    while True:
        with transaction() as session:
            found = index_some(session)
        if found < AT_ONCE:
            return
        # SQLite has one writer at a time and no queue for the others.
        time.sleep(PAUSE_SECONDS)


def count_to_index(session: Session) -> int:
    return session.scalar(select(func.count(Article.id)).where(*_TO_INDEX)) or 0


def clear(session: Session) -> None:
    if is_sqlite(session):
        session.execute(text("INSERT INTO search_fts(search_fts) VALUES ('delete-all')"))
        session.execute(text("DELETE FROM search_piece"))
    else:
        session.execute(text("TRUNCATE search_piece"))


def settle(session: Session) -> None:
    """After many changes: SQLite's index is brought into one piece; PostgreSQL looks after its own."""
    if is_sqlite(session):
        session.execute(text("INSERT INTO search_fts(search_fts) VALUES ('optimize')"))
