"""Staff ask readers to acknowledge a notice, and readers do (R7-6, R9-3)."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from base.actors import Actor
from base.audit import record
from base.db import dialect_insert
from base.refusals import Conflict
from base.sentences import say
from content.article_queries import times_of
from content.article_states import is_visible
from content.models import Article, ArticleRead
from content.page_versions import raise_versions
from content.reading.readings import count_reading


def refuse_unseen(article: Article, now: datetime) -> None:
    if not is_visible(times_of(article), now):
        raise Conflict(say("この記事は公開中ではありません。"))


def ask_acknowledgement(session: Session, article: Article, *, by: Actor, now: datetime) -> None:
    """Also long after publication; asking again changes nothing."""
    refuse_unseen(article, now)
    if article.ack_asked_at is None:
        article.ack_asked_at = now
        _note(session, article, "acknowledgement asked", by, now)


def ask_from_the_start(session: Session, article: Article, *, is_asked: bool, by: Actor, now: datetime) -> None:
    """Decided as it goes public, or is to; a plan that is moved takes it along."""
    if not is_asked:
        end_acknowledgement(session, article, by=by, now=now)
        return
    was_asked = article.ack_asked_at is not None
    article.ack_asked_at = article.published_at
    if not was_asked:
        _note(session, article, "acknowledgement asked", by, now)


def end_acknowledgement(session: Session, article: Article, *, by: Actor, now: datetime) -> None:
    """What was acknowledged stays on record."""
    if article.ack_asked_at is not None:
        article.ack_asked_at = None
        _note(session, article, "acknowledgement not asked", by, now)


def _note(session: Session, article: Article, action: str, by: Actor, now: datetime) -> None:
    raise_versions(session, [article.page_id])
    record(session, action, article.public_id, by=by, now=now, after={"title": article.title})


def acknowledge(session: Session, article_id: int, public_id: str, pc_name: str, *, by: Actor, now: datetime) -> None:
    """The first time counts and stays; one statement, so that two presses at once are one."""
    if session.scalar(select(Article.ack_asked_at).where(Article.id == article_id)) is None:
        raise Conflict(say("このお知らせの確認の依頼は、取りやめになりました。"))
    given = {"acknowledged_at": now, "acknowledged_pc": pc_name}
    reading = {"user_id": by.user_id, "article_id": article_id, "opened_at": now, "pc_name": pc_name}
    first = dialect_insert(session, ArticleRead).values(**reading, **given)
    once = first.on_conflict_do_update(
        index_elements=["user_id", "article_id"], set_=given, where=ArticleRead.acknowledged_at.is_(None)
    )
    if by.user_id is not None and session.execute(once.returning(ArticleRead.article_id)).first() is not None:
        count_reading(session, by.user_id)
        record(session, "article acknowledged", public_id, by=by, now=now, after={"pc": pc_name})
