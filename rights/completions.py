"""⑥ 「認証システム登録完了入力」 and ⑩ 「JUJU/LOACUS利用権限設定完了入力」: what staff enter once the systems have answered (R5-10, R5-15, R5-18)."""

import re
from collections.abc import Set as AbstractSet
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from auth.models import User
from base.actors import Actor
from base.business_days import BusinessCalendar
from base.refusals import Conflict, Refused
from base.sentences import say
from rights.changes import finish
from rights.codes import System
from rights.effect_dates import StartingDays, in_effect_from, starting_days
from rights.followers import end_what_follows
from rights.held import begins_at
from rights.models import ProcessingDay, RequestPart, RightsRequest
from rights.request_news import News, tell_if_completed, tell_of_request
from rights.request_rows import facts_of, move, record_move
from rights.request_states import OPEN_STATES, SET_BY_REGISTRATION, RequestEvent, RequestKind
from rights.right_changes import held_rows, set_right

NOT_ORDERED = say("この申請は、システム処理日の処理がまだ行われていません。")
NOT_OPEN = say("この申請はすでに終わっています。")
ALREADY_REGISTERED = say("認証システムの登録完了は、すでに入力されています。")
NOT_REGISTERED = say("先に、認証システムの登録完了(利用者番号)を入力してください。")
NOTHING_OPEN = say("この申請には、完了を入力する処理が残っていません。")
NUMBER_TAKEN = say("この利用者番号は、ほかの方に使われています。")
FOLLOWS = say("この抹消は、新しいIDの設定が完了すると同時に終わります。完了の入力は必要ありません。")
NO_NUMBER = say("利用者番号を入力してください。")
LONGEST_NUMBER = 20
BAD_NUMBER = say("利用者番号は、空白を含まない半角%(longest)s文字以内で入力してください。", longest=LONGEST_NUMBER)
NUMBER = re.compile(rf"[!-~]{{1,{LONGEST_NUMBER}}}")


def complete_registration(
    session: Session,
    request: RightsRequest,
    user_number: str,
    calendar: BusinessCalendar,
    *,
    by: Actor,
    now: datetime,
) -> None:
    """⑥: the person's number, and with it TAXIS and JOHS are done (R5-10). The request is locked."""
    before = facts_of(request)
    _refuse_unready(request)
    if request.kind != RequestKind.NEW or request.registered_at is not None:
        raise Conflict(ALREADY_REGISTERED)
    user = _user_of(session, request)
    _give_number(session, user, user_number)
    request.account_result_at = request.account_result_at or now
    request.registered_at, request.registered_by_id = now, by.user_id
    days = days_of(session, request, calendar)
    for part in _left(request, SET_BY_REGISTRATION):
        _bring(session, request, part, in_effect_from(days.taxis_johs_from, now), by, now)
    _complete_if_all_is_done(request, by, now)
    record_move(session, "request.registered", request, before, by, now)
    end_what_follows(session, request, by, now)
    if not tell_if_completed(session, request, now=now):
        tell_of_request(session, request, News.REGISTERED, now=now)


def complete_parts(
    session: Session,
    request: RightsRequest,
    systems: AbstractSet[System],
    calendar: BusinessCalendar,
    *,
    by: Actor,
    now: datetime,
) -> None:
    """⑩ for JUJU and LOACUS of any kind of request; a removal ends with the entry itself (R5-18). The request is locked."""
    before = facts_of(request)
    is_removal = request.kind == RequestKind.REMOVAL
    if request.follows_id is not None and request.state in OPEN_STATES:
        raise Conflict(FOLLOWS)
    if not is_removal or request.state not in OPEN_STATES:
        _refuse_unready(request)
    if request.kind == RequestKind.NEW and request.registered_at is None:
        raise Conflict(NOT_REGISTERED)
    parts = _left(request, systems - SET_BY_REGISTRATION)
    if not parts:
        raise Conflict(NOTHING_OPEN)
    for part in parts:
        effect_at = now if is_removal else _changed_from(session, request, part, calendar, now)
        part.result_at = part.result_at or now
        _bring(session, request, part, effect_at, by, now)
    _complete_if_all_is_done(request, by, now)
    record_move(session, "request.carried_out", request, before, by, now)
    end_what_follows(session, request, by, now)
    tell_if_completed(session, request, now=now)


def days_of(session: Session, request: RightsRequest, calendar: BusinessCalendar) -> StartingDays:
    """As announced for a delayed M, else by the rule."""
    assert request.processing_date is not None
    delayed = session.get(ProcessingDay, request.processing_date)
    if delayed is not None:
        return StartingDays(delayed.taxis_johs_from, delayed.juju_loacus_from)
    return starting_days(request.processing_date, calendar)


def _changed_from(
    session: Session, request: RightsRequest, part: RequestPart, calendar: BusinessCalendar, now: datetime
) -> datetime:
    """M+9, and where the M of the right itself was delayed beyond that, not before the right (R5-15)."""
    day, rows = days_of(session, request, calendar).juju_loacus_from, held_rows(session, request.user_id or 0)
    return begins_at(rows, System(part.system), in_effect_from(day, now))


def _refuse_unready(request: RightsRequest) -> None:
    if request.state not in OPEN_STATES:
        raise Conflict(NOT_OPEN)
    if request.ordered_at is None:
        raise Conflict(NOT_ORDERED)


def _user_of(session: Session, request: RightsRequest) -> User:
    assert request.user_id is not None
    return session.get_one(User, request.user_id)


def _give_number(session: Session, user: User, typed: str) -> None:
    """A person set anew keeps the number that he had, or gets another one; two people never share one."""
    number = typed.strip()
    if not number:
        raise Refused(NO_NUMBER, "user_number")
    if not NUMBER.fullmatch(number):
        raise Refused(BAD_NUMBER, "user_number")
    other = select(User.id).where(User.user_number == number, User.id != user.id)
    if session.scalar(other) is not None:
        raise Refused(NUMBER_TAKEN, "user_number")
    try:
        with session.begin_nested():
            user.user_number = number
            session.flush()
    except IntegrityError as fault:
        # Given to somebody else at this very moment.
        raise Refused(NUMBER_TAKEN, "user_number") from fault


def _left(request: RightsRequest, systems: AbstractSet[System]) -> list[RequestPart]:
    is_left = (part for part in request.parts if part.done_at is None and part.withdrawn_at is None)
    return [part for part in is_left if System(part.system) in systems]


def _bring(
    session: Session, request: RightsRequest, part: RequestPart, effect_at: datetime, by: Actor, now: datetime
) -> None:
    assert request.user_id is not None
    set_right(session, request.user_id, System(part.system), part.code, effect_at, request_id=request.id)
    finish(part, effect_at, by, now)


def _complete_if_all_is_done(request: RightsRequest, by: Actor, now: datetime) -> None:
    """A removal whose TAXIS or JOHS only end at midnight is settled then."""
    if any(part.done_at is None and part.withdrawn_at is None for part in request.parts):
        return
    if any(part.effect_at is not None and part.effect_at > now for part in request.parts) and (
        request.kind == RequestKind.REMOVAL
    ):
        return
    move(request, RequestEvent.COMPLETE)
    request.ended_at, request.ended_by_id = now, by.user_id
