"""Rows of rights in time: read, closed, opened; nothing is ever overwritten or deleted."""

from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from rights.codes import AskedRights, System
from rights.held import Held, held_rights, standing_rights
from rights.models import HeldRight


def held_rows(session: Session, user_id: int) -> list[Held]:
    """Everything that this person ever held or will hold."""
    rows = session.scalars(select(HeldRight).where(HeldRight.user_id == user_id).order_by(HeldRight.id))
    return [Held(System(row.system), row.code, row.from_at, row.until_at) for row in rows]


def rights_at(session: Session, user_id: int, at: datetime) -> dict[System, str]:
    """Codes by system at any moment; the one answer for screens and exports (R5-10)."""
    return held_rights(held_rows(session, user_id), at)


def standing(session: Session, user_id: int, now: datetime) -> AskedRights:
    return standing_rights(held_rows(session, user_id), now)


def set_right(
    session: Session, user_id: int, system: System, code: str | None, from_at: datetime, *, request_id: int | None
) -> None:
    """From `from_at` on the person holds exactly this code of the system, or none.

    What would go on beyond is closed then; what would only begin later is closed as it begins, and so never counts.
    """
    for row in _going_on(session, user_id, system, from_at):
        row.until_at = max(row.from_at, from_at)
    session.flush()
    if code is not None:
        right = HeldRight(user_id=user_id, system=system, code=code, from_at=from_at, request_id=request_id)
        session.add(right)
        session.flush()


def keep_after_all(
    session: Session, user_id: int, system: System, code: str, ended_at: datetime, now: datetime
) -> None:
    """Takes back an end that is still to come (R5-17): the closed row goes on, the one that was to begin later as well."""
    closed = (HeldRight.user_id == user_id, HeldRight.system == system, HeldRight.code == code)
    never_begun = and_(HeldRight.until_at == HeldRight.from_at, HeldRight.from_at > ended_at)
    ended = (HeldRight.until_at > now, or_(HeldRight.until_at == ended_at, never_begun))
    last = select(HeldRight).where(*closed, *ended).order_by(HeldRight.id.desc()).limit(1)
    for row in session.scalars(last.with_for_update()):
        row.until_at = None
    session.flush()


def _going_on(session: Session, user_id: int, system: System, at: datetime) -> list[HeldRight]:
    beyond = or_(HeldRight.until_at.is_(None), HeldRight.until_at > at)
    here = (HeldRight.user_id == user_id, HeldRight.system == system, beyond)
    return list(session.scalars(select(HeldRight).where(*here).with_for_update()))
