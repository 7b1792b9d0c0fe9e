"""Requests by their processing date: what is due, what can't be carried out, what a day's run did (R5-10, G8)."""

from collections.abc import Mapping
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Select, and_, exists, func, literal_column, or_, select
from sqlalchemy.orm import Session

from auth.models import Organization, User
from base.jst import start_of
from rights.models import RightsRequest
from rights.request_states import OPEN_STATES, RequestKind, RequestState

# Not bound: only so do both databases recognise their partial index.
WRITTEN_OUT: list[ColumnElement[str]] = [literal_column(f"'{state}'") for state in sorted(OPEN_STATES)]
LONGEST_STANDSTILL = timedelta(days=400)


def due_by(today: date) -> Select[RightsRequest]:
    """What the run of this day carries out: nothing early, everything that was missed."""
    return _to_order(today).where(_is_there(), ~_is_elsewhere())


def stuck(today: date) -> Select[RightsRequest]:
    """What can't be carried out waits for staff and holds nobody else up: its organization has ended, or another one has the ID (G8)."""
    return _to_order(today).where(or_(~_is_there(), _is_elsewhere()))


def has_due(session: Session, today: date) -> bool:
    return session.scalar(select(due_by(today).with_only_columns(RightsRequest.id).exists())) or False


def count_due(session: Session, today: date) -> Mapping[date, int]:
    """By M, the oldest first."""
    counted = due_by(today).with_only_columns(RightsRequest.processing_date, func.count())
    by_m = counted.group_by(RightsRequest.processing_date).order_by(RightsRequest.processing_date)
    return {m: count for m, count in session.execute(by_m) if m is not None}


def count_stuck(session: Session, today: date) -> int:
    ids = stuck(today).with_only_columns(RightsRequest.id).subquery()
    return session.scalar(select(func.count()).select_from(ids)) or 0


def waiting_for_acceptance(session: Session) -> int:
    waits = (RightsRequest.state == RequestState.ENTERED, RightsRequest.kind == RequestKind.NEW)
    return session.scalar(select(func.count()).select_from(RightsRequest).where(*waits)) or 0


def ordered_on(session: Session, day: date) -> int:
    """How many were carried out on the day, whichever M they are of."""
    of_late = RightsRequest.processing_date.between(day - LONGEST_STANDSTILL, day)
    on_day = (RightsRequest.ordered_at >= start_of(day), RightsRequest.ordered_at < start_of(day + timedelta(days=1)))
    return session.scalar(select(func.count()).select_from(RightsRequest).where(of_late, *on_day)) or 0


def _to_order(today: date) -> Select[RightsRequest]:
    """Open, not carried out yet, and accepted where it has to be."""
    waits_for_acceptance = and_(RightsRequest.kind == RequestKind.NEW, RightsRequest.state == RequestState.ENTERED)
    to_order = (RightsRequest.ordered_at.is_(None), RightsRequest.state.in_(WRITTEN_OUT))
    return select(RightsRequest).where(*to_order, RightsRequest.processing_date <= today, ~waits_for_acceptance)


def _is_there() -> ColumnElement[bool]:
    return RightsRequest.organization.has(Organization.ended_at.is_(None))


def _is_elsewhere() -> ColumnElement[bool]:
    is_same_id = User.login_id_folded == RightsRequest.login_id_folded
    return exists().where(is_same_id, User.organization_id != RightsRequest.organization_id)
