"""A contact manager takes a request back: which way depends on its kind (R5-17)."""

from datetime import datetime

from sqlalchemy.orm import Session

from base.actors import Actor
from rights.changes import withdraw_change
from rights.models import RightsRequest
from rights.removals import withdraw_removal
from rights.request_states import RequestKind
from rights.requests import withdraw_request

WITHDRAW = {
    RequestKind.NEW: withdraw_request,
    RequestKind.CHANGE: withdraw_change,
    RequestKind.REMOVAL: withdraw_removal,
}


def take_back(session: Session, request: RightsRequest, *, by: Actor, now: datetime) -> None:
    """The request is locked. `Conflict` where it is too late."""
    WITHDRAW[RequestKind(request.kind)](session, request, by=by, now=now)
