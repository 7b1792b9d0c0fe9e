"""Notices that this person is asked to acknowledge and hasn't yet, on the home page (R9-3)."""

from datetime import datetime

from flask_babel import gettext as _
from markupsafe import escape
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.viewer import Viewer
from base.waiting import Todo
from base.words import moment, translated
from content.languages import Words, in_language
from content.models import Article, ArticleRead, Page
from content.reading.queries import PUBLIC
from content.reading.viewing import facts_of
from content.visibility import PageFacts, visible_pages


def todos(session: Session, viewer: Viewer, now: datetime) -> list[Todo]:
    """Of the pages that exist for the viewer alone, the longest asked first."""
    given = select(ArticleRead.article_id).where(
        ArticleRead.user_id == viewer.user_id, ArticleRead.acknowledged_at.is_not(None)
    )
    page = (Page.id, Page.slug, Page.system, Page.is_narrowed)
    asked = select(Article.public_id, Article.title, Article.title_en, Article.ack_asked_at, Page.name, *page).join(
        Article.page
    )
    waiting = asked.where(Article.ack_asked_at.is_not(None), *PUBLIC, Article.id.not_in(given))
    rows = session.execute(waiting.order_by(Article.ack_asked_at, Article.id), {"now": now}).all()
    visible = visible_pages(facts_of(viewer), (PageFacts(*row[5:]) for row in rows))
    language = viewer.language
    return [
        _todo(public_id, in_language(language, language, title, title_en), at, name)
        for public_id, title, title_en, at, name, *of in rows
        if of[0] in visible
    ]


def _todo(public_id: str, title: Words, asked_at: datetime | None, page: str) -> Todo:
    since = moment(asked_at) if asked_at else ""
    note = _("%(page)s %(time)s から確認のお願い", page=translated(page), time=since)
    return Todo(_("要確認"), "amber", escape(title), note, f"/articles/{public_id}", _("内容を見る"))
