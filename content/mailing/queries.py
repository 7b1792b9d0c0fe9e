"""What the database knows about who sees a page and who is mailed, as plain facts for the rules."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.models import Organization, OrganizationSystem
from content.addresses.queries import all_addresses, state_of
from content.mailing.recipients import KnownAddress, MailingList, mailing_list
from content.models import ContactAddress, Page
from content.visibility import OrganizationFacts, PageFacts


def page_facts(page: Page) -> PageFacts:
    return PageFacts(page.id, page.slug, page.system, page.is_narrowed)


def known_address(row: ContactAddress, now: datetime) -> KnownAddress:
    is_marked = row.bounced_at is not None
    return KnownAddress(row.organization_id, row.person_name, row.address, state_of(row, now), is_marked)


def organization_facts(session: Session) -> tuple[OrganizationFacts, ...]:
    """Every organization but the operator, whose own people read as staff."""
    rows = session.execute(
        select(Organization.id, Organization.ended_at, OrganizationSystem.system)
        .outerjoin(OrganizationSystem, OrganizationSystem.organization_id == Organization.id)
        .where(Organization.is_operator.is_(False))
        .order_by(Organization.id)
    )
    used: dict[int, set[str]] = {}
    active: dict[int, bool] = {}
    for organization_id, ended_at, system in rows:
        active[organization_id] = ended_at is None
        used.setdefault(organization_id, set()).update([system] if system else [])
    return tuple(OrganizationFacts(of, is_active, frozenset(used[of])) for of, is_active in active.items())


def mailing_list_of(session: Session, page: Page, now: datetime) -> MailingList:
    """Who is mailed when something is published on this page at this moment (R7-13)."""
    return mailing_list(
        page_facts(page), organization_facts(session), [known_address(row, now) for row in all_addresses(session)]
    )


def names_of(session: Session) -> Mapping[int, str]:
    """Names of organizations by their ids, in the order of the names."""
    pairs = session.execute(select(Organization.id, Organization.name).order_by(Organization.name))
    return dict(pairs.all())
