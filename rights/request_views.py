"""A contact manager's requests: the list, one request, its withdrawal."""

from datetime import datetime
from urllib.parse import urlencode

from flask import Blueprint, abort, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from auth.gate import actor, viewer
from auth.models import User
from base import clock
from base.audience import CONTACT_MANAGER, audience
from base.db import db
from base.form_keys import new_form_key, once
from rights.entry.draft_queries import draft_count
from rights.inventory.queries import answered_with
from rights.models import RightsRequest
from rights.request_csv import requests_csv
from rights.request_filters import Filters, read_filters
from rights.request_history import others_for
from rights.request_lists import batches_of, page_of
from rights.request_queries import find_request, lock_request, requests_of
from rights.request_search import by_looking
from rights.shown_requests import shown, shown_in_batches
from rights.withdrawals import take_back


@audience(CONTACT_MANAGER)
def show_requests() -> ResponseReturnValue:
    filters, reach = read_filters(request.args), requests_of(viewer().organization_id)
    page = page_of(db.session(), reach, filters, request.args, by_looking)
    rows = shown(db.session(), page.rows, clock.now())
    drafts = draft_count(db.session(), viewer().organization_id)
    return render_template(
        "rights/requests.html", page=page, rows=rows, filters=filters, query=_query(filters), drafts=drafts
    )


@audience(CONTACT_MANAGER)
def export_requests() -> ResponseReturnValue:
    session, filters, now = db.session(), read_filters(request.args), clock.now()
    batches = batches_of(session, requests_of(viewer().organization_id), filters, by_looking)
    return requests_csv(shown_in_batches(session, batches, now), now)


@audience(CONTACT_MANAGER)
def show_request(public_id: str) -> ResponseReturnValue:
    session, now = db.session(), clock.now()
    row = find_request(session, requests_of(viewer().organization_id), public_id) or abort(404)
    return render_template(
        "rights/request.html",
        one=shown(session, [row], now)[0],
        others=shown(session, others_for(session, row), now),
        user_number=session.get_one(User, row.user_id).user_number if row.registered_at else None,
        inventory=answered_with(session, row),
        form_key=new_form_key(),
    )


@audience(CONTACT_MANAGER)
def withdraw(public_id: str) -> ResponseReturnValue:
    by, reach = actor(), requests_of(viewer().organization_id)

    def operation(session: Session, now: datetime) -> str:
        row: RightsRequest = lock_request(session, reach, public_id) or abort(404)
        take_back(session, row, by=by, now=now)
        return f"/requests/{row.public_id}"

    answer = once(viewer().user_id, operation)
    flash(_("申請を取り下げました。必要になったときは、あらためて申請してください。"), "success")
    return answer


def requests_blueprint() -> Blueprint:
    blueprint = Blueprint("requests", __name__)
    for path, method, view in (
        ("/requests", "GET", show_requests),
        ("/requests.csv", "GET", export_requests),
        ("/requests/<public_id>", "GET", show_request),
        ("/requests/<public_id>/withdraw", "POST", withdraw),
    ):
        blueprint.add_url_rule(path, view_func=view, methods=[method])
    return blueprint


def _query(filters: Filters) -> str:
    return urlencode(filters.in_address())
