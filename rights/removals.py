"""Removals: TAXIS and JOHS end on the day after, JUJU and LOACUS with the entry of completion (R5-17, R5-18)."""

from datetime import datetime, timedelta

from sqlalchemy import Select, exists, or_, select
from sqlalchemy.orm import Session

from auth.models import Organization, User
from base.actors import WORKER, Actor
from base.business_days import BusinessCalendar
from base.jst import day_of, start_of
from base.refusals import Conflict, Refused
from base.schedule import processing_date
from base.sentences import say
from rights.changes import finish
from rights.codes import AskedRights, System
from rights.followers import release_what_follows
from rights.inventory.answers import take_as_answer
from rights.models import RequestPart, RightsRequest
from rights.request_news import News, tell_if_completed, tell_of_request
from rights.request_parts import Part, parts_of_removal
from rights.request_queries import lock_open_request_for
from rights.request_rows import Person, add_request, facts_of, following_state, lock_organization, move, record_move
from rights.request_states import RequestEvent, RequestKind, RequestState
from rights.right_changes import keep_after_all, set_right, standing

NOTHING_TO_REMOVE = say("この方には、抹消する利用権限がありません。")
REPLACED = say("抹消の申請が出されたため、取り消しました。")
TOO_LATE = say("抹消は、すでに効力が生じているため取り下げられません。")


def enter_removal(
    session: Session,
    organization: Organization,
    user: User,
    memo: str,
    calendar: BusinessCalendar,
    *,
    by: Actor,
    now: datetime,
) -> RightsRequest:
    """Never held up by an open request, which it cancels (R5-17); where that is a removal itself, it is answered with that one.

    Where nothing was held yet, the request that it cancelled is all there was, and is the answer.
    """
    lock_organization(session, organization)
    first = lock_open_request_for(session, user.login_id_folded)
    if first is not None and first.kind == RequestKind.REMOVAL:
        return first if first.follows_id is None else _wait_no_longer(session, first, calendar, by, now)
    if first is not None:
        give_up(session, first, by=by, now=now)
    parts = parts_of_removal(standing(session, user.id, now))
    if not parts and first is not None:
        return first
    if not parts:
        raise Refused(NOTHING_TO_REMOVE, "rights")
    person = Person(user.id, user.contractor_id, user.name_kanji, user.name_kana, user.login_id)
    request = add_request(
        session, organization, RequestKind.REMOVAL, person, AskedRights(), parts, memo, by=by, now=now
    )
    return _begin(session, request, calendar, by, now)


def remove_what_was_asked(
    session: Session, request: RightsRequest, calendar: BusinessCalendar, *, by: Actor, now: datetime
) -> RightsRequest:
    """For whoever can't withdraw a new request any more: before ④ there is no account, and nothing but the request (R5-17)."""
    if request.user_id is not None:
        user = session.get_one(User, request.user_id)
        return enter_removal(session, request.organization, user, "", calendar, by=by, now=now)
    lock_organization(session, request.organization)
    give_up(session, request, by=by, now=now)
    return request


def withdraw_removal(session: Session, request: RightsRequest, *, by: Actor, now: datetime) -> None:
    """Before it takes effect (R5-17): what would have ended goes on."""
    assert request.user_id is not None
    before, following = facts_of(request), following_state(request, RequestEvent.WITHDRAW)
    if any(part.effect_at is not None and part.effect_at <= now for part in request.parts):
        raise Conflict(TOO_LATE)
    for part in request.parts:
        if part.effect_at is not None and part.held_code is not None:
            keep_after_all(session, request.user_id, System(part.system), part.held_code, part.effect_at, now)
        part.done_at = part.done_by_id = part.effect_at = None
        part.withdrawn_at = now
    request.state = following
    request.ended_at, request.ended_by_id = now, by.user_id
    record_move(session, "request.withdrawn", request, before, by, now)


def settle_removals(session: Session, *, now: datetime, most: int = 200) -> int:
    """Removals all of whose parts have taken effect are complete; so a new request can be entered. Answers how many."""
    oldest = _unsettled(now).order_by(RightsRequest.id).limit(most)
    rows = session.scalars(oldest.with_for_update(skip_locked=True)).all()
    for row in rows:
        _settle(session, row, now)
    return len(rows)


def settle_removal_of(session: Session, login_id_folded: str, *, now: datetime) -> None:
    """The same for one ID, of which somebody enters a new request before the next run comes by."""
    for row in session.scalars(
        _unsettled(now).where(RightsRequest.login_id_folded == login_id_folded).with_for_update()
    ):
        _settle(session, row, now)


def has_unsettled(session: Session, now: datetime) -> bool:
    return session.scalar(select(_unsettled(now).with_only_columns(RightsRequest.id).exists())) or False


def _unsettled(now: datetime) -> Select[RightsRequest]:
    is_open = (RightsRequest.kind == RequestKind.REMOVAL, RightsRequest.state == RequestState.ENTERED)
    is_left = or_(RequestPart.effect_at.is_(None), RequestPart.effect_at > now)
    has_more = exists().where(RequestPart.request_id == RightsRequest.id, is_left)
    return select(RightsRequest).where(*is_open, ~has_more)


def _settle(session: Session, request: RightsRequest, now: datetime) -> None:
    before = facts_of(request)
    move(request, RequestEvent.COMPLETE)
    request.ended_at = max(part.effect_at for part in request.parts if part.effect_at is not None)
    record_move(session, "request.completed", request, before, WORKER, now)
    tell_if_completed(session, request, now=now)


def give_up(session: Session, request: RightsRequest, *, by: Actor, now: datetime) -> None:
    """What a removal does to the request that it finds open, accepted ones too (R5-17)."""
    before = facts_of(request)
    move(request, RequestEvent.REMOVE)
    request.cancel_reason = REPLACED
    request.ended_at, request.ended_by_id = now, by.user_id
    record_move(session, "request.cancelled", request, before, by, now)
    tell_of_request(session, request, News.CANCELLED, now=now)
    release_what_follows(session, request, by, now)


def _begin(
    session: Session, request: RightsRequest, calendar: BusinessCalendar, by: Actor, now: datetime
) -> RightsRequest:
    before = facts_of(request)
    request.processing_date = processing_date(day_of(now), calendar) if _has_slow_part(request) else None
    _end_at_midnight(session, request, by, now)
    record_move(session, "request.removal", request, before, by, now)
    take_as_answer(session, request, by=by, now=now)
    return request


def _wait_no_longer(
    session: Session, request: RightsRequest, calendar: BusinessCalendar, by: Actor, now: datetime
) -> RightsRequest:
    """One that waited for a new ID (R5-21) ends what is left like any other from now on."""
    request.follows_id = None
    return _begin(session, request, calendar, by, now)


def _end_at_midnight(session: Session, request: RightsRequest, by: Actor, now: datetime) -> None:
    """TAXIS and JOHS, decided by time from now on: nobody has to do anything at midnight."""
    assert request.user_id is not None
    midnight = start_of(day_of(now) + timedelta(days=1))
    for part in request.parts:
        is_left = part.effect_at is None or part.effect_at > midnight
        if is_left and Part(System(part.system), part.code, part.held_code).is_at_once:
            set_right(session, request.user_id, System(part.system), None, midnight, request_id=request.id)
            finish(part, midnight, by, now)


def _has_slow_part(request: RightsRequest) -> bool:
    return any(not Part(System(part.system), part.code, part.held_code).is_at_once for part in request.parts)
