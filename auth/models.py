"""Who is there: organizations, contractors, users, certificates and their CAs, sessions, and who may come from where."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column, relationship

from base.db import Base
from base.identifiers import public_id

STAFF_ROLES = ("reception", "operations", "administrator")
CONTACT_ROLES = ("primary", "deputy")
LOCK_REASONS = ("password", "answer", "dormancy", "staff")
DORMANCY_STAGES = ("warning1", "warning2", "lock", "deletion")
IS_OPEN_PAIR = "used_at IS NULL AND ended_at IS NULL"


def _within(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


def _when_created(context: DefaultExecutionContext) -> datetime:
    created_at: datetime = context.get_current_parameters()["created_at"]  # type: ignore[no-untyped-call] # SQLAlchemy leaves it untyped
    return created_at


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
    """システム利用者, staff included (`staff_role`). `login_id_folded` is the ID in ASCII lower case (R5-7).

    `user_number`: 利用者番号, entered with the completion of the registration (R5-10 ⑥).
    `issued_at`: the day of ④, from which dormancy counts until the first login (R5-40). `reset_sent_at`: of the newest link for
    a forgotten password, None once it is used or dead (R6-7).
    """

    __tablename__ = "person"
    __table_args__ = (
        CheckConstraint(_within("staff_role", STAFF_ROLES), name="staff_role"),
        CheckConstraint(_within("contact_role", CONTACT_ROLES), name="contact_role"),
        CheckConstraint(_within("lock_reason", LOCK_REASONS), name="lock_reason"),
        CheckConstraint("(locked_at IS NULL) = (lock_reason IS NULL)", name="lock_has_reason"),
        Index("ix_person_organization_id_name_kana", "organization_id", "name_kana", "id"),
        Index("ix_person_name_kana", "name_kana", "id"),
        CheckConstraint("wrong_passwords >= 0", name="wrong_passwords"),
        CheckConstraint("wrong_answers >= 0", name="wrong_answers"),
        CheckConstraint("(secret_question IS NULL) = (secret_answer_hash IS NULL)", name="question_has_answer"),
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
    user_number: Mapped[str | None] = mapped_column(unique=True)
    staff_role: Mapped[str | None]
    contact_role: Mapped[str | None]
    language: Mapped[str] = mapped_column(default="ja")
    password_hash: Mapped[str | None]
    password_set_at: Mapped[datetime | None]
    wrong_passwords: Mapped[int] = mapped_column(default=0)
    secret_question: Mapped[str | None]
    secret_answer_hash: Mapped[str | None]
    wrong_answers: Mapped[int] = mapped_column(default=0)
    reset_version: Mapped[int] = mapped_column(default=0)
    reset_sent_at: Mapped[datetime | None]
    locked_at: Mapped[datetime | None]
    lock_reason: Mapped[str | None]
    locked_tries_from: Mapped[datetime | None]
    locked_tries: Mapped[int] = mapped_column(default=0)
    last_login_at: Mapped[datetime | None]
    last_login_pc: Mapped[str | None]
    created_at: Mapped[datetime]
    issued_at: Mapped[datetime] = mapped_column(default=_when_created)
    deleted_at: Mapped[datetime | None]

    organization: Mapped[Organization] = relationship()
    contractor: Mapped[Contractor | None] = relationship()


class IssuingCa(Base):
    """A CA whose client certificates may be registered (R4-2), and what is known of its revocation list (R4-5).

    `list_source` is a file or an http(s) address, empty where the CA's list isn't asked for. `list_number` is the list's own, in hex;
    `list_until` its next update: from then on it is stale. `list_failure` says why the last attempt brought nothing.
    """

    __tablename__ = "issuing_ca"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    subject: Mapped[str]
    fingerprint: Mapped[str] = mapped_column(unique=True)
    pem: Mapped[str]
    not_before: Mapped[datetime]
    not_after: Mapped[datetime]
    added_at: Mapped[datetime]
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    ended_at: Mapped[datetime | None]
    list_source: Mapped[str] = mapped_column(default="")
    list_digest: Mapped[str | None]
    list_number: Mapped[str | None]
    list_from: Mapped[datetime | None]
    list_until: Mapped[datetime | None]
    list_read_at: Mapped[datetime | None]
    list_failure: Mapped[str | None]
    list_failed_at: Mapped[datetime | None]


class RevokedSerial(Base):
    """One line of a CA's revocation list; `serial` in lower-case hex, as in `certificate` (A12)."""

    __tablename__ = "revoked_serial"

    issuing_ca_id: Mapped[int] = mapped_column(ForeignKey("issuing_ca.id"), primary_key=True)
    serial: Mapped[str] = mapped_column(primary_key=True)
    revoked_at: Mapped[datetime]


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
    issuing_ca_id: Mapped[int | None] = mapped_column(ForeignKey("issuing_ca.id"), index=True)
    revoked_at: Mapped[datetime | None]
    revoke_reason: Mapped[str | None]

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
    suspend_reason: Mapped[str | None]

    certificate: Mapped[Certificate] = relationship(back_populates="registrations")
    organization: Mapped[Organization] = relationship()


