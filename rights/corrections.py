"""Name and contractor are corrected by a change without M: in effect with its entry (R5-21)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from auth.models import Organization, User
from auth.names import kana_refusal_for, kanji_refusal_for
from base.actors import Actor
from base.audit import record
from base.refusals import Refused
from base.sentences import say
from rights.changes import already_under_way
from rights.codes import Refusal
from rights.models import RightsRequest
from rights.request_queries import contractor_ids, open_request_for
from rights.request_rows import Person, add_request, facts_of, lock_organization, move, subject_of
from rights.request_rules import CONTRACTOR_GONE, memo_reason
from rights.request_states import RequestEvent, RequestKind
from rights.right_changes import standing

NOTHING_CORRECTED = say("いまの登録と同じです。訂正する項目を入力してください。")


@dataclass(frozen=True, slots=True)
class Details:
    """As they shall be; `contractor` is a public id, empty for the organization's own people (R5-1)."""

    contractor: str
    name_kanji: str
    name_kana: str
    memo: str = ""


def details_of(user: User) -> Details:
    return Details(user.contractor.public_id if user.contractor else "", user.name_kanji, user.name_kana)


def correction_refusals(session: Session, organization: Organization, user: User, details: Details) -> list[Refusal]:
    """Everything that stands against it, for each field (R8-3)."""
    fields = {
        "name_kanji": kanji_refusal_for(details.name_kanji),
        "name_kana": kana_refusal_for(details.name_kana),
        "memo": memo_reason(details.memo, 0, asks_for_juju=False),
    }
    found = [Refusal(field, reason) for field, reason in fields.items() if reason]
    now_held = details_of(user)
    if details.contractor not in {*contractor_ids(organization), now_held.contractor}:
        found.append(Refusal("contractor", CONTRACTOR_GONE))
    if Details(details.contractor, details.name_kanji, details.name_kana) == now_held:
        found.append(Refusal("details", NOTHING_CORRECTED))
    first = open_request_for(session, user.login_id_folded)
    if first is not None:
        found.append(Refusal("details", already_under_way(first)))
    return found


def enter_correction(
    session: Session, organization: Organization, user: User, details: Details, *, by: Actor, now: datetime
) -> RightsRequest:
    """The person is locked. Complete at once; the rights stay as they are."""
    lock_organization(session, organization)
    for refusal in correction_refusals(session, organization, user, details):
        raise Refused(refusal.reason, refusal.field)
    before = _facts(user)
    _correct(organization, user, details)
    person = Person(user.id, user.contractor_id, user.name_kanji, user.name_kana, user.login_id)
    held = standing(session, user.id, now)
    request = add_request(session, organization, RequestKind.CHANGE, person, held, (), details.memo, by=by, now=now)
    move(request, RequestEvent.COMPLETE)
    request.ended_at, request.ended_by_id = now, by.user_id
    session.flush()
    record(session, "request.corrected", subject_of(request), by=by, now=now, before=before, after=facts_of(request))
    return request


def _correct(organization: Organization, user: User, details: Details) -> None:
    if details.contractor != details_of(user).contractor:
        user.contractor_id = contractor_ids(organization)[details.contractor]
    user.name_kanji, user.name_kana = details.name_kanji, details.name_kana


def _facts(user: User) -> dict[str, object]:
    return {"name_kanji": user.name_kanji, "name_kana": user.name_kana, "contractor_id": user.contractor_id}
