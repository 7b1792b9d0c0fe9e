"""The registry of client certificates (R4-3, R4-4): having a certificate is not enough, it must be registered."""

from collections.abc import Mapping
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from auth.ca_queries import cas_of_key
from auth.certificate_facts import CertificateFacts, facts_of, read_certificate
from auth.certificate_rules import registration_refusals
from auth.issuing_cas import IssuingCas
from auth.models import Certificate, CertificateRegistration, Organization, RevokedSerial
from base.actors import Actor
from base.audit import record
from base.refusals import Conflict, Refused
from base.sentences import say

REVOKED = say("この証明書は失効しています。")


def reasons_against(
    session: Session, der: bytes, organization: Organization, cas: IssuingCas, now: datetime
) -> list[str]:
    """Everything against registering it for the organization, by its own facts (R4-2) or by what is registered already."""
    refusals = registration_refusals(der, cas, now)
    if refusals:
        return refusals
    reason = _reason_in_registry(session, facts_of(der), organization, now)
    if reason is None and _is_on_its_list(session, der, cas):
        reason = REVOKED
    return [reason] if reason else []


def _is_on_its_list(session: Session, der: bytes, cas: IssuingCas) -> bool:
    """A12: what its CA has revoked the gate would refuse anyway."""
    certificate, facts = read_certificate(der)
    ca_id = _issuing_ca_id(session, certificate, cas)
    return ca_id is not None and session.get(RevokedSerial, (ca_id, facts.serial)) is not None


def _reason_in_registry(
    session: Session, facts: CertificateFacts, organization: Organization, now: datetime
) -> str | None:
    if organization.ended_at is not None and organization.ended_at <= now:
        return say("この事業者は利用を終了しています。")
    known = _known(session, facts)
    if known is None:
        # A14, A15: one issuer's number stands for one certificate.
        named = (Certificate.issuer == facts.issuer, Certificate.serial == facts.serial)
        is_taken = session.scalar(select(Certificate.id).where(*named)) is not None
        return say("発行者とシリアル番号が同じ、別の証明書が登録されています。") if is_taken else None
    if known.revoked_at is not None:
        return REVOKED
    is_here = session.get(CertificateRegistration, (known.id, organization.id)) is not None
    return say("この証明書は、この事業者にすでに登録されています。") if is_here else None


def _known(session: Session, facts: CertificateFacts) -> Certificate | None:
    return session.scalar(select(Certificate).where(Certificate.fingerprint == facts.fingerprint))


def _certificate_of(session: Session, der: bytes, cas: IssuingCas) -> Certificate:
    read, facts = read_certificate(der)
    if known := _known(session, facts):
        known.issuing_ca_id = known.issuing_ca_id or _issuing_ca_id(session, read, cas)
        return known
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
    _flush(session)
    return certificate


def _issuing_ca_id(session: Session, certificate: x509.Certificate, cas: IssuingCas) -> int | None:
    """By the key that signed it (A15); None where that CA is no row."""
    signer = cas.signer_of(certificate)
    rows = cas_of_key(session, signer) if signer else []
    return rows[0].id if rows else None


def _flush(session: Session) -> None:
    """Of two who register the same at once, the later one is told."""
    try:
        session.flush()
    except IntegrityError as fault:
        raise Conflict(say("この証明書は、いま別の操作で登録されました。もう一度ご確認ください。")) from fault


def _note(
    session: Session,
    action: str,
    registration: CertificateRegistration,
    by: Actor,
    now: datetime,
    before: Mapping[str, object] | None = None,
    **after: object,
) -> None:
    subject, of = f"certificate:{registration.certificate.public_id}", registration.organization_id
    facts = {"pc": registration.pc_name, **after}
    record(session, action, subject, by=by, now=now, before=before, after=facts, organization_id=of)


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
    if reasons := reasons_against(session, der, organization, cas, now):
        raise Refused(" ".join(reasons))
    certificate = _certificate_of(session, der, cas)
    registration = CertificateRegistration(
        certificate_id=certificate.id, organization_id=organization.id, pc_name=pc_name, registered_at=now
    )
    session.add(registration)
    _flush(session)
    _note(session, "certificate.registered", registration, by, now, fingerprint=certificate.fingerprint)
    return registration


def suspend_registration(
    registration: CertificateRegistration, *, session: Session, by: Actor, now: datetime, reason: str = ""
) -> None:
    """At once, for this organization only (R4-5)."""
    if registration.certificate.revoked_at is not None:
        raise Conflict(say("この証明書は、すでに失効しています。"))
    if registration.suspended_at is not None:
        raise Conflict(say("この証明書の利用は、すでに停止されています。"))
    registration.suspended_at, registration.suspend_reason = now, reason
    _note(session, "certificate.suspended", registration, by, now, reason=reason)


def resume_registration(registration: CertificateRegistration, *, session: Session, by: Actor, now: datetime) -> None:
    """Staff alone take a suspension back."""
    if registration.certificate.revoked_at is not None:
        raise Conflict(say("この証明書は、すでに失効しています。"))
    if registration.suspended_at is None:
        raise Conflict(say("この証明書の利用は、停止されていません。"))
    suspended = {"suspended_at": registration.suspended_at, "reason": registration.suspend_reason}
    registration.suspended_at = registration.suspend_reason = None
    _note(session, "certificate.resumed", registration, by, now, suspended)


def revoke_certificate(
    certificate: Certificate, *, session: Session, by: Actor, now: datetime, reason: str = ""
) -> None:
    """For every organization at once, and for good (A11)."""
    if certificate.revoked_at is not None:
        raise Conflict(say("この証明書は、すでに失効しています。"))
    certificate.revoked_at, certificate.revoke_reason = now, reason
    subject, facts = f"certificate:{certificate.public_id}", {"fingerprint": certificate.fingerprint, "reason": reason}
    record(session, "certificate.revoked", subject, by=by, now=now, after=facts)
