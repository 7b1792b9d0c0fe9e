"""The registry of client certificates (R4-3, R4-4): having a certificate is not enough, it must be registered."""

from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.ca_queries import ca_with_fingerprint
from auth.certificate_facts import read_certificate
from auth.certificate_rules import registration_refusals
from auth.issuing_cas import IssuingCas
from auth.models import Certificate, CertificateRegistration, Organization
from base.actors import Actor
from base.audit import record
from base.refusals import Conflict, Refused


def _certificate_of(session: Session, der: bytes, cas: IssuingCas) -> Certificate:
    read, facts = read_certificate(der)
    known = session.scalar(select(Certificate).where(Certificate.fingerprint == facts.fingerprint))
    if known is not None:
        known.issuing_ca_id = known.issuing_ca_id or _issuing_ca_id(session, read, cas)
        return known
    # A14, A15: one issuer's number stands for one certificate.
    named = (Certificate.issuer == facts.issuer, Certificate.serial == facts.serial)
    if session.scalar(select(Certificate.id).where(*named)) is not None:
        raise Refused("発行者とシリアル番号が同じ、別の証明書が登録されています。")
    certificate = Certificate(
        fingerprint=facts.fingerprint,
        issuer=facts.issuer,
        serial=facts.serial,
        subject=facts.subject,
        not_before=facts.not_before,
        not_after=facts.not_after,
        pem=read.public_bytes(Encoding.PEM).decode("ascii"),
        issuing_ca_id=_issuing_ca_id(session, read, cas),
    )
    session.add(certificate)
    session.flush()
    return certificate


def _issuing_ca_id(session: Session, certificate: x509.Certificate, cas: IssuingCas) -> int | None:
    """By the key that signed it (A15); None where that CA is no row."""
    signer = cas.signer_of(certificate)
    row = signer and ca_with_fingerprint(session, signer.fingerprint(SHA256()).hex())
    return row.id if row else None


def register_certificate(
    session: Session,
    der: bytes,
    organization: Organization,
    pc_name: str,
    cas: IssuingCas,
    *,
    by: Actor,
    now: datetime,
) -> CertificateRegistration:
    """`Refused` names everything against it. The same certificate may serve several organizations (R4-4)."""
    refusals = registration_refusals(der, cas, now)
    if refusals:
        raise Refused(" ".join(refusals))
    certificate = _certificate_of(session, der, cas)
    if certificate.revoked_at is not None:
        raise Refused("この証明書は失効しています。")
    if session.get(CertificateRegistration, (certificate.id, organization.id)) is not None:
        raise Refused("この証明書は、この事業者にすでに登録されています。")
    registration = CertificateRegistration(
        certificate_id=certificate.id, organization_id=organization.id, pc_name=pc_name, registered_at=now
    )
    session.add(registration)
    session.flush()
    facts = {"fingerprint": certificate.fingerprint, "pc": pc_name}
    subject = f"certificate:{certificate.public_id}"
    record(session, "certificate.registered", subject, by=by, now=now, after=facts, organization_id=organization.id)
    return registration


def suspend_registration(registration: CertificateRegistration, *, session: Session, by: Actor, now: datetime) -> None:
    """At once, for this organization only (R4-5)."""
    if registration.suspended_at is not None:
        raise Conflict("この証明書の利用は、すでに停止されています。")
    registration.suspended_at = now
    subject, facts = f"certificate:{registration.certificate.public_id}", {"pc": registration.pc_name}
    organization_id = registration.organization_id
    record(session, "certificate.suspended", subject, by=by, now=now, after=facts, organization_id=organization_id)


def revoke_certificate(certificate: Certificate, *, session: Session, by: Actor, now: datetime) -> None:
    """For every organization at once (A11)."""
    if certificate.revoked_at is not None:
        raise Conflict("この証明書は、すでに失効しています。")
    certificate.revoked_at = now
    subject, facts = f"certificate:{certificate.public_id}", {"fingerprint": certificate.fingerprint}
    record(session, "certificate.revoked", subject, by=by, now=now, after=facts)
