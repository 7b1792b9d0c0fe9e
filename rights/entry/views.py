"""A contact manager enters a request for a new person: typed, checked, sent; or left as a draft (R5-10 ①)."""

from datetime import datetime

from flask import Blueprint, abort, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from auth.gate import actor, viewer
from base import clock
from base.audience import CONTACT_MANAGER, audience
from base.db import db, transaction
from base.form_keys import new_form_key, once
from base.identifiers import is_public_id, public_id
from base.refusals import Refused
from rights.codes import Refusal
from rights.entry.draft_fields import is_blank, is_too_long, read, refuse_unkeepable, typed_fields, written
from rights.entry.draft_queries import draft_by, shown_drafts
from rights.entry.drafts import Sheet, discard_draft, forget_sent, keep_draft, version_of
from rights.entry.screens import (
    DraftPlace,
    confirmation_page,
    entry_form,
    entry_page,
    own_organization,
    sent_place,
)
from rights.models import RequestDraft
from rights.request_forms import RequestForm
from rights.request_states import RequestKind
from rights.requests import enter_request, refusals_of

UNCHECKED = {"edit", "choose"}
DRAFTS = "/requests/drafts"


@audience(CONTACT_MANAGER)
def show_entry() -> ResponseReturnValue:
    return entry_page(entry_form(own_organization(db.session())), DraftPlace(public_id()))


@audience(CONTACT_MANAGER)
def check_entry() -> ResponseReturnValue:
    """「内容を確認する」 changes nothing: it shows everything once more, with the dates (R5-34). Nor do the steps before it."""
    organization, place = own_organization(db.session()), sent_place()
    form = entry_form(organization)
    if request.form.get("step") in UNCHECKED:
        return entry_page(form, place)
    form.validate()
    form.refuse(refusals_of(db.session(), organization, form.entry(), clock.now()))
    return (entry_page(form, place), 422) if form.errors else confirmation_page(form, organization, place)


@audience(CONTACT_MANAGER)
def send_entry() -> ResponseReturnValue:
    form, place = entry_form(own_organization(db.session())), sent_place()
    try:
        answer = once(viewer().user_id, lambda session, now: _enter(session, form, place, now))
    except Refused as refusal:
        form.refuse([refusal])
        return entry_page(form, place), 422
    flash(_("申請しました。受付は、託送受付センターが翌営業日に行います。"), "success")
    return answer


@audience(CONTACT_MANAGER)
def show_drafts() -> ResponseReturnValue:
    drafts = shown_drafts(db.session(), viewer().organization_id)
    return render_template("rights/drafts.html", drafts=drafts, form_key=new_form_key())


@audience(CONTACT_MANAGER)
def show_draft(draft_id: str) -> ResponseReturnValue:
    """The form goes on where it was left."""
    draft: RequestDraft = draft_by(db.session(), viewer().organization_id, draft_id) or abort(404)
    form = entry_form(own_organization(db.session()), read(draft.fields))
    return entry_page(form, DraftPlace(draft.public_id, version_of(draft)))


@audience(CONTACT_MANAGER)
def save_draft() -> ResponseReturnValue:
    """「下書きに残す」."""
    fields = typed_fields(request.form)
    try:
        refuse_unkeepable(fields)
        answer = once(viewer().user_id, lambda session, now: _kept_at(session, fields, now))
    except Refused as refusal:
        form = entry_form(own_organization(db.session()))
        form.refuse([Refusal("rights", refusal.reason)])
        return entry_page(form, sent_place()), 422
    flash(_("下書きに残しました。まだ申請されていません。"), "success")
    return answer


@audience(CONTACT_MANAGER)
def keep_left() -> ResponseReturnValue:
    """Sent by the page's script as somebody leaves a form that he has typed in; nobody reads a refusal then."""
    fields = typed_fields(request.form)
    if is_blank(fields) or is_too_long(fields):
        return "", 204
    with transaction() as session:
        draft = _keep(session, fields, clock.now())
        return {"draft": draft.public_id, "known": version_of(draft)}


@audience(CONTACT_MANAGER)
def discard(draft_id: str) -> ResponseReturnValue:
    by, of = actor(), viewer().organization_id

    def operation(session: Session, now: datetime) -> str:
        draft: RequestDraft = draft_by(session, of, draft_id) or abort(404)
        discard_draft(session, draft, by=by, now=now)
        return DRAFTS

    answer = once(viewer().user_id, operation)
    flash(_("下書きを破棄しました。"), "success")
    return answer


def entry_blueprint() -> Blueprint:
    blueprint = Blueprint("entry", __name__)
    for path, method, view in (
        ("/requests", "POST", send_entry),
        ("/requests/new", "GET", show_entry),
        ("/requests/new", "POST", check_entry),
        (DRAFTS, "GET", show_drafts),
        (DRAFTS, "POST", save_draft),
        (f"{DRAFTS}/left", "POST", keep_left),
        (f"{DRAFTS}/<draft_id>", "GET", show_draft),
        (f"{DRAFTS}/<draft_id>/discard", "POST", discard),
    ):
        blueprint.add_url_rule(path, view_func=view, methods=[method])
    return blueprint


def _enter(session: Session, form: RequestForm, place: DraftPlace, now: datetime) -> str:
    organization = own_organization(session)
    row = enter_request(session, organization, form.entry(), by=actor(), now=now)
    forget_sent(session, organization.id, place.key)
    return f"/requests/{row.public_id}"


def _kept_at(session: Session, fields: dict[str, str], now: datetime) -> str:
    _keep(session, fields, now)
    return DRAFTS


def _keep(session: Session, fields: dict[str, str], now: datetime) -> RequestDraft:
    place, of = sent_place(), viewer().organization_id
    if not is_public_id(place.key):
        abort(400)
    sheet = Sheet(RequestKind.NEW, place.key, place.known, written(fields))
    found: RequestDraft = keep_draft(session, of, sheet, by=actor(), now=now) or abort(404)
    return found
