"""What the database knows about who sees a page and who is mailed, as plain facts for the rules."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from auth.models import Organization, OrganizationSystem
from base.many import given_rows
from content.addresses.states import AddressFacts, address_state
from content.mailing.recipients import KnownAddress, MailingList, mailing_list
from content.models import ContactAddress, Page
from content.visibility import OrganizationFacts, PageFacts


def page_facts(page: Page) -> PageFacts:
    return PageFacts(page.id, page.slug, page.system, page.is_narrowed)


_ADDRESS, _ORGANIZATION = ContactAddress.__table__, Organization.__table__
_KNOWN = (
    select(
        _ADDRESS.c.organization_id,
        _ADDRESS.c.person_name,
        _ADDRESS.c.address,
        _ADDRESS.c.bounced_at.is_not(None),
        _ADDRESS.c.link_version,
        _ADDRESS.c.link_sent_at,
        _ADDRESS.c.hold_reason.is_not(None),
        _ADDRESS.c.verified_at,
        _ORGANIZATION.c.ended_at,
    )
    .join(_ORGANIZATION, _ORGANIZATION.c.id == _ADDRESS.c.organization_id)
    .where(_ADDRESS.c.removed_at.is_(None))
    .order_by(_ADDRESS.c.id)
)


_GIVEN = given_rows(
    "pairs", {"of": _ADDRESS.c.organization_id.type, "folded": _ADDRESS.c.address_folded.type}
).subquery()
_AMONG = _KNOWN.join(
    _GIVEN, (_ADDRESS.c.organization_id == _GIVEN.c.of) & (_ADDRESS.c.address_folded == _GIVEN.c.folded)
)


def known_addresses(session: Session, now: datetime, *which: ColumnElement[bool]) -> list[KnownAddress]:
    """Those that weren't removed, as plain facts: there may be ten thousand."""
    session.flush()
    return _known(session.connection().execute(_KNOWN.where(*which)), now)


def addresses_among(session: Session, mailboxes: Iterable[tuple[int | None, str]], now: datetime) -> list[KnownAddress]:
    """Of these organizations, each with its folded address."""
    session.flush()
    return _known(session.connection().execute(_AMONG, {"pairs": list(mailboxes)}), now)


def _known(rows: Iterable[Sequence[Any]], now: datetime) -> list[KnownAddress]:
    """An organization that has ended has no address any more (R3-5)."""
    return [
        KnownAddress(of, person, address, address_state(AddressFacts(*facts), now), is_marked)
        for of, person, address, is_marked, *facts in rows
    ]


_SYSTEM = OrganizationSystem.__table__
_USED = (
    select(_ORGANIZATION.c.id, _ORGANIZATION.c.ended_at, _SYSTEM.c.system)
    .outerjoin(_SYSTEM, _SYSTEM.c.organization_id == _ORGANIZATION.c.id)
    .where(_ORGANIZATION.c.is_operator.is_(False))
    .order_by(_ORGANIZATION.c.id)
)


def organization_facts(session: Session) -> tuple[OrganizationFacts, ...]:
    """Every organization but the operator, whose own people read as staff."""
    session.flush()
    rows = session.connection().execute(_USED)
    used: dict[int, set[str]] = {}
    active: dict[int, bool] = {}
    for organization_id, ended_at, system in rows:
        active[organization_id] = ended_at is None
        used.setdefault(organization_id, set()).update([system] if system else [])
    return tuple(OrganizationFacts(of, is_active, frozenset(used[of])) for of, is_active in active.items())


def mailing_list_of(session: Session, page: Page, now: datetime) -> MailingList:
    """Who is mailed when something is published on this page at this moment (R7-13)."""
    return mailing_list(page_facts(page), organization_facts(session), known_addresses(session, now))


def names_of(session: Session) -> Mapping[int, str]:
    """Names of organizations by their ids, in the order of the names."""
    pairs = session.execute(select(Organization.id, Organization.name).order_by(Organization.name))
    return dict(pairs.all())
