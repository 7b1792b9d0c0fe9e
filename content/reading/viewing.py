"""What of the site exists for whoever is looking: rights as of this request, page rows kept by their versions (R7-2, R8-6)."""

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.viewer import Viewer
from content.models import Category, Page
from content.reading.fragments import Kept
from content.visibility import PageFacts, ViewerFacts, visible_pages

KEPT_SHAPES = 8
KEPT_REACHES = 256
KEPT_LOGINS = 2_000

# Called only where something has to be read: most requests need no session.
OpenSession = Callable[[], Session]

_PAGE = Page.__table__.c
_CATEGORY = Category.__table__.c
_PAGES = select(
    _PAGE.id, _PAGE.slug, _PAGE.name, _PAGE.system, _PAGE.system_url, _PAGE.position, _PAGE.is_narrowed
).order_by(_PAGE.position)
_CATEGORIES = select(_CATEGORY.slug, _CATEGORY.name).order_by(_CATEGORY.position)


@dataclass(frozen=True, slots=True)
class KnownPage:
    """`version` was read before the rest, so that what is kept under it is never older than it says."""

    id: int
    slug: str
    name: str
    system: str | None
    system_url: str | None
    position: int
    is_narrowed: bool
    version: int

    @property
    def facts(self) -> PageFacts:
        return PageFacts(self.id, self.slug, self.system, self.is_narrowed)


@dataclass(frozen=True, slots=True)
class KnownCategory:
    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class Shape:
    """What the site is made of; categories are the same on every page."""

    pages: tuple[KnownPage, ...]
    categories: tuple[KnownCategory, ...]


@dataclass(frozen=True, slots=True)
class Reach:
    """The pages that exist for a viewer, in their order; `systems` are those of his organization, narrowed or not (R7-7)."""

    pages: tuple[KnownPage, ...]
    categories: tuple[KnownCategory, ...] = ()
    systems: tuple[KnownPage, ...] = ()
    by_slug: dict[str, KnownPage] = field(init=False, compare=False)
    by_id: dict[int, KnownPage] = field(init=False, compare=False)
    versions: tuple[tuple[int, int], ...] = field(init=False, compare=False)
    system_versions: tuple[tuple[int, int], ...] = field(init=False, compare=False)
    category_slugs: frozenset[str] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_slug", {page.slug: page for page in self.pages})
        object.__setattr__(self, "by_id", {page.id: page for page in self.pages})
        object.__setattr__(self, "category_slugs", frozenset(each.slug for each in self.categories))
        object.__setattr__(self, "versions", tuple((page.id, page.version) for page in self.pages))
        object.__setattr__(self, "system_versions", tuple((page.id, page.version) for page in self.systems))


def facts_of(viewer: Viewer) -> ViewerFacts:
    return ViewerFacts(viewer.is_staff, viewer.is_contact_manager, viewer.systems_in_use, viewer.held_systems)


def parsed_versions(page_versions: str) -> dict[int, int]:
    """`1:5,2:3` of the identity query as page id → version."""
    pairs = (one.split(":") for one in page_versions.split(",") if one)
    return {int(page_id): int(version) for page_id, version in pairs}


class Viewing:
    """Keeps page rows as long as no version has moved; whoever changes a page in any way raises its version."""

    def __init__(self) -> None:
        self._shapes: Kept[str, Shape] = Kept(KEPT_SHAPES)
        self._reaches: Kept[tuple[str, ViewerFacts], Reach] = Kept(KEPT_REACHES)
        self._of_logins: Kept[str, tuple[Viewer, Reach]] = Kept(KEPT_LOGINS)

    def shape(self, open_session: OpenSession, page_versions: str) -> Shape:
        found = self._shapes.get(page_versions)
        if found is None:
            versions, connection = parsed_versions(page_versions), open_session().connection()
            rows = connection.execute(_PAGES)
            pages = tuple(KnownPage(*row, version=versions[row.id]) for row in rows if row.id in versions)
            found = Shape(pages, tuple(KnownCategory(row.slug, row.name) for row in connection.execute(_CATEGORIES)))
            self._shapes.keep(page_versions, found)
        return found

    def reach(self, open_session: OpenSession, viewer: Viewer) -> Reach:
        """Of a viewer of whom nothing has changed since his last request it is known."""
        held = self._of_logins.get(viewer.session_hash)
        if held is not None and held[0] is viewer:
            return held[1]
        found = self._reach(open_session, viewer)
        self._of_logins.keep(viewer.session_hash, (viewer, found))
        return found

    def _reach(self, open_session: OpenSession, viewer: Viewer) -> Reach:
        key = (viewer.page_versions, facts_of(viewer))
        found = self._reaches.get(key)
        if found is None:
            shape = self.shape(open_session, viewer.page_versions)
            found = reach_within(shape, key[1])
            self._reaches.keep(key, found)
        return found


def reach_within(shape: Shape, facts: ViewerFacts) -> Reach:
    ids = visible_pages(facts, (page.facts for page in shape.pages))
    systems = (page for page in shape.pages if page.system and (facts.is_staff or page.system in facts.systems_in_use))
    return Reach(tuple(page for page in shape.pages if page.id in ids), shape.categories, tuple(systems))
