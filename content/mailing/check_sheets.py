"""The check sheet before publishing: who will see it, who will be mailed, whom no mail reaches (R7-4, R9-2)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from content.addresses.states import AddressState
from content.mailing.queries import mailing_list_of, names_of, page_facts
from content.mailing.seeing_people import people_seeing
from content.models import Page


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
    people = people_seeing(session, page_facts(page), found.seeing, now)
    order = {organization_id: place for place, organization_id in enumerate(names)}
    return CheckSheet(
        tuple(
            SeeingOrganization(names[of], tuple(each.name for each in people.get(of, ())))
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
