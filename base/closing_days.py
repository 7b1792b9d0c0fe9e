from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session, mapped_column

from base.business_days import DEFAULT_YEARLY_CLOSING, BusinessCalendar
from base.db import Base


class ClosingDay(Base):
    """A day on which the operator is closed beyond weekends, holidays and the yearly days (R5-31)."""

    __tablename__ = "closing_day"

    day: Mapped[date] = mapped_column(primary_key=True)
    name: Mapped[str]


def business_calendar(session: Session) -> BusinessCalendar:
    return BusinessCalendar(frozenset(session.scalars(select(ClosingDay.day))), DEFAULT_YEARLY_CLOSING)
