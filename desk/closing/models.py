"""Changes of the operator's calendar: planned, then saved with everything that moved (R5-31, R9-14)."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from auth.models import Organization, User
from base.db import Base
from base.identifiers import public_id


class CalendarChange(Base):
    """Some days, changed together. `saved_at` None: only planned, and nothing has moved. `told_at`: those concerned were mailed."""

    __tablename__ = "calendar_change"
    __table_args__ = (CheckConstraint("told_at IS NULL OR saved_at IS NOT NULL", name="told_of_saved"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    days: Mapped[str]
    planned_at: Mapped[datetime]
    planned_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    saved_at: Mapped[datetime | None] = mapped_column(index=True)
    saved_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    told_at: Mapped[datetime | None]
    told_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    planned_by: Mapped[User] = relationship(foreign_keys=[planned_by_id])
    saved_by: Mapped[User | None] = relationship(foreign_keys=[saved_by_id])
    told_by: Mapped[User | None] = relationship(foreign_keys=[told_by_id])


class CalendarMove(Base):
    """One date that a saved change has moved: of a request, of a certificate, or in the calendar alone (no organization)."""

    __tablename__ = "calendar_move"
    __table_args__ = (Index("ix_calendar_move_change_id_organization_id", "change_id", "organization_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    change_id: Mapped[int] = mapped_column(ForeignKey("calendar_change.id"))
    kind: Mapped[str]
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id"))
    request_id: Mapped[int | None] = mapped_column(ForeignKey("rights_request.id"))
    certificate_id: Mapped[int | None] = mapped_column(ForeignKey("certificate.id"))
    about: Mapped[str]
    before_day: Mapped[date]
    after_day: Mapped[date]

    organization: Mapped[Organization | None] = relationship()
