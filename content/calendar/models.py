"""Hours of the systems, and each organization's calendar feed."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from auth.models import User
from base.db import Base

IN_FORCE = text("taken_back_at IS NULL")


class SystemHours(Base):
    """Daily hours of a system from a day on, until a later row begins: minutes from 00:00 JST, 24:00 is 1440 (R2-1).

    A change that was taken back before its day stays, so that calendars which know it learn that it is off (R9-8).
    """

    __tablename__ = "system_hours"
    __table_args__ = (
        Index(
            "uq_system_hours_in_force",
            "system",
            "from_day",
            unique=True,
            sqlite_where=IN_FORCE,
            postgresql_where=IN_FORCE,
        ),
        CheckConstraint("(taken_back_at IS NULL) = (taken_back_by_id IS NULL)", name="taken_back_by_somebody"),
        CheckConstraint("system IN ('TAXIS', 'JOHS', 'JUJU', 'LOACUS')", name="system"),
        CheckConstraint("0 <= opens_minute AND opens_minute < closes_minute AND closes_minute <= 1440", name="order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    system: Mapped[str]
    from_day: Mapped[date]
    opens_minute: Mapped[int]
    closes_minute: Mapped[int]
    entered_at: Mapped[datetime | None]
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    taken_back_at: Mapped[datetime | None]
    taken_back_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    entered_by: Mapped[User | None] = relationship(foreign_keys=[entered_by_id])


class CalendarFeed(Base):
    """The secret address of an organization's `.ics` (R9-8): made from `version`, so a renewal ends the older ones."""

    __tablename__ = "calendar_feed"
    __table_args__ = (CheckConstraint("version >= 1", name="version"),)

    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    renewed_at: Mapped[datetime]
    renewed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
