"""Who sees which page: the one answer for lists, counts, search, files, feeds and mails (R7-1 to R7-3, R8-6)."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PageFacts:
    """`system` is None for 「共通」; a narrowed page is for holders of a right in its system (R7-2)."""

    id: int
    slug: str
    system: str | None
    is_narrowed: bool = False


@dataclass(frozen=True, slots=True)
class ViewerFacts:
    """A person: the systems that the organization uses, and those in which the person holds a right now."""

    is_staff: bool = False
    is_contact_manager: bool = False
    systems_in_use: frozenset[str] = frozenset()
    held_systems: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class OrganizationFacts:
    id: int
    is_active: bool
    systems_in_use: frozenset[str]


def may_enter(viewer: ViewerFacts) -> bool:
    """The site is open to holders of any right, to contact managers and to staff (R7-3)."""
    return viewer.is_staff or viewer.is_contact_manager or bool(viewer.held_systems)


def visible_pages(viewer: ViewerFacts, pages: Iterable[PageFacts]) -> frozenset[int]:
    """Ids of the pages that exist for the viewer; the empty set for whom the site isn't open."""
    if not may_enter(viewer):
        return frozenset()
    return frozenset(page.id for page in pages if viewer.is_staff or _is_open_to(viewer, page))


def organizations_that_see(page: PageFacts, organizations: Iterable[OrganizationFacts]) -> frozenset[int]:
    """Ids of the active organizations whose contact managers see the page, narrowed or not (R7-2, R7-13)."""
    return frozenset(each.id for each in organizations if each.is_active and _is_used(page, each.systems_in_use))


def _is_open_to(viewer: ViewerFacts, page: PageFacts) -> bool:
    if page.system is None:
        return True
    if not _is_used(page, viewer.systems_in_use):
        return False
    return not page.is_narrowed or viewer.is_contact_manager or page.system in viewer.held_systems


def _is_used(page: PageFacts, systems_in_use: frozenset[str]) -> bool:
    return page.system is None or page.system in systems_in_use
