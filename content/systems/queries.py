"""Reads stops of systems, and whose page shows them."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from content.calendar.models import SystemHours
from content.models import Page, SystemStop, SystemStopNote
from content.systems.opening_hours import Stop, StopKind
from content.systems.stop_states import StopState, StopTimes, stop_state


def times_of(row: SystemStop) -> StopTimes:
    return StopTimes(row.from_at, row.until_at, row.ended_at, row.next_update_at)


def stop_of(row: SystemStop) -> Stop:
    return Stop(row.system, StopKind(row.kind), row.from_at, times_of(row).effective_until, row.next_update_at)


def state_of_stop(row: SystemStop, now: datetime) -> StopState:
    return stop_state(times_of(row), now)


def _not_over(now: datetime) -> ColumnElement[bool]:
    return SystemStop.ended_at.is_(None) & or_(SystemStop.until_at.is_(None), SystemStop.until_at > now)


def _with_all(stops: Select[SystemStop]) -> Select[SystemStop]:
    notes = selectinload(SystemStop.notes).joinedload(SystemStopNote.by)
    return stops.options(
        joinedload(SystemStop.created_by), joinedload(SystemStop.ended_by), joinedload(SystemStop.changed_by), notes
    )


def current_stops(session: Session, systems: Iterable[str], now: datetime) -> list[SystemStop]:
    """What goes on and what is to come, disturbances first."""
    here = select(SystemStop).where(SystemStop.system.in_(list(systems)), _not_over(now))
    return list(session.scalars(_with_all(here).order_by(SystemStop.kind, SystemStop.from_at, SystemStop.id)))


def _past(systems: Iterable[str], now: datetime) -> Select[SystemStop]:
    return select(SystemStop).where(SystemStop.system.in_(list(systems)), ~_not_over(now))


def past_stops(session: Session, systems: Iterable[str], now: datetime, first: int, most: int) -> list[SystemStop]:
    """The latest first."""
    latest = _with_all(_past(systems, now)).order_by(SystemStop.from_at.desc(), SystemStop.id.desc())
    return list(session.scalars(latest.offset(first).limit(most)))


def count_past(session: Session, systems: Iterable[str], now: datetime) -> int:
    return session.scalar(select(func.count()).select_from(_past(systems, now).subquery())) or 0


def stop_by(session: Session, public_id: str) -> SystemStop | None:
    return session.scalars(_with_all(select(SystemStop).where(SystemStop.public_id == public_id))).one_or_none()


def locked_stop(session: Session, public_id: str) -> SystemStop | None:
    here = select(SystemStop).where(SystemStop.public_id == public_id).with_for_update()
    return session.scalars(here.execution_options(populate_existing=True)).one_or_none()


def running_disturbance(session: Session, system: str) -> SystemStop | None:
    here = select(SystemStop).where(SystemStop.system == system, SystemStop.kind == StopKind.DISTURBANCE)
    return session.scalars(here.where(SystemStop.ended_at.is_(None))).one_or_none()


def running_since(session: Session, systems: Iterable[str]) -> dict[str, datetime]:
    """Of the systems that are disturbed and not restored: since when."""
    running = (SystemStop.kind == StopKind.DISTURBANCE, SystemStop.ended_at.is_(None))
    here = select(SystemStop.system, SystemStop.from_at).where(SystemStop.system.in_(list(systems)), *running)
    return dict(session.execute(here).all())


def pages_with_hours(session: Session) -> list[Page]:
    """In the order of the menu."""
    return list(
        session.scalars(select(Page).where(Page.system.in_(select(SystemHours.system))).order_by(Page.position))
    )
