"""Closing days: this year is confirmed, next summer is in, and one change has moved starting days and was told."""

from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from base.business_days import BusinessCalendar
from base.closing_days import ClosingDay, ConfirmedYear, business_calendar
from base.jst import day_of
from base.schedule import processing_date
from demo.desk import RECEPTION
from demo.enrolment import Enrolled
from desk.closing.changes import moves_of, plan_change, save_change
from desk.closing.concerned import digest_of
from desk.closing.day_rules import DayChange, DayKind

SUMMER = ((8, 13), (8, 14))
AFTER_M = 2
AN_HOUR = timedelta(hours=1)


def know_closing_days(session: Session, enrolled: Enrolled, now: datetime) -> None:
    """Dates of next year say 「暫定」 until it is confirmed too."""
    year, by = day_of(now).year, enrolled.actor(RECEPTION)
    assert by.user_id is not None
    session.add(ConfirmedYear(year=year, confirmed_at=now, confirmed_by_id=by.user_id))
    for month, day in SUMMER:
        closed = date(year + 1, month, day)
        if BusinessCalendar().is_business_day(closed):
            session.add(ClosingDay(day=closed, name="夏季休業", added_at=now, added_by_id=by.user_id))
    session.flush()


def move_starting_days(session: Session, enrolled: Enrolled, now: datetime) -> None:
    """A day between a processing date and the starting days that follow from it."""
    calendar, by, at = business_calendar(session), enrolled.actor(RECEPTION), now - AN_HOUR
    closed = calendar.plus(processing_date(day_of(at), calendar), AFTER_M)
    days = [DayChange(DayKind.CLOSE, closed, "設備の更新にともなう臨時休業")]
    change = plan_change(session, days, by=by, now=at)
    seen = digest_of(moves_of(session, days, at), calendar)
    save_change(session, change, seen, is_told=True, by=by, now=at)
