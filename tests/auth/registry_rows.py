"""Registered certificates for the tests of the registry's screens and mails."""

from datetime import datetime, timedelta

from cryptography import x509
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.models import Certificate, CertificateRegistration, Organization
from base.audit import AuditEntry
from base.db import db, transaction
from demo.authority import Issued
from tests import make
from tests.certificates import ISSUED_AT, NOW, authority

HIGASHI, NISHI = "ひがしガス株式会社", "にしガス株式会社"


def issued_until(end: datetime, name: str = "pc", subject: x509.Name | None = None) -> Issued:
    return authority().issue_client(name, not_before=ISSUED_AT, not_after=end, subject=subject)


def ending_in(days: int, seconds: int = 0) -> datetime:
    return NOW + timedelta(days=days, seconds=seconds)


def organization(session: Session, name: str) -> Organization:
    return session.scalars(select(Organization).where(Organization.name == name)).one()


def public_id_of(app: Flask, name: str) -> str:
    with app.app_context():
        return organization(db.session(), name).public_id


def registered(
    app: Flask, *names: str, pc_name: str = "PC-77", end: datetime | None = None, at: datetime = NOW, **facts: object
) -> str:
    """The public id of a certificate that is registered for these organizations."""
    with app.app_context(), transaction() as session:
        issued = issued_until(end or ending_in(300), **facts)  # type: ignore[arg-type] # each by its name
        rows = [make.registration(session, organization(session, name), issued, pc_name, at) for name in names]
        return rows[0].certificate.public_id


def the_certificate(app: Flask, public_id: str) -> Certificate:
    with app.app_context():
        return db.session.scalars(select(Certificate).where(Certificate.public_id == public_id)).one()


def lines_of(app: Flask, public_id: str) -> dict[str, CertificateRegistration]:
    """By the organization's name."""
    with app.app_context():
        rows = select(CertificateRegistration, Organization.name).join(CertificateRegistration.organization)
        here = rows.join(CertificateRegistration.certificate).where(Certificate.public_id == public_id)
        return {name: row for row, name in db.session.execute(here).all()}


def trail(app: Flask, action: str) -> list[AuditEntry]:
    with app.app_context():
        return list(db.session.scalars(select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.id)))
