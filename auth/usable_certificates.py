"""Whether anybody of an organization could reach the login at all: what mails with links wait for (R6-1, R7-10)."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.ca_queries import is_listed
from auth.models import Certificate, CertificateRegistration
from base.sentences import say

NO_CERTIFICATE = say("登録済みで有効なクライアント証明書が、この事業者にまだありません。")


def has_usable_certificate(session: Session, organization_id: int, now: datetime) -> bool:
    """Registered for it, not suspended, not revoked by us or by its CA's list, within its dates."""
    of_certificate = CertificateRegistration.certificate_id == Certificate.id
    usable = select(Certificate.id).join(CertificateRegistration, of_certificate)
    usable = usable.where(
        CertificateRegistration.organization_id == organization_id,
        CertificateRegistration.suspended_at.is_(None),
        Certificate.revoked_at.is_(None),
        ~is_listed(),
        Certificate.not_before <= now,
        Certificate.not_after > now,
    )
    return bool(session.scalar(select(usable.exists())))


def is_registered_for(session: Session, certificate_id: int, organization_id: int) -> bool:
    """Whether a presented certificate serves this organization; that it is valid the gate has seen to (R4-4)."""
    registration = session.get(CertificateRegistration, (certificate_id, organization_id))
    return registration is not None and registration.suspended_at is None
