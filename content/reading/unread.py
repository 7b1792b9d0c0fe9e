"""What a reader hasn't read: among the newest of each page, neither opened nor caught up with (R7-5); and what has changed since (R9-12)."""

from collections.abc import Collection, Container, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from auth.viewer import Viewer
from content.models import Article, ArticleRead, ReadUntil
from content.reading.fragments import Kept, Span, shortest
from content.reading.queries import PUBLIC, next_change
from content.reading.since_read import LatestManual, SinceRead, UpdatedArticle, since_read
from content.reading.since_read_queries import fetched_versions, latest_manuals, recently_updated
from content.reading.viewing import KnownPage, OpenSession, Reach

NEWEST = 100
KEPT_PAGES = 64
KEPT_IDS = 200_000

_ARTICLE = Article.__table__.c
_READ = ArticleRead.__table__.c
_UNTIL = ReadUntil.__table__.c

_OF_PAGE = (
    select(_ARTICLE.id, _ARTICLE.public_id, _ARTICLE.published_at)
    .where(_ARTICLE.page_id == bindparam("page_id"), *PUBLIC)
    .order_by(_ARTICLE.published_at.desc(), _ARTICLE.id.desc())
    .limit(NEWEST)
)
_OPENED = select(_READ.article_id, _READ.last_revision).where(_READ.user_id == bindparam("user_id"))
_CAUGHT_UP = select(_UNTIL.page_id, _UNTIL.until_at).where(_UNTIL.user_id == bindparam("user_id"))


@dataclass(frozen=True, slots=True)
class Recent:
    id: int
    public_id: str
    published_at: datetime


@dataclass(frozen=True, slots=True)
class Newest:
    """The articles of one page that can be unread, newest first, and what of it may have changed since it was read."""

    articles: tuple[Recent, ...]
    span: Span
    updated: tuple[UpdatedArticle, ...] = ()
    manuals: tuple[LatestManual, ...] = ()


@dataclass(frozen=True, slots=True)
class Unread:
    """`counts` by page id; `ids` of the articles."""

    counts: Mapping[int, int]
    ids: frozenset[int]
    span: Span
    since: SinceRead = field(default_factory=SinceRead)

    @property
    def weight(self) -> int:
        return len(self.ids) + len(self.since.articles) + len(self.since.materials)


NONE_UNREAD = Unread({}, frozenset(), Span(datetime.min.replace(tzinfo=UTC)))


@dataclass(frozen=True, slots=True)
class _Held:
    versions: tuple[tuple[int, int], ...]
    reads: int
    unread: Unread


class UnreadMarks:
    """Kept for each reader until he reads something, or something is published on a page of his."""

    def __init__(self) -> None:
        self._newest: Kept[tuple[int, int], Newest] = Kept(KEPT_PAGES)
        self._held: Kept[int, _Held] = Kept(KEPT_IDS)

    def newest(self, open_session: OpenSession, page: KnownPage, now: datetime) -> Newest:
        key = (page.id, page.version)
        found = self._newest.get(key)
        if found is None or not found.span.holds(now):
            session = open_session()
            rows = session.connection().execute(_OF_PAGE, {"page_id": page.id, "now": now})
            articles = tuple(Recent(row.id, row.public_id, row.published_at) for row in rows)
            span = Span(now, next_change(session, [page.id], now))
            updated, manuals = recently_updated(session, page.id, now), latest_manuals(session, page.id, now)
            found = Newest(articles, span, updated, manuals)
            self._newest.keep(key, found)
        return found

    def of(self, open_session: OpenSession, viewer: Viewer, reach: Reach, now: datetime) -> Unread:
        held = self._held.get(viewer.user_id)
        if held and held.versions == reach.versions and held.reads == viewer.reads and held.unread.span.holds(now):
            return held.unread
        unread = self._read(open_session, viewer.user_id, reach, now)
        kept = _Held(reach.versions, viewer.reads, unread)
        self._held.keep(viewer.user_id, kept, weight=unread.weight + len(reach.pages) + 1)
        return unread

    def _read(self, open_session: OpenSession, user_id: int, reach: Reach, now: datetime) -> Unread:
        newest = {page.id: self.newest(open_session, page, now) for page in reach.pages}
        session = open_session()
        opened = _opened(session, user_id, newest.values())
        until = {row[0]: row[1] for row in session.connection().execute(_CAUGHT_UP, {"user_id": user_id})}
        left = {page_id: unread_of(page.articles, opened, until.get(page_id)) for page_id, page in newest.items()}
        counts = {page_id: len(ids) for page_id, ids in left.items()}
        return Unread(
            counts,
            frozenset[int]().union(*left.values()),
            shortest(now, (page.span for page in newest.values())),
            _since(session, user_id, newest.values(), opened),
        )


def _opened(session: Session, user_id: int, pages: Collection[Newest]) -> dict[int, int | None]:
    """Of what may be unread or have changed: which revision the person opened last."""
    candidates = {each.id for page in pages for each in page.articles}
    candidates |= {each.id for page in pages for each in page.updated}
    here = _OPENED.where(_READ.article_id.in_(candidates))
    rows = session.connection().execute(here, {"user_id": user_id})
    return {row.article_id: row.last_revision for row in rows}


def _since(session: Session, user_id: int, pages: Collection[Newest], opened: Mapping[int, int | None]) -> SinceRead:
    manuals = [each for page in pages for each in page.manuals]
    fetched = fetched_versions(session, user_id, [each.id for each in manuals])
    return since_read((each for page in pages for each in page.updated), manuals, opened, fetched)


def unread_of(articles: Iterable[Recent], opened: Container[int], caught_up: datetime | None) -> frozenset[int]:
    new = (each for each in articles if caught_up is None or each.published_at > caught_up)
    return frozenset(each.id for each in new if each.id not in opened)
