from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, and_, func, or_, select
from sqlalchemy.orm import Session

from auth.identity import NOW
from auth.models import User
from base.db import joined
from rights.models import HeldRight


def held_systems() -> ScalarSelect[Any]:
    """Comma-joined systems of which the query's `User` holds a right at its `now`."""
    is_held = (HeldRight.from_at <= NOW) & or_(HeldRight.until_at.is_(None), HeldRight.until_at > NOW)
    systems = select(joined(HeldRight.system))
    return systems.where(HeldRight.user_id == User.id, is_held).correlate(User).scalar_subquery()


def is_left(now: datetime) -> ColumnElement[bool]:
    """Of a row of rights: in effect or still to come. One that was closed before it began never counts."""
    return or_(HeldRight.until_at.is_(None), and_(HeldRight.until_at > now, HeldRight.from_at < HeldRight.until_at))


def login_from(session: Session, user_id: int, now: datetime) -> datetime | None:
    """From when this user holds a right: `now` or earlier where that is so already, None where none is to come (R5-10)."""
    return session.scalar(select(func.min(HeldRight.from_at)).where(HeldRight.user_id == user_id, is_left(now)))
