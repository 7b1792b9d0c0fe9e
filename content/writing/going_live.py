"""Planned publications whose time has come: their mails are queued, never before, and late rather than not at all (R7-13, E13)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from base.actors import Actor
from base.audit import record
from content.mailing.publications import tell_of
from content.models import Article, Publication


def due_publications(session: Session, now: datetime) -> Sequence[int]:
    """Ids, the longest due first."""
    due = select(Publication.id).where(Publication.announced_at.is_(None), Publication.at <= now)
    return session.scalars(due.order_by(Publication.at, Publication.id)).all()


def announce_due(session: Session, publication_id: int, *, by: Actor, now: datetime) -> Publication | None:
    """None where somebody else has, or has planned anew: the article is locked first, as editors do, then it is asked again."""
    of = select(Publication.article_id).where(Publication.id == publication_id).scalar_subquery()
    session.scalars(select(Article).where(Article.id == of).with_for_update(key_share=True)).one_or_none()
    still_due = (Publication.id == publication_id, Publication.announced_at.is_(None), Publication.at <= now)
    publication = session.scalars(select(Publication).where(*still_due)).one_or_none()
    if publication is None:
        return None
    tell_of(session, publication, now)
    after = {"title": publication.title, "at": publication.at, "mails": publication.mail_count}
    record(session, "article went public", publication.article.public_id, by=by, now=now, after=after)
    return publication
