"""An ID can't be changed: a new one with the same rights, and the old one's removal, which waits for them (R5-21)."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from auth.login_id import fold, refusal_for
from auth.models import Organization, User
from base.actors import Actor
from base.refusals import Refused
from base.sentences import say
from rights.changes import already_under_way
from rights.codes import AskedRights, Refusal
from rights.inventory.answers import take_as_answer
from rights.models import RightsRequest
from rights.removals import NOTHING_TO_REMOVE
from rights.request_parts import parts_of_new, parts_of_removal
from rights.request_queries import contractor_ids, open_request_for, terms_of
from rights.request_rows import Person, add_request, lock_organization
from rights.request_rules import Entry, Terms
from rights.request_states import RequestKind
from rights.requests import refusals_within
from rights.right_changes import standing

SAME_ID = say("いまのIDと同じです。新しいIDを入力してください。大文字と小文字は区別されません。")


def copied(session: Session, user: User, entry: Entry, now: datetime) -> Entry:
    """Whatever was typed: the rights are those that the person has."""
    return replace(entry, asked=standing(session, user.id, now))


def id_change_refusals(
    session: Session, organization: Organization, user: User, entry: Entry, now: datetime
) -> list[Refusal]:
    """Everything that stands against it, for each field (R8-3)."""
    first = open_request_for(session, user.login_id_folded)
    if first is not None:
        return [Refusal("rights", already_under_way(first))]
    wanted = copied(session, user, entry, now)
    if not wanted.asked.systems:
        return [Refusal("rights", NOTHING_TO_REMOVE)]
    found = refusals_within(session, organization, wanted, terms_without(session, organization, wanted.asked, now), now)
    if not _is_same(user, entry.login_id):
        return found
    return [*(refusal for refusal in found if refusal.field != "login_id"), Refusal("login_id", SAME_ID)]


def enter_id_change(
    session: Session, organization: Organization, user: User, entry: Entry, *, by: Actor, now: datetime
) -> RightsRequest:
    """The new request, accepted and carried out like any other (R5-10); the removal ends with it. The person is locked."""
    lock_organization(session, organization)
    for refusal in id_change_refusals(session, organization, user, entry, now):
        raise Refused(refusal.reason, refusal.field)
    asked = standing(session, user.id, now)
    contractor_id = contractor_ids(organization)[entry.contractor]
    person = Person(None, contractor_id, entry.name_kanji, entry.name_kana, entry.login_id)
    parts = parts_of_new(asked)
    new = add_request(session, organization, RequestKind.NEW, person, asked, parts, entry.memo, by=by, now=now)
    old = Person(user.id, user.contractor_id, user.name_kanji, user.name_kana, user.login_id)
    removal = add_request(
        session,
        organization,
        RequestKind.REMOVAL,
        old,
        AskedRights(),
        parts_of_removal(asked),
        say("新しいID %(login_id)s(%(number)s)へ移るため", login_id=new.login_id, number=new.number),
        by=by,
        now=now,
    )
    removal.follows_id = new.id
    session.flush()
    take_as_answer(session, removal, by=by, now=now)
    return new


def _is_same(user: User, typed: str) -> bool:
    return refusal_for(typed) is None and fold(typed) == user.login_id_folded


def terms_without(session: Session, organization: Organization, held: AskedRights, now: datetime) -> Terms:
    """The person who gives up one JUJU seat and takes another counts once (R5-5)."""
    terms = terms_of(session, organization, now)
    return replace(terms, juju_taken=terms.juju_taken - bool(held.juju))
