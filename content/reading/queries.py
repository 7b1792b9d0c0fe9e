"""What readers see of articles: every query names the pages that exist for the viewer (R8-6).

The newest are read page by page along an index and merged, so that neither a long page nor an empty one costs more.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from heapq import merge
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, exists, func, literal_column, select, tuple_
from sqlalchemy.orm import Session

from base.db import Moment
from content.article_states import ArticleTimes
from content.files.models import Manual
from content.languages import Words, in_language
from content.models import Article, ArticleKind, ArticleRead, Attachment, Category, Page, SystemStop
from content.reading.importance import DISTURBANCE, STOP_IS_NEWS_FOR, STOPS, Emphasis, is_important
from content.systems.opening_hours import StopKind

_ARTICLE = Article.__table__.c
_KIND = ArticleKind.__table__.c
_CATEGORY = Category.__table__.c
_FILE = Attachment.__table__.c
_READ = ArticleRead.__table__.c
_MANUAL = Manual.__table__.c
_PAGE = Page.__table__.c
_STOP = SystemStop.__table__.c
_NOW = bindparam("now", type_=Moment())
_WITH_WORDS = Article.__table__.join(ArticleKind.__table__, _KIND.id == _ARTICLE.kind_id).join(
    Category.__table__, _CATEGORY.id == _ARTICLE.category_id
)

# Written as the partial indexes are: only so do both databases use them.
_ONCE_PUBLISHED = (_ARTICLE.published_at.is_not(None), _ARTICLE.withdrawn_at.is_(None))
PUBLIC = (
    *_ONCE_PUBLISHED,
    _ARTICLE.published_at <= _NOW,
    _ARTICLE.ends_at.is_(None) | (_ARTICLE.ends_at > _NOW),
)


class Towards(StrEnum):
    OLDER = "older"
    NEWER = "newer"


@dataclass(frozen=True, slots=True)
class Position:
    """Where an article stands in the order of publication."""

    published_at: datetime
    id: int


@dataclass(frozen=True, slots=True)
class Listed:
    """An article as lists show it."""

    id: int
    public_id: str
    page_id: int
    category: str
    kind: str
    kind_name: str
    tone: str
    title: str
    published_at: datetime
    updated_at: datetime | None
    is_pinned: bool
    important_until: datetime | None
    ack_asked_at: datetime | None = None
    title_en: str | None = None
    is_restored: bool = False

    def title_in(self, wanted: str, screen: str = "") -> Words:
        """`screen`: the language around it, where that is another than the wanted one."""
        return in_language(wanted, screen or wanted, self.title, self.title_en)

    @property
    def position(self) -> tuple[datetime, int]:
        return self.published_at, self.id

    @property
    def emphasis(self) -> Emphasis:
        return Emphasis(self.kind, self.published_at, self.is_pinned, self.important_until, self.is_restored)


@dataclass(frozen=True, slots=True)
class FullArticle:
    listed: Listed
    html: str
    revision: int
    category_name: str
    html_en: str | None = None


@dataclass(frozen=True, slots=True)
class AttachedFile:
    public_id: str
    name: str
    kind: str
    size: int
    page_count: int | None
    sha256: str
    scanned_at: datetime | None


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    at: datetime
    pc_name: str


@dataclass(frozen=True, slots=True)
class SentFile:
    """What decides about an attachment and what its headers say."""

    times: ArticleTimes
    name: str
    media_type: str
    size: int
    sha256: str
    storage_key: str
    removed_at: datetime | None
    manual_id: int | None
    version: int | None
    page_id: int


_IS_RESTORED = (_KIND.slug == DISTURBANCE) & exists().where(
    _PAGE.id == _ARTICLE.page_id,
    _STOP.system == _PAGE.system,
    _STOP.kind == StopKind.DISTURBANCE.value,
    _STOP.ended_at > _ARTICLE.published_at,
)
_LISTED = (
    _ARTICLE.id,
    _ARTICLE.public_id,
    _ARTICLE.page_id,
    _CATEGORY.slug.label("category"),
    _KIND.slug.label("kind"),
    _KIND.name.label("kind_name"),
    _KIND.tone,
    _ARTICLE.title,
    _ARTICLE.published_at,
    _ARTICLE.updated_at,
    _ARTICLE.is_pinned,
    _ARTICLE.important_until,
    _ARTICLE.ack_asked_at,
    _ARTICLE.title_en,
    _IS_RESTORED.label("is_restored"),
)
_NEWEST_FIRST = (_ARTICLE.published_at.desc(), _ARTICLE.id.desc())
_OLDEST_FIRST = (_ARTICLE.published_at, _ARTICLE.id)


def _beyond(towards: Towards) -> ColumnElement[bool]:
    here = tuple_(_ARTICLE.published_at, _ARTICLE.id)
    there = tuple_(bindparam("at", type_=Moment()), bindparam("id", type_=_ARTICLE.id.type))
    return here < there if towards is Towards.OLDER else here > there


@cache
def _page_statement(category: str | None, towards: Towards | None) -> Select[Any]:
    statement = select(*_LISTED).select_from(_WITH_WORDS).where(_ARTICLE.page_id == bindparam("page_id"), *PUBLIC)
    if category:
        wanted = select(_CATEGORY.id).where(_CATEGORY.slug == category).scalar_subquery()
        statement = statement.where(_ARTICLE.category_id == wanted)
    if towards:
        statement = statement.where(_beyond(towards))
    order = _OLDEST_FIRST if towards is Towards.NEWER else _NEWEST_FIRST
    return statement.order_by(*order).limit(bindparam("most"))


def _listed(row: Sequence[Any]) -> Listed:
    return Listed(*row)


def listed(
    session: Session,
    page_ids: Iterable[int],
    now: datetime,
    most: int,
    *,
    category: str | None = None,
    start: tuple[Towards, Position] | None = None,
) -> list[Listed]:
    """At most `most` articles of the pages, newest first; with a start those just older or just newer than it."""
    towards = start[0] if start else None
    values: dict[str, Any] = {"now": now, "most": most}
    if start:
        values |= {"at": start[1].published_at, "id": start[1].id}
    statement, connection = _page_statement(category, towards), session.connection()
    per_page = [
        [_listed(row) for row in connection.execute(statement, {**values, "page_id": page_id})] for page_id in page_ids
    ]
    is_newest_first = towards is not Towards.NEWER
    found = list(islice(merge(*per_page, key=lambda each: each.position, reverse=is_newest_first), most))
    return found if is_newest_first else found[::-1]


def position_of(session: Session, public_id: str, page_ids: Collection[int], now: datetime) -> Position | None:
    """Where a list goes on: an article that has been published on one of the pages, whether it still is or not."""
    here = (_ARTICLE.public_id == public_id, _ARTICLE.page_id.in_(page_ids), _ARTICLE.published_at <= now)
    # What was withdrawn before its go-live never was.
    was_seen = _ARTICLE.withdrawn_at.is_(None) | (_ARTICLE.withdrawn_at > _ARTICLE.published_at)
    row = session.connection().execute(select(_ARTICLE.published_at, _ARTICLE.id).where(*here, was_seen)).first()
    return Position(*row) if row else None


def listed_by_id(session: Session, ids: Collection[int], page_ids: Collection[int], now: datetime) -> list[Listed]:
    wanted = select(*_LISTED).select_from(_WITH_WORDS).where(_ARTICLE.id.in_(ids), _ARTICLE.page_id.in_(page_ids))
    rows = session.connection().execute(wanted.where(*PUBLIC).order_by(*_NEWEST_FIRST), {"now": now})
    return [_listed(row) for row in rows]


def next_change(session: Session, page_ids: Collection[int], now: datetime) -> datetime | None:
    """When the next article of these pages comes out or ends by itself (E12, E13): what is kept holds until then."""
    here = (_ARTICLE.page_id.in_(page_ids), *_ONCE_PUBLISHED)
    edges = (_ARTICLE.published_at, _ARTICLE.ends_at)
    firsts = (select(func.min(edge)).where(*here, edge > now).scalar_subquery() for edge in edges)
    found = session.connection().execute(select(*firsts)).one()
    return min((at for at in found if at is not None), default=None)


def important(session: Session, page_ids: Collection[int], now: datetime, most: int) -> list[Listed]:
    """What is to be read first on these pages, newest first; three small indexes find it."""
    ways: tuple[ColumnElement[bool], ...] = (
        # Bare, as the partial index has it: SQLite doesn't recognise `= 1` as the same.
        literal_column("article.is_pinned"),
        _ARTICLE.important_until.is_not(None) & (_ARTICLE.important_until > now),
        (_ARTICLE.published_at > now - STOP_IS_NEWS_FOR) & _KIND.slug.in_(STOPS) & ~_IS_RESTORED,
    )
    here = select(*_LISTED).select_from(_WITH_WORDS).where(_ARTICLE.page_id.in_(page_ids), *PUBLIC)
    newest, connection = here.order_by(*_NEWEST_FIRST).limit(most), session.connection()
    found = {row.id: _listed(row) for way in ways for row in connection.execute(newest.where(way), {"now": now})}
    emphasized = (each for each in found.values() if is_important(each.emphasis, now))
    return sorted(emphasized, key=lambda each: each.position, reverse=True)[:most]


_FULL = (
    select(_ARTICLE.html, _ARTICLE.html_en, _ARTICLE.revision, _CATEGORY.name, *_LISTED)
    .select_from(_WITH_WORDS)
    .where(_ARTICLE.public_id == bindparam("public_id"), *PUBLIC)
)


def full_article(session: Session, public_id: str, page_ids: Collection[int], now: datetime) -> FullArticle | None:
    """None for what doesn't exist for the viewer, whatever the reason."""
    row = session.connection().execute(_FULL, {"public_id": public_id, "now": now}).first()
    if row is None or row.page_id not in page_ids:
        return None
    return FullArticle(_listed(row[4:]), row.html, row.revision, row[3], row.html_en)


