"""A contact manager's requests: list, entry in two steps, one request, withdrawal."""

from datetime import datetime
from urllib.parse import urlencode

from flask import Blueprint, abort, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from auth.gate import actor, viewer
from auth.models import Organization, User
from base import clock
from base.audience import CONTACT_MANAGER, audience
from base.db import db
from base.form_keys import new_form_key, once
from base.refusals import Refused
from rights.codes import SYSTEMS_WITH_RIGHTS, AskedRights, codes_of
from rights.entry.chosen import asked_part
from rights.entry.outlook_queries import outlook_now
from rights.models import RightsRequest
from rights.request_csv import requests_csv
from rights.request_filters import Filters, read_filters
from rights.request_forms import RequestForm
from rights.request_lists import batches_of, page_of
from rights.request_queries import contractors_of, find_request, lock_request, requests_of, terms_of
from rights.request_rules import JUJU_SEATS, Terms, extra_seat
from rights.request_search import by_looking
from rights.request_states import RequestKind
from rights.requests import enter_request, refusals_of
from rights.shown_requests import shown, shown_in_batches, title_of
from rights.withdrawals import take_back

NOTHING_HELD = AskedRights()
UNCHECKED = {"edit", "choose"}


@audience(CONTACT_MANAGER)
def show_requests() -> ResponseReturnValue:
    filters, reach = read_filters(request.args), requests_of(viewer().organization_id)
    page = page_of(db.session(), reach, filters, request.args, by_looking)
    rows = shown(db.session(), page.rows, clock.now())
    return render_template("rights/requests.html", page=page, rows=rows, filters=filters, query=_query(filters))


@audience(CONTACT_MANAGER)
def export_requests() -> ResponseReturnValue:
    session, filters, now = db.session(), read_filters(request.args), clock.now()
    batches = batches_of(session, requests_of(viewer().organization_id), filters, by_looking)
    return requests_csv(shown_in_batches(session, batches, now), now)


@audience(CONTACT_MANAGER)
def show_entry() -> ResponseReturnValue:
    return _entry_page(_form(_organization(db.session())))


@audience(CONTACT_MANAGER)
def check_entry() -> ResponseReturnValue:
    """「内容を確認する」 changes nothing: it shows everything once more, with the dates (R5-34). Nor do the steps before it."""
    organization = _organization(db.session())
    form = _form(organization)
    if request.form.get("step") in UNCHECKED:
        return _entry_page(form)
    form.validate()
    form.refuse(refusals_of(db.session(), organization, form.entry(), clock.now()))
    return (_entry_page(form), 422) if form.errors else _confirmation_page(form, organization)


@audience(CONTACT_MANAGER)
def send_entry() -> ResponseReturnValue:
    form = _form(_organization(db.session()))
    try:
        answer = once(viewer().user_id, lambda session, now: _enter(session, form, now))
    except Refused as refusal:
        form.refuse([refusal])
        return _entry_page(form), 422
    flash(_("申請しました。受付は、託送受付センターが翌営業日に行います。"), "success")
    return answer


@audience(CONTACT_MANAGER)
def show_request(public_id: str) -> ResponseReturnValue:
    row = find_request(db.session(), requests_of(viewer().organization_id), public_id) or abort(404)
    one = shown(db.session(), [row], clock.now())[0]
    number = db.session.get_one(User, row.user_id).user_number if row.registered_at else None
    return render_template("rights/request.html", one=one, user_number=number, form_key=new_form_key())


@audience(CONTACT_MANAGER)
def withdraw(public_id: str) -> ResponseReturnValue:
    by, reach = actor(), requests_of(viewer().organization_id)

    def operation(session: Session, now: datetime) -> str:
        row: RightsRequest = lock_request(session, reach, public_id) or abort(404)
        take_back(session, row, by=by, now=now)
        return f"/requests/{row.public_id}"

    answer = once(viewer().user_id, operation)
    flash(_("申請を取り下げました。必要になったときは、新規申請からあらためて申請してください。"), "success")
    return answer


def requests_blueprint() -> Blueprint:
    blueprint = Blueprint("requests", __name__)
    for path, method, view in (
        ("/requests", "GET", show_requests),
        ("/requests", "POST", send_entry),
        ("/requests.csv", "GET", export_requests),
        ("/requests/new", "GET", show_entry),
        ("/requests/new", "POST", check_entry),
        ("/requests/<public_id>", "GET", show_request),
        ("/requests/<public_id>/withdraw", "POST", withdraw),
    ):
        blueprint.add_url_rule(path, view_func=view, methods=[method])
    return blueprint


def _query(filters: Filters) -> str:
    return urlencode(filters.in_address())


def _organization(session: Session) -> Organization:
    return session.get_one(Organization, viewer().organization_id)


def _form(organization: Organization) -> RequestForm:
    form = RequestForm()
    form.offer(organization, contractors_of(organization))
    return form


def _enter(session: Session, form: RequestForm, now: datetime) -> str:
    row = enter_request(session, _organization(session), form.entry(), by=actor(), now=now)
    return f"/requests/{row.public_id}"


def _entry_page(form: RequestForm) -> str:
    session, now = db.session(), clock.now()
    organization = _organization(session)
    terms = terms_of(session, organization, now)
    part = asked_part(terms, request.form.getlist("task"), has_special_approval=organization.has_special_approval)
    if request.form.get("step") == "choose":
        form.choose(part.codes)
    return render_template(
        "rights/request_new.html",
        form=form,
        organization=organization,
        part=part,
        outlook=outlook_now(session, RequestKind.NEW, NOTHING_HELD, _asked_or_all(form, terms), now),
    )


def _asked_or_all(form: RequestForm, terms: Terms) -> AskedRights:
    """While nothing is chosen, what each system of the organization would take."""
    asked = form.entry().asked
    if asked.systems:
        return asked
    return AskedRights(
        **{each.lower(): codes_of(each)[0].value for each in SYSTEMS_WITH_RIGHTS if each in terms.systems_in_use}
    )


def _confirmation_page(form: RequestForm, organization: Organization) -> str:
    session, now = db.session(), clock.now()
    asked = form.entry().asked
    return render_template(
        "rights/request_check.html",
        form=form,
        organization=organization,
        belongs_to={choice.value: choice.label for choice in form.contractor.iter_choices()}[form.entry().contractor],
        titles=[(system.value, title_of(system, value)) for system, value in asked.in_all_systems()],
        extra_seat=extra_seat(terms_of(session, organization, now).juju_taken + 1) if asked.juju else None,
        juju_seats=JUJU_SEATS,
        outlook=outlook_now(session, RequestKind.NEW, NOTHING_HELD, asked, now),
        form_key=new_form_key(),
    )
