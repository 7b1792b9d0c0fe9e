from datetime import date, datetime

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from base.business_days import DEFAULT_YEARLY_CLOSING, BusinessCalendar
from base.db import Base


class ClosingDay(Base):
    """A day on which the operator is closed beyond weekends, holidays and the yearly days (R5-31)."""

    __tablename__ = "closing_day"

    day: Mapped[date] = mapped_column(primary_key=True)
    name: Mapped[str]
    added_at: Mapped[datetime | None]
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class OpenDay(Base):
    """A yearly closing day on which the operator works that year (R5-31)."""

    __tablename__ = "open_day"

    day: Mapped[date] = mapped_column(primary_key=True)
    added_at: Mapped[datetime]
    added_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))


class ConfirmedYear(Base):
    """A year whose closing days staff have confirmed: dates beyond the last one are provisional (R5-31)."""

    __tablename__ = "confirmed_year"

    year: Mapped[int] = mapped_column(primary_key=True)
    confirmed_at: Mapped[datetime]
    confirmed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))


def business_calendar(session: Session) -> BusinessCalendar:
    return BusinessCalendar(
        frozenset(session.scalars(select(ClosingDay.day))),
        DEFAULT_YEARLY_CLOSING,
        frozenset(session.scalars(select(OpenDay.day))),
    )
