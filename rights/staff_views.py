"""The reception center's queue: accepted one by one or many at once, cancelled after a phone call (R5-10 ②)."""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlencode

from flask import Blueprint, abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from auth.gate import actor, viewer
from auth.permissions import REQUESTS
from base import clock
from base.audience import audience, staff
from base.closing_days import business_calendar
from base.db import db
from base.form_keys import new_form_key, once
from base.jst import in_jst
from base.mail_words import fate_of
from base.refusals import Conflict, Refused
from rights.juju_seats import seats_taken
from rights.models import RightsRequest
from rights.request_csv import requests_csv
from rights.request_filters import Filters, read_filters
from rights.request_forms import CancelForm
from rights.request_history import history_of, mails_about, others_for
from rights.request_letters import SUBJECTS
from rights.request_lists import PAGE, batches_of, page_of
from rights.request_queries import every_request, find_request, lock_request, lock_requests
from rights.request_rules import JUJU_SEATS
from rights.request_search import by_index
from rights.request_states import RequestState
from rights.requests import accept_requests, cancel_request
from rights.shown_requests import shown, shown_in_batches


@audience(staff(REQUESTS))
def show_queue() -> ResponseReturnValue:
    filters = _filters()
    page = page_of(db.session(), every_request(), filters, request.args, by_index)
    rows = shown(db.session(), page.rows, clock.now())
    query = urlencode(filters.in_address())
    return render_template(
        "rights/staff_requests.html", page=page, rows=rows, filters=filters, query=query, form_key=new_form_key()
    )


@audience(staff(REQUESTS))
def export_queue() -> ResponseReturnValue:
    session, now = db.session(), clock.now()
    batches = batches_of(session, every_request(), _filters(), by_index)
    return requests_csv(shown_in_batches(session, batches, now), now)


@audience(staff(REQUESTS))
def accept_chosen() -> ResponseReturnValue:
    """`only` is the button in a request's own row: it leaves the ticked boxes alone."""
    only = request.form.get("only")
    chosen = [only] if only else request.form.getlist("request")
    back = f"/staff/requests?{urlencode(_filters().in_address())}"
    if len(chosen) > PAGE:
        abort(400)
    if not chosen:
        flash(_("受け付ける申請を選択してください。"), "error")
        return redirect(back, code=303)
    return _accept(chosen, back)


@audience(staff(REQUESTS))
def accept_one(public_id: str) -> ResponseReturnValue:
    return _accept([public_id], "/staff/requests")


@audience(staff(REQUESTS))
def show_request(public_id: str) -> ResponseReturnValue:
    form = CancelForm(phoned_at=in_jst(clock.now()).replace(tzinfo=None))
    return _request_page(public_id, form)


@audience(staff(REQUESTS))
def cancel(public_id: str) -> ResponseReturnValue:
    form, by = CancelForm(), actor()
    if not form.validate():
        return _request_page(public_id, form), 422

    def operation(session: Session, now: datetime) -> str:
        row: RightsRequest = lock_request(session, every_request(), public_id) or abort(404)
        cancel_request(session, row, form.reason.data, form.phoned_to.data, form.moment(), by=by, now=now)
        return f"/staff/requests/{row.public_id}"

    try:
        answer = once(viewer().user_id, operation)
    except Refused as refusal:
        return _cancel_refused(public_id, form, refusal)
    flash(_("申請を取り消しました。"), "success")
    return answer


def staff_requests_blueprint() -> Blueprint:
    blueprint = Blueprint("staff_requests", __name__)
    for path, method, view in (
        ("/staff/requests", "GET", show_queue),
        ("/staff/requests.csv", "GET", export_queue),
        ("/staff/requests/accept", "POST", accept_chosen),
        ("/staff/requests/<public_id>", "GET", show_request),
        ("/staff/requests/<public_id>/accept", "POST", accept_one),
        ("/staff/requests/<public_id>/cancel", "POST", cancel),
    ):
        blueprint.add_url_rule(path, view_func=view, methods=[method])
    return blueprint


def _filters() -> Filters:
    return read_filters(request.args, RequestState.ENTERED)


def _accept(public_ids: Sequence[str], location: str) -> ResponseReturnValue:
    by = actor()

    def operation(session: Session, now: datetime) -> str:
        rows = lock_requests(session, every_request(), public_ids)
        if len(rows) != len(set(public_ids)):
            abort(404)
        accept_requests(session, rows, business_calendar(session), by=by, now=now)
        return location

    answer = once(viewer().user_id, operation)
    flash(ngettext("受け付けました。", "%(num)s件を受け付けました。", len(set(public_ids))), "success")
    return answer


def _cancel_refused(public_id: str, form: CancelForm, refusal: Refused) -> ResponseReturnValue:
    if isinstance(refusal, Conflict):
        raise refusal
    form.refuse([refusal])
    return _request_page(public_id, form), 422


def _request_page(public_id: str, form: CancelForm) -> str:
    session, now = db.session(), clock.now()
    row = find_request(session, every_request(), public_id) or abort(404)
    return render_template(
        "rights/staff_request.html",
        one=shown(session, [row], now)[0],
        form=form,
        form_key=new_form_key(),
        juju_taken=seats_taken(session, row.organization_id, now),
        juju_seats=JUJU_SEATS,
        history=history_of(session, row, now),
        mails=[(mail, fate_of(mail)) for mail in mails_about(session, row)],
        told=SUBJECTS,
        others=shown(session, others_for(session, row), now),
    )
