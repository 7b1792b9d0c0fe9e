"""JUJU: in principle five users an organization, contractors' people included (R5-5)."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session

from auth.models import User
from rights.codes import System
from rights.models import HeldRight, RequestPart, RightsRequest
from rights.queries import is_left
from rights.request_states import OPEN_STATES


def seats_taken(session: Session, organization_id: int, now: datetime) -> int:
    """Holders, and those for whom JUJU is asked for, without those for whom its removal is (R5-5)."""
    holders = _holders([organization_id], now).subquery()
    asked = [step for _, _, step in session.execute(_asking([organization_id]))]
    return (session.scalar(select(func.sum(holders.c.people))) or 0) + sum(asked)


def seat_numbers(session: Session, requests: Sequence[RightsRequest], now: datetime) -> dict[int, int]:
    """For each open request that asks for JUJU, by its id: which user of its organization that makes."""
    organizations = {request.organization_id for request in requests if request.juju}
    counted = dict(session.execute(_holders(organizations, now)).all())
    seats = {}
    for organization_id, request_id, step in session.execute(_asking(organizations)):
        counted[organization_id] = counted.get(organization_id, 0) + step
        if step > 0:
            seats[request_id] = counted[organization_id]
    return seats


def _holders(organizations: Iterable[int], now: datetime) -> Select[int, int]:
    people = func.count(func.distinct(HeldRight.user_id)).label("people")
    holders = select(User.organization_id, people).join(User, User.id == HeldRight.user_id)
    of_these = User.organization_id.in_(organizations)
    return holders.where(HeldRight.system == System.JUJU, is_left(now), of_these).group_by(User.organization_id)


def _asking(organizations: Iterable[int]) -> Select[int, int, int]:
    """Organization, request, and +1 or -1 for each open request that changes who uses JUJU, oldest first."""
    step = case((RequestPart.code.is_(None), -1), else_=1)
    asking = (
        select(RightsRequest.organization_id, RightsRequest.id, step)
        .join(RequestPart)
        .where(
            RightsRequest.organization_id.in_(organizations),
            RightsRequest.state.in_(OPEN_STATES),
            RequestPart.system == System.JUJU,
            RequestPart.done_at.is_(None),
            RequestPart.withdrawn_at.is_(None),
        )
    )
    return asking.order_by(RightsRequest.id)
