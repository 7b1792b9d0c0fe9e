"""Reads the hours of the systems (R2-1)."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from content.calendar.models import SystemHours
from content.systems.opening_hours import Hours, HoursFrom, Timetable


def hours_of(row: SystemHours) -> Hours:
    return Hours(timedelta(minutes=row.opens_minute), timedelta(minutes=row.closes_minute))


def timetable(session: Session) -> Timetable:
    """What holds and what is to come; a change that was taken back counts for nothing."""
    rows = session.scalars(select(SystemHours).where(SystemHours.taken_back_at.is_(None)))
    return Timetable(HoursFrom(row.system, row.from_day, hours_of(row)) for row in rows)


def systems_with_hours(session: Session) -> frozenset[str]:
    return frozenset(session.scalars(select(SystemHours.system).distinct()))


def hours_rows(session: Session) -> list[SystemHours]:
    """Of all systems, the newest first; taken back ones as well."""
    newest_first = (SystemHours.system, SystemHours.from_day.desc(), SystemHours.id.desc())
    return list(
        session.scalars(select(SystemHours).options(joinedload(SystemHours.entered_by)).order_by(*newest_first))
    )
