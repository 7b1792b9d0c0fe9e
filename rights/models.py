"""Who may use what: rights in time, and the requests that bring them."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from auth.models import Contractor, Organization, User
from base.db import Base
from base.identifiers import public_id

IS_OPEN = "state IN ('entered', 'accepted')"


class HeldRight(Base):
    """One code held from `from_at` until `until_at` (00:00 JST as UTC); a change closes a row and opens another."""

    __tablename__ = "held_right"
    __table_args__ = (
        CheckConstraint("system IN ('TAXIS', 'JOHS', 'JUJU', 'LOACUS')", name="system"),
        CheckConstraint("until_at IS NULL OR until_at >= from_at", name="order"),
        Index("ix_held_right_user_id_system", "user_id", "system"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    system: Mapped[str]
    code: Mapped[str]
    from_at: Mapped[datetime]
    until_at: Mapped[datetime | None]
    request_id: Mapped[int | None] = mapped_column(ForeignKey("rights_request.id"))


class RightsRequest(Base):
    """申請: a contact manager's order for one person. At most one is open for an ID (R5-17)."""

    __tablename__ = "rights_request"
    __table_args__ = (
        CheckConstraint("kind IN ('new', 'change', 'removal')", name="kind"),
        CheckConstraint("state IN ('entered', 'accepted', 'cancelled', 'withdrawn', 'completed')", name="state"),
        CheckConstraint("(state = 'cancelled') = (cancel_reason IS NOT NULL)", name="cancelled_has_reason"),
        UniqueConstraint("organization_id", "number"),
        Index(
            "uq_rights_request_open",
            "login_id_folded",
            unique=True,
            sqlite_where=text(IS_OPEN),
            postgresql_where=text(IS_OPEN),
        ),
        Index("ix_rights_request_organization_id_entered_at", "organization_id", "entered_at"),
        Index("ix_rights_request_state_entered_at", "state", "entered_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    number: Mapped[str]
    kind: Mapped[str]
    state: Mapped[str]
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    contractor_id: Mapped[int | None] = mapped_column(ForeignKey("contractor.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    name_kanji: Mapped[str]
    name_kana: Mapped[str]
    login_id: Mapped[str]
    login_id_folded: Mapped[str]
    taxis: Mapped[str | None]
    johs: Mapped[str | None]
    juju: Mapped[str | None]
    loacus: Mapped[str | None]
    memo: Mapped[str] = mapped_column(default="")
    entered_at: Mapped[datetime]
    entered_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    accepted_at: Mapped[datetime | None]
    accepted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    processing_date: Mapped[date | None]
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    cancel_reason: Mapped[str | None]
    phoned_to: Mapped[str | None]
    phoned_at: Mapped[datetime | None]

    organization: Mapped[Organization] = relationship()
    contractor: Mapped[Contractor | None] = relationship()
    entered_by: Mapped[User] = relationship(foreign_keys=[entered_by_id])
    accepted_by: Mapped[User | None] = relationship(foreign_keys=[accepted_by_id])
    ended_by: Mapped[User | None] = relationship(foreign_keys=[ended_by_id])