def files_of(session: Session, article_id: int) -> list[AttachedFile]:
    """Versions of manuals are named by their manuals."""
    here = (_FILE.article_id == article_id, _FILE.removed_at.is_(None), _FILE.manual_id.is_(None))
    wanted = select(
        _FILE.public_id, _FILE.name, _FILE.kind, _FILE.size, _FILE.page_count, _FILE.sha256, _FILE.scanned_at
    )
    rows = session.connection().execute(wanted.where(*here).order_by(_FILE.position, _FILE.id))
    return [AttachedFile(*row) for row in rows]


def opened_revision(session: Session, user_id: int, article_id: int) -> int | None:
    """The newest that the person has opened; 0 where it wasn't noted yet, None where he hasn't opened any."""
    here = select(_READ.last_revision).where(_READ.user_id == user_id, _READ.article_id == article_id)
    row = session.connection().execute(here).first()
    return (row[0] or 0) if row else None


def acknowledgement_of(session: Session, user_id: int, article_id: int) -> Acknowledgement | None:
    """What this person has acknowledged; None where that is still to come (R9-3)."""
    given = select(_READ.acknowledged_at, _READ.acknowledged_pc).where(_READ.acknowledged_at.is_not(None))
    here = given.where(_READ.user_id == user_id, _READ.article_id == article_id)
    row = session.connection().execute(here).first()
    return Acknowledgement(*row) if row else None


