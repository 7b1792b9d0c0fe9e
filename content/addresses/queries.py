"""Contact addresses as rows: looked up, locked, with the state that follows from each."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from auth.models import Organization, User
from auth.usable_certificates import NO_CERTIFICATE, has_usable_certificate
from base.outbox import RECALLABLE, Mail
from base.sentences import say
from content.addresses.states import AddressFacts, AddressState, address_state
from content.models import ContactAddress

VERIFY_ADDRESS = "verify-address"
NO_CREDENTIALS = say("認証情報を登録した利用者が、この事業者にまだいません。")


def facts_of(row: ContactAddress) -> AddressFacts:
    """An organization that has ended has no address any more (R3-5, D4)."""
    return AddressFacts(
        link_version=row.link_version,
        link_sent_at=row.link_sent_at,
        is_held=row.hold_reason is not None,
        verified_at=row.verified_at,
        removed_at=row.removed_at or row.organization.ended_at,
    )


def state_of(row: ContactAddress, now: datetime) -> AddressState:
    return address_state(facts_of(row), now)


def why_nobody_can_log_in(session: Session, organization_id: int, now: datetime) -> str | None:
    """R7-10: what is missing before a link to this organization can be used; None where nothing is."""
    if not has_usable_certificate(session, organization_id, now):
        return NO_CERTIFICATE
    known = select(User.id).where(User.organization_id == organization_id, User.password_hash.is_not(None))
    return None if session.scalar(select(known.where(User.deleted_at.is_(None)).exists())) else NO_CREDENTIALS


def address_by(session: Session, public_id: str) -> ContactAddress | None:
    with_organization = selectinload(ContactAddress.organization)
    here = select(ContactAddress).where(ContactAddress.public_id == public_id).options(with_organization)
    return session.scalars(here).one_or_none()


def locked_address(session: Session, public_id: str) -> ContactAddress | None:
    """Its queued mails are locked before it: the worker, too, holds a mail before it asks for the address.

    The organization comes before both, so that staff who press at once take turns: else a third one would hold the mail that the
    first has just queued, and wait for the row, while the second holds the row and wants that mail.
    """
    of = select(ContactAddress.organization_id).where(ContactAddress.public_id == public_id)
    lock_organizations(session, session.scalars(of).all())
    address = select(ContactAddress.address_folded).where(ContactAddress.public_id == public_id).scalar_subquery()
    mails = select(Mail.id).where(Mail.address_folded == address, Mail.state.in_(RECALLABLE))
    session.scalars(mails.order_by(Mail.id).with_for_update()).all()
    return locked_row(session, public_id)


def lock_organizations(session: Session, ids: Iterable[int], *, is_skipping: bool = False) -> list[int]:
    """Whoever changes addresses together with their mails; rows that point at the organization go on being written.

    Answers those that are locked; with `is_skipping` what somebody works on at this moment is left out.
    """
    these = select(Organization.id).where(Organization.id.in_(list(ids))).order_by(Organization.id)
    return list(session.scalars(these.with_for_update(key_share=True, skip_locked=is_skipping)))


def locked_row(session: Session, public_id: str) -> ContactAddress | None:
    here = select(ContactAddress).where(ContactAddress.public_id == public_id)
    return session.scalars(here.with_for_update().execution_options(populate_existing=True)).one_or_none()


def addresses_of(session: Session, organization_id: int) -> list[ContactAddress]:
    """What an organization's own contact managers see: all that aren't removed."""
    here = (ContactAddress.organization_id == organization_id, ContactAddress.removed_at.is_(None))
    loaded = (selectinload(ContactAddress.organization), selectinload(ContactAddress.verified_by))
    rows = session.scalars(select(ContactAddress).where(*here).options(*loaded).order_by(ContactAddress.id))
    return list(rows)


def all_addresses(session: Session) -> list[ContactAddress]:
    loaded = (selectinload(ContactAddress.organization), selectinload(ContactAddress.verified_by))
    return list(session.scalars(select(ContactAddress).options(*loaded).order_by(ContactAddress.id)))


def active_organizations(session: Session) -> list[Organization]:
    active = (Organization.is_operator.is_(False), Organization.ended_at.is_(None))
    return list(session.scalars(select(Organization).where(*active).order_by(Organization.name)))


def latest_link_mails(session: Session, rows: Iterable[ContactAddress]) -> dict[str, Mail]:
    """The newest registration mail of each address, by the address's public id."""
    ids = [row.public_id for row in rows]
    mails = session.scalars(select(Mail).where(Mail.kind == VERIFY_ADDRESS, Mail.about.in_(ids)).order_by(Mail.id))
    return {mail.about: mail for mail in mails if mail.about}
