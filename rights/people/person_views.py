"""A contact manager asks for something about one person: typed, checked with its days, sent (R5-14 to R5-21, R5-34)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import abort, flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session

from auth.gate import actor, viewer
from auth.models import Organization, User
from base import clock
from base.audience import CONTACT_MANAGER, audience
from base.closing_days import business_calendar
from base.db import db
from base.form_keys import once
from base.refusals import Refused
from rights.models import RightsRequest
from rights.people.choices import Choice
from rights.people.entries import ENTRIES, PersonEntry
from rights.people.forms import RemovalForm, offer_present_contractor, person_form
from rights.people.person_screens import check_page, entry_page, removal_page
from rights.people.queries import find_person, lock_person, people_of
from rights.removals import enter_removal, remove_what_was_asked
from rights.request_forms import RequestForm
from rights.request_rows import lock_whole_request
from rights.right_changes import standing


@dataclass(frozen=True, slots=True)
class Route:
    """`endpoint`: None where the view's own name says enough."""

    path: str
    method: str
    view: Callable[..., ResponseReturnValue]
    endpoint: str | None = None


# Back to the form, or tasks were ticked from which codes follow (R9-9).
UNCHECKED = {"edit", "choose"}
SAID = {
    Choice.CHANGE: lazy_gettext("変更を申請しました。日程はこの画面で確認できます。"),
    Choice.CORRECT: lazy_gettext("登録内容を訂正しました。"),
    Choice.NEW_ID: lazy_gettext("新しいIDを申請しました。受付は、託送受付センターが翌営業日に行います。"),
    Choice.ANEW: lazy_gettext("申請しました。受付は、託送受付センターが翌営業日に行います。"),
    Choice.REMOVE: lazy_gettext("抹消を申請しました。日程はこの画面で確認できます。"),
}


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody has typed about a person of his own organization."""

    organization: Organization
    user: User
    form: RequestForm


def _typed(session: Session, entry: PersonEntry, user: User) -> Typed:
    organization = session.get_one(Organization, viewer().organization_id)
    form = person_form(organization, user, standing(session, user.id, clock.now()), entry.typed)
    if entry.choice is Choice.CORRECT:
        offer_present_contractor(form, user)
    return Typed(organization, user, form)


def _found(session: Session, entry: PersonEntry, public_id: str) -> Typed:
    user: User = find_person(session, people_of(viewer().organization_id), public_id) or abort(404)
    return _typed(session, entry, user)


def _show(entry: PersonEntry, public_id: str) -> ResponseReturnValue:
    typed = _found(db.session(), entry, public_id)
    return entry_page(entry, typed.organization, typed.user, typed.form)


def _check(entry: PersonEntry, public_id: str) -> ResponseReturnValue:
    """「内容を確認する」 changes nothing: it shows everything once more, with the days (R5-34)."""
    typed = _found(db.session(), entry, public_id)
    form = typed.form
    if request.form.get("step") not in UNCHECKED:
        form.validate()
        form.refuse(entry.refusals(db.session(), typed.organization, typed.user, form, clock.now()))
        if not form.errors:
            return check_page(entry, typed.organization, typed.user, form)
    return entry_page(entry, typed.organization, typed.user, form), 422 if form.errors else 200


def _send(entry: PersonEntry, public_id: str) -> ResponseReturnValue:
    by, reach = actor(), people_of(viewer().organization_id)

    def operation(session: Session, now: datetime) -> str:
        typed = _typed(session, entry, lock_person(session, reach, public_id) or abort(404))
        row = entry.enter(session, typed.organization, typed.user, typed.form, by, now)
        is_done_here = entry.choice is Choice.CORRECT
        return f"/people/{public_id}" if is_done_here else f"/requests/{row.public_id}"

    try:
        answer = once(viewer().user_id, operation)
    except Refused as refusal:
        typed = _found(db.session(), entry, public_id)
        typed.form.refuse([refusal])
        return entry_page(entry, typed.organization, typed.user, typed.form), refusal.form_status
    flash(str(SAID[entry.choice]), "success")
    return answer


def _removal_page(public_id: str, form: RemovalForm) -> str:
    user: User = find_person(db.session(), people_of(viewer().organization_id), public_id) or abort(404)
    return removal_page(user, form)


@audience(CONTACT_MANAGER)
def show_removal(public_id: str) -> ResponseReturnValue:
    return _removal_page(public_id, RemovalForm())


@audience(CONTACT_MANAGER)
def send_removal(public_id: str) -> ResponseReturnValue:
    """Its page is the check as well: but for a word to the reception center there is nothing to type."""
    form, by, reach = RemovalForm(), actor(), people_of(viewer().organization_id)
    if not form.validate():
        return _removal_page(public_id, form), 422

    def operation(session: Session, now: datetime) -> str:
        user: User = lock_person(session, reach, public_id) or abort(404)
        calendar = business_calendar(session)
        row = enter_removal(session, user.organization, user, form.memo.data or "", calendar, by=by, now=now)
        return f"/requests/{row.public_id}"

    try:
        answer = once(viewer().user_id, operation)
    except Refused as refusal:
        form.refuse([refusal])
        return _removal_page(public_id, form), refusal.form_status
    flash(str(SAID[Choice.REMOVE]), "success")
    return answer


@audience(CONTACT_MANAGER)
def remove_requested(public_id: str) -> ResponseReturnValue:
    """A new request that can't be withdrawn any more: the removal cancels it, whether there is an account yet or not (R5-17)."""
    by, of = actor(), viewer().organization_id

    def operation(session: Session, now: datetime) -> str:
        row: RightsRequest = lock_whole_request(session, of, public_id) or abort(404)
        removal = remove_what_was_asked(session, row, business_calendar(session), by=by, now=now)
        return f"/requests/{removal.public_id}"

    answer = once(viewer().user_id, operation)
    flash(_("抹消を申請しました。新規の申請は取り消されました。"), "success")
    return answer


def _entry_routes(entry: PersonEntry) -> tuple[Route, ...]:
    """Each form has its page, its check, and what sends it."""
    path = f"/people/<public_id>/{entry.choice}"

    @audience(CONTACT_MANAGER)
    def show(public_id: str) -> ResponseReturnValue:
        return _show(entry, public_id)

    @audience(CONTACT_MANAGER)
    def check(public_id: str) -> ResponseReturnValue:
        return _check(entry, public_id)

    @audience(CONTACT_MANAGER)
    def send(public_id: str) -> ResponseReturnValue:
        return _send(entry, public_id)

    name = entry.choice.name.lower()
    return (
        Route(path, "GET", show, f"show_{name}"),
        Route(path, "POST", check, f"check_{name}"),
        Route(f"{path}/send", "POST", send, f"send_{name}"),
    )


PERSON_ROUTES: tuple[Route, ...] = (
    *(route for entry in ENTRIES.values() for route in _entry_routes(entry)),
    Route("/people/<public_id>/remove", "GET", show_removal),
    Route("/people/<public_id>/remove", "POST", send_removal),
    Route("/requests/<public_id>/remove", "POST", remove_requested),
)
