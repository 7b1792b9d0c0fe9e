"""The check sheet before publishing: who will see it, who will be mailed, whom no mail reaches (R7-4, R9-2)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.models import User
from content.address_states import AddressState
from content.mailing_queries import mailing_list_of, names_of, page_facts
from content.models import Page
from content.recipients import MailingList
from content.visibility import PageFacts, ViewerFacts, visible_pages
from rights.queries import held_systems


@dataclass(frozen=True, slots=True)
class SeeingOrganization:
    name: str
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MailedAddress:
    organization: str
    person_name: str
    address: str
    is_marked: bool


@dataclass(frozen=True, slots=True)
class UnreachedOrganization:
    name: str
    states: frozenset[AddressState]


@dataclass(frozen=True, slots=True)
class CheckSheet:
    seeing: tuple[SeeingOrganization, ...]
    mailed: tuple[MailedAddress, ...]
    unreached: tuple[UnreachedOrganization, ...]

    @property
    def people_count(self) -> int:
        return sum(len(each.people) for each in self.seeing)


def check_sheet(session: Session, page: Page, now: datetime) -> CheckSheet:
    """As it would be if the page's article went public at this moment; staff see everything and aren't counted."""
    found = mailing_list_of(session, page, now)
    names = names_of(session)
    people = _people(session, page_facts(page), found, now)
    order = {organization_id: place for place, organization_id in enumerate(names)}
    return CheckSheet(
        tuple(
            SeeingOrganization(names[of], tuple(people.get(of, ())))
            for of in sorted(found.seeing, key=lambda of: order[of])
        ),
        tuple(
            MailedAddress(names[each.organization_id], each.person_name, each.address, each.is_marked)
            for each in sorted(found.mailed, key=lambda each: order[each.organization_id])
        ),
        tuple(
            UnreachedOrganization(names[each.organization_id], each.states)
            for each in sorted(found.unreached, key=lambda each: order[each.organization_id])
        ),
    )


def _people(session: Session, page: PageFacts, found: MailingList, now: datetime) -> dict[int, list[str]]:
    """Names of the people for whom the page exists, by organization: the same rule as at their own request (R8-6)."""
    columns = (User.organization_id, User.name_kanji, User.contact_role, held_systems().label("held"))
    users = select(*columns).where(User.deleted_at.is_(None), User.staff_role.is_(None)).order_by(User.name_kana)
    seeing: dict[int, list[str]] = {}
    # The organizations are those that see the page: whose people are asked about use its system.
    in_use = frozenset({page.system} if page.system else ())
    for of, name, contact_role, held in session.execute(users, {"now": now}):
        facts = ViewerFacts(
            is_contact_manager=contact_role is not None,
            systems_in_use=in_use,
            held_systems=frozenset(held.split(",")) if held else frozenset(),
        )
        if of in found.seeing and visible_pages(facts, [page]):
            seeing.setdefault(of, []).append(name)
    return seeing
