"""Requests for a new person: entered, accepted or cancelled, withdrawn (R5-10 ①②, R5-17)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from auth.login_id import fold
from auth.models import Organization
from base.actors import Actor
from base.business_days import BusinessCalendar
from base.jst import day_of
from base.refusals import Conflict, Refused
from base.schedule import processing_date
from base.sentences import say
from rights.codes import AskedRights, Refusal, refusals_for
from rights.followers import release_what_follows
from rights.id_refusals import id_refusal
from rights.jnote.queries import is_in_jnote
from rights.models import RightsRequest
from rights.removals import settle_removal_of
from rights.request_news import News, tell_of_request
from rights.request_parts import parts_of_new
from rights.request_queries import contractor_ids, person_with, terms_of
from rights.request_rows import Person, add_request, facts_of, following_state, lock_organization, move, record_move
from rights.request_rules import CONTRACTOR_GONE, Entry, Terms, reasons_against
from rights.request_states import RequestEvent, RequestKind

LONGEST_REASON = 500
IN_JNOTE = say("このIDはJ-noteで使われているため、設定できません。窓口責任者に連絡のうえ、申請を取り消してください。")
LONGEST_NAME = 60


def refusals_of(session: Session, organization: Organization, entry: Entry, now: datetime) -> list[Refusal]:
    """Everything that stands against the entry, for each field (R8-3)."""
    return refusals_within(session, organization, entry, terms_of(session, organization, now), now)


def refusals_within(
    session: Session, organization: Organization, entry: Entry, terms: Terms, now: datetime
) -> list[Refusal]:
    """The same under terms that count somebody out, who gives up what is asked for (R5-21)."""
    found = reasons_against(entry, terms)
    if entry.contractor not in contractor_ids(organization):
        found.append(Refusal("contractor", CONTRACTOR_GONE))
    if not any(refusal.field == "login_id" for refusal in found):
        reason = id_refusal(session, organization, fold(entry.login_id), now)
        found += [Refusal("login_id", reason)] if reason else []
    return found


def enter_request(
    session: Session, organization: Organization, entry: Entry, *, by: Actor, now: datetime
) -> RightsRequest:
    """R5-10 ①. Refused with the first reason against it; of two for one ID at once, one is."""
    lock_organization(session, organization)
    for refusal in refusals_of(session, organization, entry, now):
        raise Refused(refusal.reason, refusal.field)
    settle_removal_of(session, fold(entry.login_id), now=now)
    person, parts = _person_of(session, organization, entry), parts_of_new(entry.asked)
    return add_request(session, organization, RequestKind.NEW, person, entry.asked, parts, entry.memo, by=by, now=now)


def accept_request(
    session: Session, request: RightsRequest, calendar: BusinessCalendar, *, by: Actor, now: datetime
) -> None:
    """R5-10 ②: from here on M is fixed, by the day of the acceptance (R5-11)."""
    before = facts_of(request)
    following = following_state(request, RequestEvent.ACCEPT)
    _refuse_what_no_longer_holds(session, request)
    request.state = following
    request.accepted_at, request.accepted_by_id = now, by.user_id
    request.processing_date = processing_date(day_of(now), calendar)
    record_move(session, "request.accepted", request, before, by, now)
    tell_of_request(session, request, News.ACCEPTED, now=now)


def accept_requests(
    session: Session, requests: Sequence[RightsRequest], calendar: BusinessCalendar, *, by: Actor, now: datetime
) -> None:
    """All of them or none; the refusal names the one that stands in the way."""
    for request in requests:
        try:
            accept_request(session, request, calendar, by=by, now=now)
        except Refused as refusal:
            reason = say(
                "%(organization)s %(number)s(%(name)sさん): %(reason)s",
                organization=request.organization.name,
                number=request.number,
                name=request.name_kanji,
                reason=refusal.reason,
            )
            raise type(refusal)(reason) from refusal


def cancel_request(
    session: Session,
    request: RightsRequest,
    reason: str,
    phoned_to: str,
    phoned_at: datetime,
    *,
    by: Actor,
    now: datetime,
) -> None:
    """「申請取消」: keeps why, who was phoned and when (R5-10 ②)."""
    before = facts_of(request)
    following = following_state(request, RequestEvent.CANCEL)
    _refuse_bad_call(request, reason, phoned_to, phoned_at, now)
    request.state = following
    request.cancel_reason, request.phoned_to, request.phoned_at = reason, phoned_to, phoned_at
    request.ended_at, request.ended_by_id = now, by.user_id
    record_move(session, "request.cancelled", request, before, by, now)
    release_what_follows(session, request, by, now)
    tell_of_request(session, request, News.CANCELLED, now=now)


def withdraw_request(session: Session, request: RightsRequest, *, by: Actor, now: datetime) -> None:
    """A contact manager takes a new request back before its acceptance (R5-17)."""
    before = facts_of(request)
    move(request, RequestEvent.WITHDRAW)
    request.ended_at, request.ended_by_id = now, by.user_id
    record_move(session, "request.withdrawn", request, before, by, now)
    release_what_follows(session, request, by, now)


def _person_of(session: Session, organization: Organization, entry: Entry) -> Person:
    person = person_with(session, fold(entry.login_id))
    contractor_id = contractor_ids(organization)[entry.contractor]
    return Person(person.id if person else None, contractor_id, entry.name_kanji, entry.name_kana, entry.login_id)


def _refuse_what_no_longer_holds(session: Session, request: RightsRequest) -> None:
    """What was true at the entry may have ended since (G8)."""
    organization, contractor = request.organization, request.contractor
    if organization.ended_at is not None:
        raise Conflict(say("この事業者の利用は終了しています。申請を取り消してください。"))
    if contractor is not None and contractor.ended_at is not None:
        raise Conflict(
            say("この委託先事業者の登録は終了しています。窓口責任者に連絡のうえ、申請を取り消してください。")
        )
    person = person_with(session, request.login_id_folded)
    if person is not None and person.organization_id != request.organization_id:
        raise Conflict(
            say(
                "このメールアドレス(ID)は、申請のあとでほかの事業者の利用者に登録されました。申請を取り消してください。"
            )
        )
    if is_in_jnote(session, request.login_id_folded):
        raise Conflict(IN_JNOTE)
    asked = AskedRights(request.taxis, request.johs, request.juju, request.loacus)
    systems, kinds = {row.system for row in organization.systems}, {row.kind for row in organization.kinds}
    if refusals_for(asked, systems, kinds):
        raise Conflict(
            say("申請のあとで事業者の登録が変わり、申請できない権限が含まれています。申請を取り消してください。")
        )


def _refuse_bad_call(request: RightsRequest, reason: str, phoned_to: str, phoned_at: datetime, now: datetime) -> None:
    for field, text, longest in (("reason", reason, LONGEST_REASON), ("phoned_to", phoned_to, LONGEST_NAME)):
        if not text or len(text) > longest:
            raise Refused(say("1文字以上%(longest)s文字以内で入力してください。", longest=longest), field)
    if phoned_at > now:
        raise Refused(say("これからの日時は入力できません。電話をした日時を入力してください。"), "phoned_at")
    if day_of(phoned_at) < day_of(request.entered_at):
        raise Refused(say("申請より前の日です。電話をした日時を入力してください。"), "phoned_at")
