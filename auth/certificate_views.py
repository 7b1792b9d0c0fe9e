"""A contact manager's own certificates: his organization's registrations and nothing of anybody else's (R4-5, R8-4)."""

from collections.abc import Sequence
from datetime import date, datetime

from flask import Blueprint, abort, flash, g, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from auth.certificate_csv import csv_answer
from auth.certificate_forms import ReasonForm
from auth.certificate_lists import SERVING, Line, ending, lines_in
from auth.certificate_queries import (
    latest_logins,
    locked_certificate,
    registration_of,
    registrations_of,
)
from auth.certificate_states import CertificateState, Succession
from auth.certificate_words import STATE_TAGS, SUCCESSIONS, grouped
from auth.gate import actor, viewer
from auth.registry import suspend_registration
from base import clock
from base.audience import CONTACT_MANAGER, audience
from base.db import db
from base.form_keys import new_form_key, once
from base.jst import day_of

WORDS = {"tags": STATE_TAGS, "successions": SUCCESSIONS, "grouped": grouped}


def _by_need(line: Line) -> tuple[bool, bool, date, str]:
    """What ends soon and has no successor comes first, by its last day to apply; what serves no longer last."""
    is_urgent = line.state == CertificateState.EXPIRING and line.succession != Succession.SAME_PC
    last_day = (line.last_safe_on or line.last_day) if is_urgent else date.min
    return line.state not in SERVING, not is_urgent, last_day, line.row.pc_name


def _own_lines() -> Sequence[Line]:
    session, now = db.session(), clock.now()
    lines = lines_in(session, registrations_of(session, viewer().organization_id), now)
    return sorted(lines, key=_by_need)


def _own_line(public_id: str) -> Line:
    """With its successor among the organization's others; 404 for what is registered for others alone (R8-4)."""
    found = (line for line in _own_lines() if line.row.certificate.public_id == public_id)
    return next(found, None) or abort(404)


@audience(CONTACT_MANAGER)
def show_own() -> str:
    lines, today = _own_lines(), day_of(clock.now())
    late = [line.row.pc_name for line in ending(lines) if line.is_late(today)]
    return render_template("certificates/own.html", lines=lines, late=late, today=today, **WORDS)


@audience(CONTACT_MANAGER)
def export_own() -> ResponseReturnValue:
    return csv_answer(_own_lines(), "certificates", clock.now())


@audience(CONTACT_MANAGER)
def show_line(public_id: str) -> str:
    line = _own_line(public_id)
    logins = latest_logins(db.session(), line.row.certificate_id, viewer().organization_id)
    return render_template("certificates/own_detail.html", line=line, logins=logins, today=day_of(clock.now()), **WORDS)


def _suspend_page(line: Line, form: ReasonForm) -> str:
    others = [
        each for each in _own_lines() if each.state in SERVING and each.row.certificate_id != line.row.certificate_id
    ]
    return render_template(
        "certificates/own_suspend.html",
        line=line,
        form=form,
        is_own=line.row.certificate.fingerprint == g.fingerprint,
        is_last=line.state in SERVING and not others,
        form_key=new_form_key(),
        **WORDS,
    )


@audience(CONTACT_MANAGER)
def ask_before_suspending(public_id: str) -> str:
    return _suspend_page(_own_line(public_id), ReasonForm())


@audience(CONTACT_MANAGER)
def suspend(public_id: str) -> ResponseReturnValue:
    line, form, by, of = _own_line(public_id), ReasonForm(), actor(), viewer().organization_id
    if not form.validate():
        return _suspend_page(line, form), 422

    def operation(session: Session, now: datetime) -> str:
        row = registration_of(locked_certificate(session, public_id), of) or abort(404)
        suspend_registration(row, session=session, by=by, now=now, reason=form.reason.data)
        return "/certificates"

    answer = once(viewer().user_id, operation)
    flash(_("%(name)sの証明書を停止しました。そのPCは、次の操作から利用できません。", name=line.row.pc_name), "success")
    return answer


def certificate_blueprint() -> Blueprint:
    blueprint = Blueprint("certificates", __name__)
    for path, method, view in (
        ("/certificates", "GET", show_own),
        ("/certificates.csv", "GET", export_own),
        ("/certificates/<public_id>", "GET", show_line),
        ("/certificates/<public_id>/suspend", "GET", ask_before_suspending),
        ("/certificates/<public_id>/suspend", "POST", suspend),
    ):
        blueprint.add_url_rule(path, view_func=view, methods=[method])
    return blueprint
