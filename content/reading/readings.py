"""What reading leaves behind: the first opening (R7-6), the newest revision and version (R9-12), how far a page was caught up with (R7-5)."""

from datetime import datetime

from sqlalchemy.orm import Session

from base.db import dialect_insert
from content.files.models import ManualRead
from content.models import ArticleRead, ReadingCount, ReadUntil


def count_reading(session: Session, user_id: int) -> int:
    first = dialect_insert(session, ReadingCount).values(user_id=user_id, reads=1)
    again = {"reads": ReadingCount.reads + 1}
    counted = first.on_conflict_do_update(index_elements=["user_id"], set_=again).returning(ReadingCount.reads)
    return int(session.execute(counted).scalar_one())


def note_opened(
    session: Session, user_id: int, article_id: int, revision: int, pc_name: str, now: datetime
) -> int | None:
    """Answers the person's new count; None where that revision was opened before. The first opening stays as it is (R9-12)."""
    reading = {"user_id": user_id, "article_id": article_id, "opened_at": now, "pc_name": pc_name}
    newest = {"last_revision": revision, "last_opened_at": now}
    first = dialect_insert(session, ArticleRead).values(**reading, **newest)
    again = first.on_conflict_do_update(
        index_elements=["user_id", "article_id"],
        set_={**newest, "revision_before": ArticleRead.last_revision},
        where=ArticleRead.last_revision.is_(None) | (ArticleRead.last_revision < revision),
    )
    is_news = session.execute(again.returning(ArticleRead.article_id)).first() is not None
    return count_reading(session, user_id) if is_news else None


def note_fetched(session: Session, user_id: int, manual_id: int, version: int, pc_name: str, now: datetime) -> int:
    """A version of a manual came into a person's hands, once more perhaps. Answers the person's new count (R9-12)."""
    reading = {"user_id": user_id, "manual_id": manual_id, "version": version, "pc_name": pc_name}
    first = dialect_insert(session, ManualRead).values(**reading, opened_at=now, last_opened_at=now)
    again = first.on_conflict_do_update(
        index_elements=["user_id", "manual_id", "version"], set_={"last_opened_at": now}
    )
    session.execute(again)
    return count_reading(session, user_id)


def catch_up(session: Session, user_id: int, page_id: int, until_at: datetime) -> None:
    """Nothing of the page up to then is unread any more; never earlier than before."""
    until = dialect_insert(session, ReadUntil).values(user_id=user_id, page_id=page_id, until_at=until_at)
    later = until.on_conflict_do_update(
        index_elements=["user_id", "page_id"], set_={"until_at": until_at}, where=ReadUntil.until_at < until_at
    )
    session.execute(later)
    count_reading(session, user_id)
