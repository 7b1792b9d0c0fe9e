"""The allow-list of R2-8 as rows."""

from collections.abc import Sequence
from ipaddress import ip_network

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from auth.models import AllowedAddress, Certificate, CertificateRegistration, Organization
from auth.network_rules import WIDEST
from auth.origin_rules import Address

IN_EFFECT = AllowedAddress.ended_at.is_(None)


def networks_around(address: Address) -> list[str]:
    """Every network that an entry holding the address may be, in the form in which entries are kept."""
    lengths = range(WIDEST[address.version], address.max_prefixlen + 1)
    return [str(ip_network((address, length), strict=False)) for length in lengths]


def organizations_allowed_at(session: Session, address: Address) -> frozenset[int]:
    """Whose static address it is; those that have ended have none."""
    found = select(AllowedAddress.organization_id).join(AllowedAddress.organization)
    here = (AllowedAddress.network.in_(networks_around(address)), IN_EFFECT, Organization.ended_at.is_(None))
    return frozenset(session.scalars(found.where(*here)))


def organizations_of(session: Session, fingerprint: str) -> frozenset[int]:
    """For which the certificate is registered, suspended or not: the registry has its own words for that."""
    of = CertificateRegistration.organization_id
    found = select(of).join(Certificate, Certificate.id == CertificateRegistration.certificate_id)
    return frozenset(session.scalars(found.where(Certificate.fingerprint == fingerprint)))


def _entries() -> Select[AllowedAddress]:
    return select(AllowedAddress).options(joinedload(AllowedAddress.organization))


def entries_in_effect(session: Session) -> Sequence[AllowedAddress]:
    return session.scalars(_entries().where(IN_EFFECT)).all()


def all_entries(session: Session) -> Sequence[AllowedAddress]:
    return session.scalars(_entries().order_by(AllowedAddress.id)).all()


def entry_by(session: Session, public_id: str) -> AllowedAddress | None:
    return session.scalars(_entries().where(AllowedAddress.public_id == public_id)).one_or_none()


def locked_entry(session: Session, public_id: str) -> AllowedAddress | None:
    here = select(AllowedAddress).where(AllowedAddress.public_id == public_id)
    return session.scalars(here.with_for_update()).one_or_none()
