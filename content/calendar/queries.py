"""Reads what stands in the calendar: stops and hours of systems, the operator's days (R9-8)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from base.business_days import BusinessCalendar
from base.closing_days import ClosingDay, business_calendar, confirmed_through
from base.jst import start_of
from content.calendar.models import SystemHours
from content.models import SystemStop

MOST_STOPS = 1000


@dataclass(frozen=True, slots=True)
class OperatorDays:
    """`names`: of the closing days that have one."""

    calendar: BusinessCalendar
    names: tuple[tuple[date, str], ...]
    confirmed_through: date


def operator_days(session: Session, today: date) -> OperatorDays:
    """Read at every request, since no page's version says when they change."""
    names = session.execute(select(ClosingDay.day, ClosingDay.name).order_by(ClosingDay.day))
    named = tuple((row.day, row.name) for row in names)
    return OperatorDays(business_calendar(session), named, confirmed_through(session, today))


def stops_between(session: Session, systems: Iterable[str], first: date, last: date | None = None) -> list[SystemStop]:
    """Those that touch these days, called off or not; without a last day all that are to come."""
    begin, ended, until = start_of(first), SystemStop.ended_at, SystemStop.until_at
    touching = or_(until > begin, until.is_(None) & or_(ended.is_(None), ended >= begin))
    found = select(SystemStop).where(SystemStop.system.in_(list(systems)), touching)
    if last is not None:
        found = found.where(SystemStop.from_at < start_of(last + timedelta(days=1)))
    return list(session.scalars(found.order_by(SystemStop.from_at, SystemStop.id).limit(MOST_STOPS)))


def hours_changed(session: Session, systems: Iterable[str], first: date, last: date | None = None) -> list[SystemHours]:
    """Changes that staff entered, taken back or not, in the order of their entry."""
    days = [SystemHours.from_day >= first, *([SystemHours.from_day <= last] if last else [])]
    found = select(SystemHours).where(SystemHours.system.in_(list(systems)), SystemHours.entered_at.is_not(None), *days)
    return list(session.scalars(found.order_by(SystemHours.from_day, SystemHours.id)))
