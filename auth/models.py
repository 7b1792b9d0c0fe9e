"""Who is there: organizations, contractors, users, certificates, sessions."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from base.db import Base
from base.identifiers import public_id

STAFF_ROLES = ("reception", "operations", "administrator")
CONTACT_ROLES = ("primary", "deputy")
LOCK_REASONS = ("password", "answer", "dormancy", "staff")


def _within(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class Organization(Base):
    """事業者. The operator itself is one too: staff and their certificates belong to it."""

    __tablename__ = "organization"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    name: Mapped[str] = mapped_column(unique=True)
    is_operator: Mapped[bool] = mapped_column(default=False)
    has_special_approval: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    kinds: Mapped[list["OrganizationKind"]] = relationship(cascade="all, delete-orphan")
    systems: Mapped[list["OrganizationSystem"]] = relationship(cascade="all, delete-orphan")
    contractors: Mapped[list["Contractor"]] = relationship(order_by="Contractor.name")


class OrganizationKind(Base):
    __tablename__ = "organization_kind"
    __table_args__ = (CheckConstraint(_within("kind", ("retailer", "shipper", "producer")), name="kind"),)

    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)


class OrganizationSystem(Base):
    __tablename__ = "organization_system"
    __table_args__ = (CheckConstraint(_within("system", ("TAXIS", "JOHS", "JUJU", "LOACUS", "API")), name="system"),)

    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), primary_key=True)
    system: Mapped[str] = mapped_column(primary_key=True)


class Contractor(Base):
    """委託先事業者: its people are users of the organization that it works for."""

    __tablename__ = "contractor"
    __table_args__ = (UniqueConstraint("organization_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), index=True)
    name: Mapped[str]
    ended_at: Mapped[datetime | None]


class User(Base):
    """システム利用者, staff included (`staff_role`). `login_id_folded` is the ID in ASCII lower case (R5-7)."""

    __tablename__ = "person"
    __table_args__ = (
        CheckConstraint(_within("staff_role", STAFF_ROLES), name="staff_role"),
        CheckConstraint(_within("contact_role", CONTACT_ROLES), name="contact_role"),
        CheckConstraint(_within("lock_reason", LOCK_REASONS), name="lock_reason"),
        CheckConstraint("(locked_at IS NULL) = (lock_reason IS NULL)", name="lock_has_reason"),
        CheckConstraint("wrong_passwords >= 0", name="wrong_passwords"),
        Index(
            "uq_person_primary_contact",
            "organization_id",
            unique=True,
            sqlite_where=text("contact_role = 'primary' AND deleted_at IS NULL"),
            postgresql_where=text("contact_role = 'primary' AND deleted_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), index=True)
    contractor_id: Mapped[int | None] = mapped_column(ForeignKey("contractor.id"))
    name_kanji: Mapped[str]
    name_kana: Mapped[str]
    login_id: Mapped[str]
    login_id_folded: Mapped[str] = mapped_column(unique=True)
    staff_role: Mapped[str | None]
    contact_role: Mapped[str | None]
    language: Mapped[str] = mapped_column(default="ja")
    password_hash: Mapped[str | None]
    password_set_at: Mapped[datetime | None]
    wrong_passwords: Mapped[int] = mapped_column(default=0)
    locked_at: Mapped[datetime | None]
    lock_reason: Mapped[str | None]
    locked_tries_from: Mapped[datetime | None]
    locked_tries: Mapped[int] = mapped_column(default=0)
    last_login_at: Mapped[datetime | None]
    last_login_pc: Mapped[str | None]
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]

    organization: Mapped[Organization] = relationship()
    contractor: Mapped[Contractor | None] = relationship()


class Certificate(Base):
    """One client certificate; `fingerprint` is the SHA-256 of its DER in lower-case hex (R4-4)."""

    __tablename__ = "certificate"
    __table_args__ = (UniqueConstraint("issuer", "serial"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    fingerprint: Mapped[str] = mapped_column(unique=True)
    issuer: Mapped[str]
    serial: Mapped[str]
    subject: Mapped[str]
    not_before: Mapped[datetime]
    not_after: Mapped[datetime]
    pem: Mapped[str]
    revoked_at: Mapped[datetime | None]

    registrations: Mapped[list["CertificateRegistration"]] = relationship(back_populates="certificate")


class CertificateRegistration(Base):
    """A certificate registered for one organization (R4-3); a contractor's PC may serve several (R4-4)."""

    __tablename__ = "certificate_registration"
    __table_args__ = (Index("ix_certificate_registration_organization_id", "organization_id"),)

    certificate_id: Mapped[int] = mapped_column(ForeignKey("certificate.id"), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), primary_key=True)
    pc_name: Mapped[str]
    registered_at: Mapped[datetime]
    suspended_at: Mapped[datetime | None]

    certificate: Mapped[Certificate] = relationship(back_populates="registrations")
    organization: Mapped[Organization] = relationship()


class LoginSession(Base):
    """One login. Belongs to the certificate it began with (R4-6); the cookie holds the id that hashes to `id_hash`."""

    __tablename__ = "login_session"

    id_hash: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    certificate_id: Mapped[int] = mapped_column(ForeignKey("certificate.id"))
    pc_name: Mapped[str]
    begun_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    previous_login_at: Mapped[datetime | None]
    previous_login_pc: Mapped[str | None]
