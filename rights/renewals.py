"""A deleted ID is set anew in one step: the removal takes effect at once, the new request runs like any other (R5-43)."""

from datetime import datetime

from sqlalchemy.orm import Session

from auth.models import Organization, User
from base.actors import Actor
from base.business_days import BusinessCalendar
from base.jst import day_of
from base.refusals import Refused
from base.schedule import processing_date
from base.sentences import say
from rights.changes import finish
from rights.codes import AskedRights, Refusal, System
from rights.id_changes import terms_without
from rights.inventory.answers import take_as_answer
from rights.models import RightsRequest
from rights.removals import give_up
from rights.request_parts import parts_of_removal
from rights.request_queries import contractor_ids, has_rights_left, open_request_for
from rights.request_rows import Person, add_request, facts_of, lock_organization, move, record_move
from rights.request_rules import CONTRACTOR_GONE, Entry, reasons_against
from rights.request_states import RequestEvent, RequestKind
from rights.requests import enter_request
from rights.right_changes import set_right, standing

STILL_THERE = say("この方のIDは削除されていません。変更または抹消を申請してください。")
IN_BETWEEN = say("利用停止にともなう抹消と新規の同時申請")


def may_be_set_anew(session: Session, user: User, now: datetime) -> bool:
    """A deleted account, or a person whom nothing is left of: neither a right nor an open request (R5-18, R5-43)."""
    first = open_request_for(session, user.login_id_folded)
    if user.deleted_at is not None:
        return first is None or first.kind != RequestKind.NEW
    return first is None and not has_rights_left(session, user.id, now)


def renewal_refusals(
    session: Session, organization: Organization, user: User, entry: Entry, now: datetime
) -> list[Refusal]:
    """Everything that stands against it, as if the removal had been carried out (R8-3)."""
    if not may_be_set_anew(session, user, now):
        return [Refusal("rights", STILL_THERE)]
    terms = terms_without(session, organization, standing(session, user.id, now), now)
    found = reasons_against(entry, terms)
    if entry.contractor not in contractor_ids(organization):
        found.append(Refusal("contractor", CONTRACTOR_GONE))
    return found


def enter_anew(
    session: Session,
    organization: Organization,
    user: User,
    entry: Entry,
    calendar: BusinessCalendar,
    *,
    by: Actor,
    now: datetime,
) -> RightsRequest:
    """Answers the new request. The person is locked; the ID is his own, whatever was typed."""
    lock_organization(session, organization)
    for refusal in renewal_refusals(session, organization, user, entry, now):
        raise Refused(refusal.reason, refusal.field)
    _remove_at_once(session, organization, user, calendar, by, now)
    return enter_request(session, organization, entry, by=by, now=now)


def _remove_at_once(
    session: Session, organization: Organization, user: User, calendar: BusinessCalendar, by: Actor, now: datetime
) -> None:
    """An open removal is finished, any other open request cancelled (R5-17)."""
    first = open_request_for(session, user.login_id_folded)
    if first is not None and first.kind != RequestKind.REMOVAL:
        give_up(session, first, by=by, now=now)
        first = None
    request = first or _removal(session, organization, user, calendar, by, now)
    if request is None:
        return
    before = facts_of(request)
    for part in request.parts:
        if part.effect_at is None or part.effect_at > now:
            set_right(session, user.id, System(part.system), None, now, request_id=request.id)
            finish(part, now, by, now)
    move(request, RequestEvent.COMPLETE)
    request.follows_id, request.ended_at, request.ended_by_id = None, now, by.user_id
    record_move(session, "request.removal", request, before, by, now)
    take_as_answer(session, request, by=by, now=now)


def _removal(
    session: Session, organization: Organization, user: User, calendar: BusinessCalendar, by: Actor, now: datetime
) -> RightsRequest | None:
    parts = parts_of_removal(standing(session, user.id, now))
    if not parts:
        return None
    person = Person(user.id, user.contractor_id, user.name_kanji, user.name_kana, user.login_id)
    kind, nothing = RequestKind.REMOVAL, AskedRights()
    request = add_request(session, organization, kind, person, nothing, parts, IN_BETWEEN, by=by, now=now)
    if any(not part.is_at_once for part in parts):
        request.processing_date = processing_date(day_of(now), calendar)
    return request
