from datetime import datetime
from typing import Any

from sqlalchemy import ScalarSelect, func, or_, select
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


def login_from(session: Session, user_id: int, now: datetime) -> datetime | None:
    """From when this user holds a right: `now` or earlier where that is so already, None where none is to come (R5-10)."""
    is_left = or_(HeldRight.until_at.is_(None), HeldRight.until_at > now)
    return session.scalar(select(func.min(HeldRight.from_at)).where(HeldRight.user_id == user_id, is_left))
