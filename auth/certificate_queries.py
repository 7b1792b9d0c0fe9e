"""Registered certificates as rows: looked up, locked, searched; each line is one certificate for one organization."""

import re
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, contains_eager, selectinload

from auth.ca_queries import is_listed
from auth.certificate_states import CertificateState, Registered, watched_until
from auth.models import (
    Certificate,
    CertificateRegistration,
    IssuingCa,
    LoginSession,
    Organization,
    RevokedSerial,
    User,
)

USABLE = (CertificateState.VALID, CertificateState.EXPIRING)
MOST_LOGINS = 10
_HEX = re.compile("[0-9a-f]{4,}")  # shorter ones stand in nearly every fingerprint


def registered(row: CertificateRegistration, listed_at: datetime | None = None) -> Registered:
    """`listed_at`: since when its CA's revocation list names it (A12)."""
    of, revoked_at = row.certificate, row.certificate.revoked_at or listed_at
    return Registered(row.pc_name, of.not_before, of.not_after, row.registered_at, row.suspended_at, revoked_at)


def certificate_by(session: Session, public_id: str) -> Certificate | None:
    loaded = selectinload(Certificate.registrations).selectinload(CertificateRegistration.organization)
    return session.scalars(select(Certificate).where(Certificate.public_id == public_id).options(loaded)).one_or_none()


def locked_certificate(session: Session, public_id: str) -> Certificate | None:
    """Whatever happens to a certificate or its registrations happens to one after the other."""
    here = select(Certificate).where(Certificate.public_id == public_id).with_for_update()
    row = session.scalars(here.execution_options(populate_existing=True)).one_or_none()
    return certificate_by(session, public_id) if row else None


def registration_of(certificate: Certificate | None, organization_id: int) -> CertificateRegistration | None:
    """R8-4: an organization's own line, whatever other organizations the PC serves."""
    lines = certificate.registrations if certificate else []
    return next((line for line in lines if line.organization_id == organization_id), None)


def every_registration() -> Select[CertificateRegistration]:
    lines = select(CertificateRegistration).join(CertificateRegistration.certificate)
    return lines.join(CertificateRegistration.organization)


def in_order(lines: Select[CertificateRegistration]) -> Select[CertificateRegistration]:
    """As they stand in lists, with all that a line shows."""
    certificate = contains_eager(CertificateRegistration.certificate).defer(Certificate.pem)
    loaded = (certificate, contains_eager(CertificateRegistration.organization))
    order = (Organization.name, CertificateRegistration.pc_name, Certificate.not_after, Certificate.id)
    return lines.options(*loaded).order_by(*order)


def registrations_of(session: Session, organization_id: int) -> list[CertificateRegistration]:
    own = CertificateRegistration.organization_id == organization_id
    return list(session.scalars(in_order(every_registration().where(own))))


def _is_listed() -> ColumnElement[bool]:
    """A certificate registered before its CA was a row goes by that CA's name."""
    by_name = and_(Certificate.issuing_ca_id.is_(None), IssuingCa.subject == Certificate.issuer)
    its_ca = or_(IssuingCa.id == Certificate.issuing_ca_id, by_name)
    return and_(its_ca, RevokedSerial.issuing_ca_id == IssuingCa.id, RevokedSerial.serial == Certificate.serial)


def listed_among(session: Session, rows: Iterable[CertificateRegistration]) -> dict[int, datetime]:
    """Which of their certificates are in their CAs' revocation lists, since when; by the certificate's id (A12)."""
    ids = {row.certificate_id for row in rows}
    listed = select(Certificate.id, func.min(RevokedSerial.revoked_at)).where(_is_listed()).group_by(Certificate.id)
    # A long list of ids is no condition for a database: the lists hold few of our certificates.
    return {of: at for of, at in session.execute(listed) if of in ids}


def in_state(state: CertificateState, now: datetime) -> ColumnElement[bool]:
    """The same as `state_of`, asked of the database; `VALID` holds what ends soon too."""
    until, is_revoked = Certificate.not_after, or_(Certificate.revoked_at.is_not(None), is_listed())
    is_suspended = CertificateRegistration.suspended_at.is_not(None)
    usable = and_(~is_revoked, ~is_suspended, until > now, Certificate.not_before <= now)
    conditions = {
        CertificateState.REVOKED: is_revoked,
        CertificateState.EXPIRED: and_(~is_revoked, until <= now),
        CertificateState.SUSPENDED: and_(~is_revoked, until > now, is_suspended),
        CertificateState.NOT_YET: and_(~is_revoked, ~is_suspended, until > now, Certificate.not_before > now),
        CertificateState.EXPIRING: and_(usable, until <= watched_until(now)),
        CertificateState.VALID: usable,
    }
    return conditions[state]


def has_words(words: str) -> ColumnElement[bool]:
    """In any name, or in a number however it is grouped (R4-4)."""
    texts = (Organization.name, CertificateRegistration.pc_name, Certificate.subject, Certificate.issuer)
    number = _HEX.fullmatch("".join(words.split()).replace(":", "").casefold())
    digits = number[0].lstrip("0") if number else ""
    numbers = (Certificate.fingerprint.contains(number[0]), Certificate.serial.contains(digits)) if number else ()
    return or_(*(text.icontains(words, autoescape=True) for text in texts), *numbers)


def of_active_organizations(lines: Select[CertificateRegistration]) -> Select[CertificateRegistration]:
    return lines.where(Organization.ended_at.is_(None))


def beside_ending(lines: Select[CertificateRegistration], now: datetime) -> Select[CertificateRegistration]:
    """Those of organizations where the end of one is near: what ends, and whatever may go on in its place."""
    ending = every_registration().where(in_state(CertificateState.EXPIRING, now))
    organizations = ending.with_only_columns(CertificateRegistration.organization_id)
    return lines.where(CertificateRegistration.organization_id.in_(organizations))


def organizations_to_choose(session: Session) -> list[Organization]:
    """The operator too: staff's PCs are registered for it (R4-4)."""
    active = select(Organization).where(Organization.ended_at.is_(None))
    return list(session.scalars(active.order_by(Organization.is_operator.desc(), Organization.name)))


def latest_logins(
    session: Session, certificate_id: int, organization_id: int | None = None
) -> list[tuple[LoginSession, User]]:
    """Who logged in with it last; an organization sees its own people alone (R8-4)."""
    rows = select(LoginSession, User).join(User, User.id == LoginSession.user_id)
    rows = rows.where(LoginSession.certificate_id == certificate_id)
    if organization_id is not None:
        rows = rows.where(User.organization_id == organization_id)
    newest = rows.order_by(LoginSession.begun_at.desc()).limit(MOST_LOGINS)
    return [(row[0], row[1]) for row in session.execute(newest.options(selectinload(User.organization)))]


def known_fingerprints(session: Session, fingerprints: Iterable[str]) -> dict[str, Certificate]:
    loaded = selectinload(Certificate.registrations).selectinload(CertificateRegistration.organization)
    here = select(Certificate).where(Certificate.fingerprint.in_(list(fingerprints))).options(loaded)
    return {row.fingerprint: row for row in session.scalars(here)}
