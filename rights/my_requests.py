from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from rights.models import RightsRequest
from rights.request_states import GIVEN_UP_STATES, OPEN_STATES
from rights.shown_requests import Shown, shown

SHOWN_FOR = timedelta(days=30)
MOST_SHOWN = 5


def my_requests(session: Session, user_id: int, now: datetime) -> list[Shown]:
    """What is under way for the person concerned, and what has come of it lately; what was given up never was (R5-12, R5-34)."""
    is_recent = or_(RightsRequest.state.in_(OPEN_STATES), RightsRequest.ended_at > now - SHOWN_FOR)
    own = (RightsRequest.user_id == user_id, RightsRequest.state.not_in(GIVEN_UP_STATES))
    newest = select(RightsRequest).where(*own, is_recent).order_by(RightsRequest.entered_at.desc()).limit(MOST_SHOWN)
    return [one for one in shown(session, session.scalars(newest).all(), now) if one.asked]
