"""What the pages of a viewer have that may have changed since he read it, and what he has read of it (R9-12)."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from base.db import Moment
from content.files.models import Manual, ManualRead
from content.models import Article, Attachment, Category
from content.reading.queries import PUBLIC
from content.reading.since_read import Fetched, LatestManual, UpdatedArticle

MOST_UPDATED = 100

_ARTICLE = Article.__table__.c
_MANUAL = Manual.__table__.c
_READ = ManualRead.__table__.c
_FILE = Attachment.__table__.c
_NEWER = Attachment.__table__.alias("newer").c

_UPDATED = (
    select(
        _ARTICLE.id,
        _ARTICLE.public_id,
        _ARTICLE.page_id,
        Category.slug,
        _ARTICLE.title,
        _ARTICLE.title_en,
        _ARTICLE.revision,
        _ARTICLE.updated_at,
    )
    .join_from(Article.__table__, Category.__table__, Category.id == _ARTICLE.category_id)
    # The upper bound says nothing new; without one SQLite goes along the order of publication and sorts.
    .where(_ARTICLE.page_id == bindparam("page_id"), _ARTICLE.updated_at.is_not(None), *PUBLIC)
    .where(_ARTICLE.updated_at <= bindparam("now", type_=Moment()))
    .order_by(_ARTICLE.updated_at.desc())
    .limit(MOST_UPDATED)
)
_IS_NEWER = select(_NEWER.id).where(
    _NEWER.manual_id == _MANUAL.id, _NEWER.removed_at.is_(None), _NEWER.version > _FILE.version
)
_LATEST = (
    select(
        _MANUAL.id,
        _MANUAL.public_id,
        _MANUAL.article_id,
        _MANUAL.name,
        _FILE.version,
        _FILE.added_at,
        _FILE.what_changed,
    )
    .join_from(Manual.__table__, Attachment.__table__, _FILE.manual_id == _MANUAL.id)
    .where(_FILE.removed_at.is_(None), ~_IS_NEWER.exists())
)


def recently_updated(session: Session, page_id: int, now: datetime) -> tuple[UpdatedArticle, ...]:
    rows = session.connection().execute(_UPDATED, {"page_id": page_id, "now": now})
    return tuple(UpdatedArticle(*row) for row in rows)


def latest_manuals(session: Session, page_id: int, now: datetime) -> tuple[LatestManual, ...]:
    """From the manuals, which are few, to their articles: the other way round a long page would cost."""
    rows = session.connection().execute(_LATEST).all()
    here = select(_ARTICLE.id).where(
        _ARTICLE.id.in_({row.article_id for row in rows}), _ARTICLE.page_id == page_id, *PUBLIC
    )
    public = frozenset(session.connection().execute(here, {"now": now}).scalars()) if rows else frozenset()
    return tuple(
        LatestManual(
            row.id,
            row.public_id,
            row.article_id,
            page_id,
            row.name,
            row.version,
            row.added_at,
            row.what_changed or "",
        )
        for row in rows
        if row.article_id in public
    )


def fetched_versions(session: Session, user_id: int, manual_ids: Collection[int]) -> Fetched:
    """By manual, when the person last fetched each version."""
    if not manual_ids:
        return {}
    here = select(_READ.manual_id, _READ.version, _READ.last_opened_at).where(
        _READ.user_id == user_id, _READ.manual_id.in_(manual_ids)
    )
    found: dict[int, dict[int, datetime]] = {}
    for row in session.connection().execute(here):
        found.setdefault(row.manual_id, {})[row.version] = row.last_opened_at
    return found