_SENT = select(
    _FILE.name,
    _FILE.media_type,
    _FILE.size,
    _FILE.sha256,
    _FILE.storage_key,
    _FILE.removed_at,
    _FILE.manual_id,
    _FILE.version,
    _ARTICLE.page_id,
    _ARTICLE.published_at,
    _ARTICLE.withdrawn_at,
    _ARTICLE.ends_at,
).join_from(Attachment.__table__, Article.__table__, _ARTICLE.id == _FILE.article_id)
_SENT_FILE = _SENT.where(_FILE.public_id == bindparam("public_id"))
_LATEST_FILE = (
    _SENT.join(Manual.__table__, _MANUAL.id == _FILE.manual_id)
    .where(_MANUAL.public_id == bindparam("public_id"), _FILE.removed_at.is_(None))
    .order_by(_FILE.version.desc())
    .limit(1)
)


def sent_file(session: Session, public_id: str) -> SentFile | None:
    return _sent(session, _SENT_FILE, public_id)


def latest_file(session: Session, manual: str) -> SentFile | None:
    """A manual's latest version, None where all were taken back (R9-12)."""
    return _sent(session, _LATEST_FILE, manual)


def _sent(session: Session, statement: Select[Any], public_id: str) -> SentFile | None:
    row: Any = session.connection().execute(statement, {"public_id": public_id}).first()
    return SentFile(ArticleTimes(*row[-3:]), *row[:-3]) if row else None
