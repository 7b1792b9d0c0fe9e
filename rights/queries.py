from typing import Any

from sqlalchemy import ScalarSelect, func, or_, select

from auth.identity import NOW
from auth.models import User
from rights.models import HeldRight


def held_systems() -> ScalarSelect[Any]:
    """Comma-joined systems of which the query's `User` holds a right at its `now`."""
    is_held = (HeldRight.from_at <= NOW) & or_(HeldRight.until_at.is_(None), HeldRight.until_at > NOW)
    systems = select(func.aggregate_strings(HeldRight.system, ","))
    return systems.where(HeldRight.user_id == User.id, is_held).correlate(User).scalar_subquery()
