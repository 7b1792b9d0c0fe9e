"""What reading leaves behind: the record of the first opening (R7-6) and how far a page was caught up with (R7-5)."""

from datetime import datetime

from sqlalchemy.orm import Session

from base.db import dialect_insert
from content.models import ArticleRead, ReadingCount, ReadUntil


def count_reading(session: Session, user_id: int) -> int:
    first = dialect_insert(session, ReadingCount).values(user_id=user_id, reads=1)
    again = {"reads": ReadingCount.reads + 1}
    counted = first.on_conflict_do_update(index_elements=["user_id"], set_=again).returning(ReadingCount.reads)
    return int(session.execute(counted).scalar_one())


def note_opened(session: Session, user_id: int, article_id: int, pc_name: str, now: datetime) -> int | None:
    """Answers the person's new count; None where it isn't the first opening, which stays as it is."""
    reading = {"user_id": user_id, "article_id": article_id, "opened_at": now, "pc_name": pc_name}
    first = dialect_insert(session, ArticleRead).values(reading).on_conflict_do_nothing()
    is_first = session.execute(first.returning(ArticleRead.article_id)).first() is not None
    return count_reading(session, user_id) if is_first else None


def catch_up(session: Session, user_id: int, page_id: int, until_at: datetime) -> None:
    """Nothing of the page up to then is unread any more; never earlier than before."""
    until = dialect_insert(session, ReadUntil).values(user_id=user_id, page_id=page_id, until_at=until_at)
    later = until.on_conflict_do_update(
        index_elements=["user_id", "page_id"], set_={"until_at": until_at}, where=ReadUntil.until_at < until_at
    )
    session.execute(later)
    count_reading(session, user_id)
