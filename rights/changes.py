"""Changes of somebody's rights: TAXIS and JOHS at once, JUJU and LOACUS by M (R5-14 to R5-17)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from auth.models import Organization, User
from base.actors import Actor
from base.business_days import BusinessCalendar
from base.jst import day_of
from base.refusals import Conflict, Refused
from base.schedule import processing_date
from base.sentences import say
from rights.codes import AskedRights, Refusal, System, refusals_for
from rights.held import begins_at
from rights.inventory.answers import take_as_answer
from rights.models import RequestPart, RightsRequest
from rights.request_news import tell_if_completed
from rights.request_parts import Part, parts_between, refusals_of_change
from rights.request_queries import open_request_for, terms_of
from rights.request_rows import Person, add_request, facts_of, following_state, lock_organization, move, record_move
from rights.request_rules import Terms, memo_reason
from rights.request_states import RequestEvent, RequestKind
from rights.right_changes import held_rows, set_right, standing

DELETED = say("この方のIDは、長期未使用のため削除されています。抹消するか、もう一度設定してください。")
TOO_LATE = say("JUJU・LOACUSの変更は、システム処理日になったため取り下げられません。")


@dataclass(frozen=True, slots=True)
class Wanted:
    """The rights as they shall be, and what is told to the reception center about it."""

    rights: AskedRights
    memo: str = ""


def change_refusals(
    session: Session, organization: Organization, user: User, wanted: Wanted, now: datetime
) -> list[Refusal]:
    """Everything that stands against the change, for each field (R8-3)."""
    held, first = standing(session, user.id, now), open_request_for(session, user.login_id_folded)
    return refusals_against(user, held, first, terms_of(session, organization, now), wanted)


def refusals_against(
    user: User, held: AskedRights, first: RightsRequest | None, terms: Terms, wanted: Wanted
) -> list[Refusal]:
    """The same for whoever has asked already what is held and open. Only what differs is judged by what may be asked for."""
    found = refusals_of_change(held, wanted.rights)
    if not held.systems:
        found = [Refusal("rights", say("この方には利用権限がありません。新規申請をしてください。"))]
    if user.deleted_at is not None:
        found = [Refusal("rights", DELETED)]
    asked = _asked_anew(held, wanted.rights)
    if asked.systems:
        found += refusals_for(asked, terms.systems_in_use, terms.kinds)
    reason = memo_reason(wanted.memo, terms.juju_taken, asks_for_juju=bool(asked.juju))
    found += [Refusal("memo", reason)] if reason else []
    if first is not None:
        found.append(Refusal("rights", already_under_way(first)))
    return found


def enter_change(
    session: Session,
    organization: Organization,
    user: User,
    wanted: Wanted,
    calendar: BusinessCalendar,
    *,
    by: Actor,
    now: datetime,
) -> RightsRequest:
    """R5-14, R5-15. The person is locked. What needs no M is done, and the request with it where nothing else is asked."""
    lock_organization(session, organization)
    for refusal in change_refusals(session, organization, user, wanted, now):
        raise Refused(refusal.reason, refusal.field)
    parts = parts_between(standing(session, user.id, now), wanted.rights)
    person = Person(user.id, user.contractor_id, user.name_kanji, user.name_kana, user.login_id)
    request = add_request(
        session, organization, RequestKind.CHANGE, person, wanted.rights, parts, wanted.memo, by=by, now=now
    )
    before = facts_of(request)
    _change_at_once(session, request, user, by, now)
    if all(part.done_at for part in request.parts):
        move(request, RequestEvent.COMPLETE)
        request.ended_at, request.ended_by_id = now, by.user_id
    else:
        request.processing_date = processing_date(day_of(now), calendar)
    record_move(session, "request.changed", request, before, by, now)
    tell_if_completed(session, request, now=now)
    take_as_answer(session, request, by=by, now=now)
    return request


def withdraw_change(session: Session, request: RightsRequest, *, by: Actor, now: datetime) -> None:
    """The JUJU/LOACUS part, before M (R5-17). What was done at once stays."""
    left = [part for part in request.parts if part.done_at is None]
    event = RequestEvent.WITHDRAW if len(left) == len(request.parts) else RequestEvent.COMPLETE
    before, following = facts_of(request), following_state(request, event)
    if request.ordered_at is not None or (request.processing_date and request.processing_date <= day_of(now)):
        raise Conflict(TOO_LATE)
    for part in left:
        part.withdrawn_at = now
    request.state = following
    request.ended_at, request.ended_by_id = now, by.user_id
    record_move(session, "request.withdrawn", request, before, by, now)


def already_under_way(first: RightsRequest) -> str:
    return say(
        "この方には、手続き中の申請 %(number)s があります。その申請が終わるまで、変更の申請はできません。",
        number=first.number,
    )


def _asked_anew(held: AskedRights, wanted: AskedRights) -> AskedRights:
    codes = {part.system.lower(): part.code for part in parts_between(held, wanted) if part.code}
    return AskedRights(**codes)


def _change_at_once(session: Session, request: RightsRequest, user: User, by: Actor, now: datetime) -> None:
    rows = held_rows(session, user.id)
    for part in request.parts:
        if Part(System(part.system), part.code, part.held_code).is_at_once:
            effect_at = begins_at(rows, System(part.system), now)
            set_right(session, user.id, System(part.system), part.code, effect_at, request_id=request.id)
            finish(part, effect_at, by, now)


def finish(part: RequestPart, effect_at: datetime, by: Actor, now: datetime) -> None:
    """「済」 (R5-12)."""
    part.done_at, part.done_by_id, part.effect_at = now, by.user_id, effect_at
