"""Whether anybody of an organization could reach the login at all: what mails with links wait for (R6-1, R7-10)."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.ca_queries import is_listed
from auth.models import Certificate, CertificateRegistration
from base.sentences import say

NO_CERTIFICATE = say("登録済みで有効なクライアント証明書が、この事業者にまだありません。")


def has_usable_certificate(session: Session, organization_id: int, now: datetime) -> bool:
    """Registered for it, not suspended, not revoked by us or by its CA's list, within its dates."""
    return bool(with_usable_certificate(session, [organization_id], now))


def with_usable_certificate(session: Session, organization_ids: Collection[int], now: datetime) -> set[int]:
    """Those of the organizations that have one."""
    of_certificate = CertificateRegistration.certificate_id == Certificate.id
    usable = select(CertificateRegistration.organization_id).join(Certificate, of_certificate).distinct()
    usable = usable.where(
        CertificateRegistration.organization_id.in_(organization_ids),
        CertificateRegistration.suspended_at.is_(None),
        Certificate.revoked_at.is_(None),
        ~is_listed(),
        Certificate.not_before <= now,
        Certificate.not_after > now,
    )
    return set(session.scalars(usable))


def is_registered_for(session: Session, certificate_id: int, organization_id: int) -> bool:
    """Whether a presented certificate serves this organization; that it is valid the gate has seen to (R4-4)."""
    registration = session.get(CertificateRegistration, (certificate_id, organization_id))
    return registration is not None and registration.suspended_at is None
