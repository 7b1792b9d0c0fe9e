"""Notices that this person is asked to acknowledge and hasn't yet, on the home page (R9-3)."""

from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from markupsafe import escape
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from auth.viewer import Viewer
from base.waiting import Todo
from base.words import moment, translated
from content.languages import in_language
from content.models import Article, ArticleRead
from content.reading.fragments import Kept, Span
from content.reading.queries import PUBLIC, next_change
from content.reading.viewing import OpenSession, Reach

KEPT_PEOPLE = 10_000

_ARTICLE = Article.__table__.c
_READ = ArticleRead.__table__.c
_GIVEN = select(_READ.article_id).where(_READ.user_id == bindparam("user_id"), _READ.acknowledged_at.is_not(None))
_WAITING = (
    select(_ARTICLE.public_id, _ARTICLE.title, _ARTICLE.title_en, _ARTICLE.ack_asked_at, _ARTICLE.page_id)
    .where(_ARTICLE.ack_asked_at.is_not(None), *PUBLIC, _ARTICLE.id.not_in(_GIVEN))
    .where(_ARTICLE.page_id.in_(bindparam("page_ids", expanding=True)))
    .order_by(_ARTICLE.ack_asked_at, _ARTICLE.id)
)


@dataclass(frozen=True, slots=True)
class _Held:
    versions: tuple[tuple[int, int], ...]
    reads: int
    language: str
    span: Span
    todos: tuple[Todo, ...]


class WaitingAcknowledgements:
    """Kept for each reader until he acknowledges or reads something, or something changes on a page of his."""

    def __init__(self) -> None:
        self._held: Kept[int, _Held] = Kept(KEPT_PEOPLE)

    def of(self, open_session: OpenSession, viewer: Viewer, reach: Reach, now: datetime) -> tuple[Todo, ...]:
        """Of the pages that exist for the viewer alone, the longest asked first."""
        key, held = (reach.versions, viewer.reads, viewer.language), self._held.get(viewer.user_id)
        if held and (held.versions, held.reads, held.language) == key and held.span.holds(now):
            return held.todos
        session = open_session()
        todos, until = _waiting(session, viewer, reach, now), next_change(session, reach.by_id, now)
        self._held.keep(viewer.user_id, _Held(*key, Span(now, until), todos))
        return todos


def _waiting(session: Session, viewer: Viewer, reach: Reach, now: datetime) -> tuple[Todo, ...]:
    facts = {"user_id": viewer.user_id, "now": now, "page_ids": list(reach.by_id)}
    rows, language = session.connection().execute(_WAITING, facts), viewer.language
    return tuple(
        _todo(
            row.public_id,
            escape(in_language(language, language, row.title, row.title_en)),
            row.ack_asked_at,
            reach.by_id[row.page_id].name,
        )
        for row in rows
    )


def _todo(public_id: str, title: str, asked_at: datetime, page: str) -> Todo:
    note = _("%(page)s %(time)s から確認のお願い", page=translated(page), time=moment(asked_at))
    return Todo(_("要確認"), "amber", title, note, f"/articles/{public_id}", _("内容を見る"))
