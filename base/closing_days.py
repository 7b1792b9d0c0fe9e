from datetime import date, datetime

from sqlalchemy import ForeignKey, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from base.business_days import DEFAULT_YEARLY_CLOSING, BusinessCalendar, holidays_known_through
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


def confirmed_through(session: Session, today: date) -> date:
    """Dates after this day are provisional (R5-31). Until staff have confirmed a year for the first time, what is known of public holidays has to do."""
    year = last_confirmed_year(session)
    return date(year, 12, 31) if year else holidays_known_through(today)


def last_confirmed_year(session: Session) -> int | None:
    return session.scalar(select(func.max(ConfirmedYear.year)))
