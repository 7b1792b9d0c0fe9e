"""Who may use what: rights in time, and the requests that bring them."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from auth.models import Contractor, Organization, User
from base.db import Base
from base.identifiers import public_id

IS_OPEN = "state IN ('entered', 'accepted')"
IS_TO_ORDER = f"ordered_at IS NULL AND {IS_OPEN}"


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
    """申請: a contact manager's order for one person. At most one is open for an ID (R5-17).

    `taxis` to `loacus`: the rights as they shall be. What that changes, and how far it is, stands in the parts, one for each system
    asked for. `ordered_at`: carried out by the run of M, ③ and ④ (R5-10). `account_result_at`: the authentication system has answered;
    ⑥, `registered_at`, is due on the next business day. `follows_id`: a removal that takes effect when the rights of that other
    request do (R5-21).
    """

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
        Index("ix_rights_request_organization_id_state", "organization_id", "state"),
        Index("ix_rights_request_state_entered_at", "state", "entered_at"),
        Index(
            "ix_rights_request_due",
            "processing_date",
            "id",
            sqlite_where=text(IS_TO_ORDER),
            postgresql_where=text(IS_TO_ORDER),
        ),
        Index("ix_rights_request_state_name_kana", "state", "name_kana"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    number: Mapped[str]
    kind: Mapped[str]
    state: Mapped[str]
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    contractor_id: Mapped[int | None] = mapped_column(ForeignKey("contractor.id"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    name_kanji: Mapped[str]
    name_kana: Mapped[str] = mapped_column(index=True)
    login_id: Mapped[str]
    login_id_folded: Mapped[str]
    taxis: Mapped[str | None]
    johs: Mapped[str | None]
    juju: Mapped[str | None]
    loacus: Mapped[str | None]
    memo: Mapped[str] = mapped_column(default="")
    entered_at: Mapped[datetime] = mapped_column(index=True)
    entered_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    accepted_at: Mapped[datetime | None]
    accepted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    processing_date: Mapped[date | None] = mapped_column(index=True)
    ordered_at: Mapped[datetime | None]
    account_result_at: Mapped[datetime | None]
    registered_at: Mapped[datetime | None]
    registered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    follows_id: Mapped[int | None] = mapped_column(ForeignKey("rights_request.id"), index=True)
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    cancel_reason: Mapped[str | None]
    phoned_to: Mapped[str | None]
    phoned_at: Mapped[datetime | None]

    organization: Mapped[Organization] = relationship()
    contractor: Mapped[Contractor | None] = relationship()
    person: Mapped[User | None] = relationship(foreign_keys=[user_id])
    entered_by: Mapped[User] = relationship(foreign_keys=[entered_by_id])
    accepted_by: Mapped[User | None] = relationship(foreign_keys=[accepted_by_id])
    registered_by: Mapped[User | None] = relationship(foreign_keys=[registered_by_id])
    ended_by: Mapped[User | None] = relationship(foreign_keys=[ended_by_id])
    parts: Mapped[list["RequestPart"]] = relationship(back_populates="request", order_by="RequestPart.system")


class RequestPart(Base):
    """One system that a request asks for; `code` None takes the right away (R5-12).

    `held_code`: what was held at the entry. `result_at`: the system's operators answered; completion is due on the next business
    day. `done_at`: 「済」, from `effect_at` on in use. `withdrawn_at`: taken back before M (R5-17).
    """

    __tablename__ = "request_part"
    __table_args__ = (
        CheckConstraint("system IN ('TAXIS', 'JOHS', 'JUJU', 'LOACUS')", name="system"),
        CheckConstraint("code IS NOT NULL OR held_code IS NOT NULL", name="asks_something"),
        CheckConstraint("(done_at IS NULL) = (effect_at IS NULL)", name="done_takes_effect"),
        CheckConstraint("done_at IS NULL OR withdrawn_at IS NULL", name="done_or_withdrawn"),
    )

    request_id: Mapped[int] = mapped_column(ForeignKey("rights_request.id"), primary_key=True)
    system: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str | None]
    held_code: Mapped[str | None]
    result_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    effect_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]

    request: Mapped[RightsRequest] = relationship(back_populates="parts")


class RequestText(Base):
    """What a request is found by, folded (`request_index`). Apart from the request itself, whose every step would index it anew."""

    __tablename__ = "request_text"

    request_id: Mapped[int] = mapped_column(ForeignKey("rights_request.id"), primary_key=True, autoincrement=False)
    text: Mapped[str]


class RequestDraft(Base):
    """What a contact manager has typed and not sent; his organization's contact managers see it (R8-4)."""

    __tablename__ = "request_draft"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), index=True)
    kind: Mapped[str]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    fields: Mapped[str]
    saved_at: Mapped[datetime]
    saved_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))

    saved_by: Mapped[User] = relationship(foreign_keys=[saved_by_id])


class ProcessingDay(Base):
    """What was said of one M beyond the rule: delayed by staff, with new dates (R5-10). Without a row the rule holds."""

    __tablename__ = "processing_day"
    __table_args__ = (CheckConstraint("juju_loacus_from >= taxis_johs_from", name="order"),)

    processing_date: Mapped[date] = mapped_column(primary_key=True)
    taxis_johs_from: Mapped[date]
    juju_loacus_from: Mapped[date]
    reason: Mapped[str]
    delayed_at: Mapped[datetime]
    delayed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))


class JNoteId(Base):
    """An ID in use in the neighbouring system J-note: nobody here can have it (R5-7)."""

    __tablename__ = "jnote_id"

    login_id_folded: Mapped[str] = mapped_column(primary_key=True)
    imported_at: Mapped[datetime]
