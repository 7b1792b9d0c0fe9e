"""The issuing CAs as rows: which may be registered from, what each has issued, how its revocation list stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from auth.issuing_cas import IssuingCas
from auth.models import Certificate, IssuingCa, RevokedSerial


@dataclass(frozen=True, slots=True)
class CaCounts:
    """`certificates`: that this CA has signed, in the registry; `listed`: lines of its revocation list."""

    certificates: int = 0
    listed: int = 0


def issuing_cas(session: Session) -> IssuingCas:
    """From whom certificates may be registered now (R4-2): those that nobody has ended."""
    pems = session.scalars(select(IssuingCa.pem).where(IssuingCa.ended_at.is_(None)).order_by(IssuingCa.id))
    return IssuingCas(tuple(x509.load_pem_x509_certificate(pem.encode("ascii")) for pem in pems))


def known_cas(session: Session) -> Sequence[IssuingCa]:
    """Those in use first, the newest first."""
    order = (IssuingCa.ended_at.is_not(None), IssuingCa.added_at.desc(), IssuingCa.id.desc())
    return session.scalars(select(IssuingCa).order_by(*order)).all()


def cas_with_lists(session: Session) -> Sequence[IssuingCa]:
    """Whose revocation lists are asked for."""
    return session.scalars(select(IssuingCa).where(IssuingCa.list_source != "").order_by(IssuingCa.id)).all()


def is_listed() -> ColumnElement[bool]:
    """Does its CA's revocation list name the certificate (A12)? One registered before its CA was a row goes by the name."""
    is_unclaimed = and_(Certificate.issuing_ca_id.is_(None), IssuingCa.subject == Certificate.issuer)
    line = exists().where(RevokedSerial.issuing_ca_id == IssuingCa.id, RevokedSerial.serial == Certificate.serial)
    its_ca = or_(IssuingCa.id == Certificate.issuing_ca_id, is_unclaimed)
    return exists().where(its_ca, line.correlate(IssuingCa, Certificate)).correlate(Certificate)


def ca_by(session: Session, public_id: str) -> IssuingCa | None:
    return session.scalars(_by(public_id)).one_or_none()


def locked_ca(session: Session, public_id: str) -> IssuingCa | None:
    return session.scalars(_by(public_id).with_for_update()).one_or_none()


def _by(public_id: str) -> Select[IssuingCa]:
    return select(IssuingCa).where(IssuingCa.public_id == public_id)


def ca_with_fingerprint(session: Session, fingerprint: str) -> IssuingCa | None:
    return session.scalars(select(IssuingCa).where(IssuingCa.fingerprint == fingerprint)).one_or_none()


def cas_of_key(session: Session, ca: x509.Certificate) -> list[IssuingCa]:
    """A CA that renewed its certificate and kept its key stands in several rows; that whose list is asked for comes first."""
    named = select(IssuingCa).where(IssuingCa.subject == ca.subject.rfc4514_string())
    rows = session.scalars(named.order_by(IssuingCa.list_source == "", IssuingCa.id)).all()
    key = ca.public_key()
    return [row for row in rows if x509.load_pem_x509_certificate(row.pem.encode("ascii")).public_key() == key]


def counts_of(session: Session) -> dict[int, CaCounts]:
    """For each CA's id."""
    of_certificates = select(Certificate.issuing_ca_id, func.count()).group_by(Certificate.issuing_ca_id)
    of_lines = select(RevokedSerial.issuing_ca_id, func.count()).group_by(RevokedSerial.issuing_ca_id)
    issued, listed = (dict(session.execute(each).all()) for each in (of_certificates, of_lines))
    return {ca: CaCounts(issued.get(ca, 0), listed.get(ca, 0)) for ca in session.scalars(select(IssuingCa.id))}


def cas_to_trust(session: Session, now: datetime) -> Sequence[IssuingCa]:
    """For the TLS side: those in use, and those that have ended while certificates of theirs are still good."""
    still_good = select(Certificate.issuing_ca_id).where(Certificate.not_after > now)
    wanted = or_(IssuingCa.ended_at.is_(None), IssuingCa.id.in_(still_good))
    return session.scalars(select(IssuingCa).where(wanted).order_by(IssuingCa.id)).all()
