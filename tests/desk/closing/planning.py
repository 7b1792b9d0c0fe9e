"""Requests in every stage around the turn of the year, and a change of the calendar beside them."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.models import Organization, User
from base.actors import Actor
from base.closing_days import business_calendar
from desk.closing.changes import moves_of, plan_change, save_change
from desk.closing.concerned import digest_of
from desk.closing.day_rules import DayChange, DayKind, read
from desk.closing.models import CalendarChange, CalendarMove
from desk.closing.move_rules import MoveKind
from rights.codes import AskedRights
from rights.models import RightsRequest
from rights.requests import accept_request
from tests import make
from tests.rights.entries import acting, at, entered

M = date(2026, 12, 1)
CLOSED = DayChange(DayKind.CLOSE, M, "創立記念日")
NOW = at(date(2026, 11, 25))


def reception(session: Session) -> Actor:
    operator = make.organization(session, "みなみ", is_operator=True)
    return acting(make.user(session, operator, staff_role="reception"))


def manager_of(session: Session, organization: Organization, login_id: str = "") -> Actor:
    ids = [login_id] if login_id else []
    return acting(make.user(session, organization, *ids, contact_role="primary"))


def accepted(
    session: Session, of: Organization, manager: Actor, center: Actor, login_id: str, now: datetime = NOW
) -> RightsRequest:
    asked = AskedRights(taxis="1011", juju="yes")
    request = entered(session, of, manager, now, asked=asked, login_id=login_id)
    accept_request(session, request, business_calendar(session), by=center, now=now)
    return request


def planned(session: Session, by: Actor, *days: DayChange, now: datetime = NOW) -> CalendarChange:
    return plan_change(session, days or (CLOSED,), by=by, now=now)


def saved(session: Session, by: Actor, *days: DayChange, is_told: bool = False, now: datetime = NOW) -> CalendarChange:
    """Looked at and saved at once."""
    change = planned(session, by, *days, now=now)
    seen = digest_of(moves_of(session, read(change.days), now), business_calendar(session))
    save_change(session, change, seen, is_told=is_told, by=by, now=now)
    return change


def moved(session: Session, change: CalendarChange, request: RightsRequest) -> dict[MoveKind, tuple[date, date]]:
    theirs = select(CalendarMove).where(CalendarMove.change_id == change.id, CalendarMove.request_id == request.id)
    return {MoveKind(row.kind): (row.before_day, row.after_day) for row in session.scalars(theirs)}


def person(session: Session, actor: Actor) -> User:
    return session.get_one(User, actor.user_id)
