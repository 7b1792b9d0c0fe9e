"""R5-21: a removal that follows another request. What the old ID holds ends at the very moment the new one's rights begin."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from base.actors import Actor
from rights.changes import finish
from rights.codes import System
from rights.models import RequestPart, RightsRequest
from rights.request_rows import facts_of, move, record_move
from rights.request_states import GIVEN_UP_STATES, OPEN_STATES, RequestEvent
from rights.right_changes import keep_after_all, set_right


def follower_of(session: Session, request: RightsRequest) -> RightsRequest | None:
    """The open removal that waits for this request, locked."""
    follows = (RightsRequest.follows_id == request.id, RightsRequest.state.in_(OPEN_STATES))
    return session.scalars(select(RightsRequest).where(*follows).with_for_update()).one_or_none()


def replaced_ids(session: Session, m: date) -> dict[int, str]:
    """Of this M's new requests, by their row, the ID that each takes the place of: it has no line of its own on the sheets."""
    new = aliased(RightsRequest)
    follows = (RightsRequest.follows_id == new.id, RightsRequest.state.not_in(GIVEN_UP_STATES))
    found = select(new.id, RightsRequest.login_id).where(new.processing_date == m, *follows)
    return dict(session.execute(found).all())


def end_what_follows(session: Session, request: RightsRequest, by: Actor, now: datetime) -> None:
    """After a completion: each system that the new ID has got ends for the old one, at the same instant."""
    follower = follower_of(session, request)
    if follower is None or follower.user_id is None:
        return
    before = facts_of(follower)
    brought = {part.system: part.effect_at for part in request.parts if part.effect_at is not None}
    for part in follower.parts:
        if part.system in brought and part.done_at is None:
            set_right(
                session, follower.user_id, System(part.system), None, brought[part.system], request_id=follower.id
            )
            finish(part, brought[part.system], by, now)
    record_move(session, "request.carried_out", follower, before, by, now)


def release_what_follows(session: Session, request: RightsRequest, by: Actor, now: datetime) -> None:
    """The new ID was given up: the old one keeps its rights, unless some of them have gone over already."""
    follower = follower_of(session, request)
    if follower is None:
        return
    before = facts_of(follower)
    for part in follower.parts:
        if part.effect_at is None or part.effect_at > now:
            _keep_held(session, follower, part, now)
    is_begun = any(part.done_at is not None for part in follower.parts)
    move(follower, RequestEvent.COMPLETE if is_begun else RequestEvent.WITHDRAW)
    follower.ended_at, follower.ended_by_id = now, by.user_id
    record_move(session, "request.withdrawn", follower, before, by, now)


def _keep_held(session: Session, follower: RightsRequest, part: RequestPart, now: datetime) -> None:
    """An end that was fixed and is still to come is taken back."""
    if part.effect_at is not None and part.held_code is not None and follower.user_id is not None:
        keep_after_all(session, follower.user_id, System(part.system), part.held_code, part.effect_at, now)
    part.done_at = part.done_by_id = part.effect_at = None
    part.withdrawn_at = now
