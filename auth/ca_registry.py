"""Taking issuing CAs in and ending them: the next one stands beside the old one until its certificates have run out (R4-2)."""

import hashlib
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.ca_queries import ca_with_fingerprint
from auth.ca_rules import ca_refusals
from auth.certificate_facts import read_certificate
from auth.issuing_cas import is_signed_by
from auth.models import Certificate, IssuingCa
from base.actors import Actor
from base.audit import record
from base.refusals import Conflict, Refused
from base.sentences import say


def add_ca(session: Session, der: bytes, *, by: Actor, now: datetime) -> IssuingCa:
    """`Refused` names everything against it. One that was ended is taken up again."""
    if refusals := ca_refusals(der, now):
        raise Refused(" ".join(refusals), field="file")
    known = ca_with_fingerprint(session, hashlib.sha256(der).hexdigest())
    if known is not None:
        return _take_up_again(session, known, by=by, now=now)
    certificate, facts = read_certificate(der)
    row = IssuingCa(
        subject=facts.subject,
        fingerprint=facts.fingerprint,
        pem=certificate.public_bytes(Encoding.PEM).decode("ascii"),
        not_before=facts.not_before,
        not_after=facts.not_after,
        added_at=now,
        added_by_id=by.user_id,
    )
    session.add(row)
    session.flush()
    claimed = _claim_earlier(session, row, certificate)
    facts_kept = {"subject": row.subject, "fingerprint": row.fingerprint, "certificates": claimed}
    record(session, "ca.added", subject_of(row), by=by, now=now, after=facts_kept)
    return row


def _take_up_again(session: Session, row: IssuingCa, *, by: Actor, now: datetime) -> IssuingCa:
    if row.ended_at is None:
        raise Refused(say("この認証局は、すでに登録されています。"), field="file")
    before = {"ended_at": row.ended_at}
    row.ended_at = None
    record(session, "ca.resumed", subject_of(row), by=by, now=now, before=before)
    return row


def _claim_earlier(session: Session, row: IssuingCa, ca: x509.Certificate) -> int:
    """Certificates registered before their CA was a row get to know it, by its key and not by its name (A15)."""
    earlier = select(Certificate).where(Certificate.issuing_ca_id.is_(None), Certificate.issuer == row.subject)
    own = [
        each
        for each in session.scalars(earlier)
        if is_signed_by(x509.load_pem_x509_certificate(each.pem.encode("ascii")), ca)
    ]
    for each in own:
        each.issuing_ca_id = row.id
    return len(own)


def end_ca(session: Session, row: IssuingCa, *, by: Actor, now: datetime) -> None:
    """Nothing of it is registered any more; what is registered stays good until its own end."""
    if row.ended_at is not None:
        raise Conflict(say("この認証局は、すでに終了しています。"))
    row.ended_at = now
    record(session, "ca.ended", subject_of(row), by=by, now=now, after={"subject": row.subject})


def subject_of(row: IssuingCa) -> str:
    return f"ca:{row.public_id}"
