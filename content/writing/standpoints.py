"""The people from whose standpoint staff may look at a page: kinds of readers, no persons (R9-2, R7-2, R7-3)."""

from dataclasses import dataclass
from enum import StrEnum

from content.visibility import PageFacts, ViewerFacts, visible_pages

WITH_RIGHTS = frozenset({"TAXIS", "JOHS", "JUJU", "LOACUS"})


class Reader(StrEnum):
    """HOLDER: of a right in the page's system, on 「共通」 of any; OTHER: of rights in other systems alone."""

    MANAGER = "manager"
    HOLDER = "holder"
    OTHER = "other"


class Sight(StrEnum):
    SEEN = "seen"
    NOT_IN_USE = "not in use"
    NARROWED = "narrowed"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Standpoint:
    """`facts` is None where an organization can't have such a person."""

    facts: ViewerFacts | None
    sight: Sight


def standpoint(reader: Reader, systems_in_use: frozenset[str], page: PageFacts) -> Standpoint:
    """What such a person of an organization with these systems is, and whether the page exists for him, and if not, why."""
    facts = _facts(reader, systems_in_use, page.system)
    if facts is None:
        return Standpoint(None, Sight.NOBODY)
    if visible_pages(facts, [page]):
        return Standpoint(facts, Sight.SEEN)
    is_used = page.system is None or page.system in systems_in_use
    return Standpoint(facts, Sight.NARROWED if is_used else Sight.NOT_IN_USE)


def _facts(reader: Reader, systems_in_use: frozenset[str], system: str | None) -> ViewerFacts | None:
    if reader is Reader.MANAGER:
        return ViewerFacts(is_contact_manager=True, systems_in_use=systems_in_use)
    can_be_held = systems_in_use & WITH_RIGHTS
    # Whose organization doesn't use the system can hold none of its rights: what else he holds then decides.
    held = can_be_held & {system} or can_be_held - {system} if reader is Reader.HOLDER else can_be_held - {system}
    return ViewerFacts(systems_in_use=systems_in_use, held_systems=frozenset(held)) if held else None
