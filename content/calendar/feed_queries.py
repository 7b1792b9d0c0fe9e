"""Whose calendar a secret opens, and the pages of which it tells (R8-6, R9-8)."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.models import Certificate, CertificateRegistration, Organization
from content.calendar.feed_links import FeedSecret
from content.calendar.models import CalendarFeed
from content.models import Page
from content.reading.viewing import KnownPage
from content.visibility import OrganizationFacts, organizations_that_see


def feed_version(session: Session, organization_id: int) -> int:
    """0 where there is none yet."""
    here = select(CalendarFeed.version).where(CalendarFeed.organization_id == organization_id)
    return session.scalar(here) or 0


def organization_behind(session: Session, secret: FeedSecret) -> OrganizationFacts | None:
    """None for an older secret, and for an organization that has ended."""
    here = select(Organization).where(Organization.public_id == secret.organization, Organization.ended_at.is_(None))
    found = session.scalars(here).one_or_none()
    if found is None or feed_version(session, found.id) != secret.version:
        return None
    return OrganizationFacts(found.id, is_active=True, systems_in_use=frozenset(each.system for each in found.systems))


def system_pages(session: Session, organization: OrganizationFacts) -> tuple[KnownPage, ...]:
    """Of the systems that it uses, narrowed or not: what every one of its people is told of them beside each page (R7-2, R7-7)."""
    rows = session.scalars(select(Page).where(Page.system.is_not(None)).order_by(Page.position))
    pages = [_known(row) for row in rows]
    return tuple(page for page in pages if organizations_that_see(page.facts, [organization]))


def _known(row: Page) -> KnownPage:
    return KnownPage(
        row.id, row.slug, row.name, row.system, row.system_url, row.position, row.is_narrowed, version=row.version
    )


def is_registered_for(session: Session, fingerprint: str, organization_id: int) -> bool:
    """A PC's certificate opens the calendars of the organizations that it serves (R4-4)."""
    here = select(CertificateRegistration.certificate_id).join(
        Certificate, Certificate.id == CertificateRegistration.certificate_id
    )
    here = here.where(
        Certificate.fingerprint == fingerprint,
        CertificateRegistration.organization_id == organization_id,
        CertificateRegistration.suspended_at.is_(None),
    )
    return session.scalar(here) is not None