class CertificateNotice(Base):
    """That an organization was told of a certificate's end so many days before it (R4-5)."""

    __tablename__ = "certificate_notice"

    certificate_id: Mapped[int] = mapped_column(ForeignKey("certificate.id"), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), primary_key=True)
    days_before: Mapped[int] = mapped_column(primary_key=True)
    told_at: Mapped[datetime]


class LoginSession(Base):
    """One login. Belongs to the certificate it began with (R4-6); the cookie holds the id that hashes to `id_hash`."""

    __tablename__ = "login_session"

    id_hash: Mapped[str] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    user_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    certificate_id: Mapped[int] = mapped_column(ForeignKey("certificate.id"))
    pc_name: Mapped[str]
    begun_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    previous_login_at: Mapped[datetime | None]
    previous_login_pc: Mapped[str | None]


class CredentialPair(Base):
    """The two mails of a credential registration (R6-1): the seven days of each count from when it was sent."""

    __tablename__ = "credential_pair"
    __table_args__ = (
        CheckConstraint("wrong_tries >= 0", name="wrong_tries"),
        Index(
            "uq_credential_pair_open",
            "user_id",
            unique=True,
            sqlite_where=text(IS_OPEN_PAIR),
            postgresql_where=text(IS_OPEN_PAIR),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    user_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    hold_reason: Mapped[str | None]
    link_sent_at: Mapped[datetime | None]
    password_sent_at: Mapped[datetime | None]
    wrong_tries: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]

    user: Mapped[User] = relationship(foreign_keys=[user_id])


class DormancyStep(Base):
    """One stage of one dormancy (R5-40): `counted_from` is the last login, or the issue, from which its days were counted."""

    __tablename__ = "dormancy_step"
    __table_args__ = (
        CheckConstraint(_within("stage", DORMANCY_STAGES), name="stage"),
        UniqueConstraint("user_id", "counted_from", "stage"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    counted_from: Mapped[datetime]
    stage: Mapped[str]
    on: Mapped[date] = mapped_column("on_date")
    at: Mapped[datetime]


class AllowedAddress(Base):
    """A static address abroad from which one organization's certificates are served (R2-8); `network` in canonical form."""

    __tablename__ = "allowed_address"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), index=True)
    network: Mapped[str]
    reason: Mapped[str]
    approver: Mapped[str]
    review_on: Mapped[date]
    added_at: Mapped[datetime]
    added_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    confirmed_at: Mapped[datetime | None]
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    organization: Mapped[Organization] = relationship()


class BlockedAccess(Base):
    """Requests that the gate of R2-8 refused, counted by day, address and certificate.

    `fingerprint` is empty where no certificate came; `organization_id` where it tells no single organization.
    """

    __tablename__ = "blocked_access"
    __table_args__ = (UniqueConstraint("day", "address", "fingerprint"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date]
    address: Mapped[str]
    fingerprint: Mapped[str] = mapped_column(default="")
    country: Mapped[str]
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id"), index=True)
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    count: Mapped[int]

    organization: Mapped[Organization | None] = relationship()
