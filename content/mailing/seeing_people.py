"""The people for whom a page exists, by organization: the same rule as at their own request (R8-6)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.models import User
from content.visibility import PageFacts, ViewerFacts, visible_pages
from rights.queries import held_systems


@dataclass(frozen=True, slots=True)
class SeeingPerson:
    id: int
    name: str


def people_seeing(
    session: Session, page: PageFacts, seeing: Collection[int], now: datetime
) -> dict[int, list[SeeingPerson]]:
    """`seeing`: the organizations that see the page. Staff see everything and aren't counted."""
    columns = (User.id, User.organization_id, User.name_kanji, User.contact_role, held_systems().label("held"))
    users = select(*columns).where(User.deleted_at.is_(None), User.staff_role.is_(None)).order_by(User.name_kana)
    found: dict[int, list[SeeingPerson]] = {}
    # Whose people are asked about use the page's system.
    in_use = frozenset({page.system} if page.system else ())
    for user_id, of, name, contact_role, held in session.execute(users, {"now": now}):
        facts = ViewerFacts(
            is_contact_manager=contact_role is not None,
            systems_in_use=in_use,
            held_systems=frozenset(held.split(",")) if held else frozenset(),
        )
        if of in seeing and visible_pages(facts, [page]):
            found.setdefault(of, []).append(SeeingPerson(user_id, name))
    return found
