"""Notices that this person is asked to acknowledge and hasn't yet, on the home page (R9-3)."""

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.viewer import Viewer
from base.waiting import Todo
from base.words import moment
from content.models import Article, ArticleRead, Page
from content.reading_queries import PUBLIC
from content.viewing import facts_of
from content.visibility import PageFacts, visible_pages


def todos(session: Session, viewer: Viewer, now: datetime) -> list[Todo]:
    """Of the pages that exist for the viewer alone, the longest asked first."""
    given = select(ArticleRead.article_id).where(
        ArticleRead.user_id == viewer.user_id, ArticleRead.acknowledged_at.is_not(None)
    )
    page = (Page.id, Page.slug, Page.system, Page.is_narrowed)
    asked = select(Article.public_id, Article.title, Article.ack_asked_at, Page.name, *page).join(Article.page)
    waiting = asked.where(Article.ack_asked_at.is_not(None), *PUBLIC, Article.id.not_in(given))
    rows = session.execute(waiting.order_by(Article.ack_asked_at, Article.id), {"now": now}).all()
    visible = visible_pages(facts_of(viewer), (PageFacts(*row[4:]) for row in rows))
    return [_todo(public_id, title, at, name) for public_id, title, at, name, *of in rows if of[0] in visible]


def _todo(public_id: str, title: str, asked_at: datetime | None, page: str) -> Todo:
    since = moment(asked_at) if asked_at else ""
    note = _("%(page)s %(time)s から確認のお願い", page=page, time=since)
    return Todo(_("要確認"), "amber", title, note, f"/articles/{public_id}", _("内容を見る"))
