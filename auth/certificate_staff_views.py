"""The reception center's registry of client certificates: searched, looked at, suspended, resumed, revoked (R4-3 to R4-5)."""

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, abort, flash, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from auth.certificate_csv import csv_answer
from auth.certificate_forms import AddForm, ReasonForm, SuspendForm
from auth.certificate_lists import PAGE, Line, ending_in, filtered, lines_in, page_of, read_filters
from auth.certificate_queries import (
    beside_ending,
    certificate_by,
    every_registration,
    in_order,
    latest_logins,
    locked_certificate,
    of_active_organizations,
    organizations_to_choose,
)
from auth.certificate_states import Succession
from auth.certificate_words import STATE_TAGS, SUCCESSIONS, grouped
from auth.gate import actor, viewer
from auth.models import Certificate, CertificateRegistration
from auth.permissions import CERTIFICATES
from auth.registry import resume_registration, revoke_certificate, suspend_registration
from base import clock
from base.audience import audience, staff
from base.db import db
from base.form_keys import new_form_key, once
from base.jst import day_of

WORDS = {"tags": STATE_TAGS, "successions": SUCCESSIONS, "grouped": grouped}


@audience(staff(CERTIFICATES))
def show_list() -> str:
    session, now, filters = db.session(), clock.now(), read_filters(request.args)
    rows, count = page_of(session, filters, now)
    return render_template(
        "certificates/staff_list.html",
        lines=lines_in(session, rows, now),
        count=count,
        has_more=count > filters.page * PAGE,
        filters=filters,
        organizations=organizations_to_choose(session),
        today=day_of(now),
        **WORDS,
    )


@audience(staff(CERTIFICATES))
def export_list() -> ResponseReturnValue:
    session, now = db.session(), clock.now()
    rows = session.scalars(in_order(filtered(read_filters(request.args), now))).all()
    return csv_answer(lines_in(session, rows, now), "certificates", now, is_for_staff=True)


def _ending() -> list[Line]:
    session, now = db.session(), clock.now()
    beside = beside_ending(of_active_organizations(every_registration()), now)
    rows = session.scalars(in_order(beside)).all()
    return ending_in(session, rows, now)


@audience(staff(CERTIFICATES))
def show_expiring() -> str:
    lines, today = _ending(), day_of(clock.now())
    open_lines = [line for line in lines if line.succession is not Succession.SAME_PC]
    figures = {"late": sum(line.is_late(today) for line in lines), "open": len(open_lines)}
    return render_template("certificates/expiring.html", lines=lines, figures=figures, today=today, **WORDS)


@audience(staff(CERTIFICATES))
def export_expiring() -> ResponseReturnValue:
    return csv_answer(_ending(), "expiring-certificates", clock.now(), is_for_staff=True)


def _found(public_id: str) -> Certificate:
    return certificate_by(db.session(), public_id) or abort(404)


def _lines(row: Certificate) -> list[Line]:
    lines = lines_in(db.session(), row.registrations, clock.now())
    return sorted(lines, key=lambda line: line.row.organization.name)


def detail_page(row: Certificate, form: AddForm) -> str:
    session = db.session()
    known = {line.organization_id for line in row.registrations}
    form.offer([each for each in organizations_to_choose(session) if each.id not in known])
    return render_template(
        "certificates/staff_detail.html",
        row=row,
        lines=_lines(row),
        logins=latest_logins(session, row.id),
        form=form,
        today=day_of(clock.now()),
        form_key=new_form_key(),
        **WORDS,
    )


@audience(staff(CERTIFICATES))
def show_detail(public_id: str) -> str:
    return detail_page(_found(public_id), AddForm())


def _press(
    public_id: str, operation: Callable[[Session, Certificate, datetime], None], words: str
) -> ResponseReturnValue:
    def run(session: Session, now: datetime) -> str:
        operation(session, locked_certificate(session, public_id) or abort(404), now)
        return f"/staff/certificates/{public_id}"

    answer = once(viewer().user_id, run)
    flash(words, "success")
    return answer


def _line_of(row: Certificate, organization: str) -> CertificateRegistration:
    """By the organization's public id."""
    found = next((line for line in row.registrations if line.organization.public_id == organization), None)
    return found or abort(404)


def _suspend_page(row: Certificate, form: SuspendForm) -> str:
    open_lines = [line for line in row.registrations if line.suspended_at is None]
    form.offer([line.organization for line in open_lines])
    is_own = row.fingerprint == g.fingerprint
    return render_template(
        "certificates/suspend.html", row=row, form=form, is_own=is_own, form_key=new_form_key(), **WORDS
    )


@audience(staff(CERTIFICATES))
def ask_before_suspending(public_id: str) -> str:
    row = _found(public_id)
    open_lines = [line.organization.public_id for line in row.registrations if line.suspended_at is None]
    only = open_lines[0] if len(open_lines) == 1 else ""
    return _suspend_page(row, SuspendForm(organization=request.args.get("organization", only)))


@audience(staff(CERTIFICATES))
def suspend(public_id: str) -> ResponseReturnValue:
    form, by = SuspendForm(), actor()
    if not form.validate():
        return _suspend_page(_found(public_id), form), 422

    def operation(session: Session, row: Certificate, now: datetime) -> None:
        line, reason = _line_of(row, form.organization.data), form.reason.data
        suspend_registration(line, session=session, by=by, now=now, reason=reason)

    return _press(public_id, operation, _("この事業者での利用を停止しました。次の操作から、このPCでは利用できません。"))


@audience(staff(CERTIFICATES))
def resume(public_id: str) -> ResponseReturnValue:
    by, organization = actor(), request.form.get("organization", "")

    def operation(session: Session, row: Certificate, now: datetime) -> None:
        resume_registration(_line_of(row, organization), session=session, by=by, now=now)

    return _press(public_id, operation, _("停止を解除しました。このPCから、またログインできます。"))


def _revoke_page(row: Certificate, form: ReasonForm) -> str:
    is_own = row.fingerprint == g.fingerprint
    return render_template(
        "certificates/revoke.html", row=row, form=form, is_own=is_own, form_key=new_form_key(), **WORDS
    )


@audience(staff(CERTIFICATES))
def ask_before_revoking(public_id: str) -> str:
    return _revoke_page(_found(public_id), ReasonForm())


@audience(staff(CERTIFICATES))
def revoke(public_id: str) -> ResponseReturnValue:
    form, by = ReasonForm(), actor()
    if not form.validate():
        return _revoke_page(_found(public_id), form), 422

    def operation(session: Session, row: Certificate, now: datetime) -> None:
        revoke_certificate(row, session=session, by=by, now=now, reason=form.reason.data)

    return _press(public_id, operation, _("証明書を失効させました。どの事業者でも、二度と利用できません。"))


def certificate_staff_blueprint() -> Blueprint:
    blueprint = Blueprint("staff_certificates", __name__)
    for path, method, view in (
        ("/staff/certificates", "GET", show_list),
        ("/staff/certificates.csv", "GET", export_list),
        ("/staff/certificates/expiring", "GET", show_expiring),
        ("/staff/certificates/expiring.csv", "GET", export_expiring),
        ("/staff/certificates/<public_id>", "GET", show_detail),
        ("/staff/certificates/<public_id>/suspend", "GET", ask_before_suspending),
        ("/staff/certificates/<public_id>/suspend", "POST", suspend),
        ("/staff/certificates/<public_id>/resume", "POST", resume),
        ("/staff/certificates/<public_id>/revoke", "GET", ask_before_revoking),
        ("/staff/certificates/<public_id>/revoke", "POST", revoke),
    ):
        blueprint.add_url_rule(path, view_func=view, methods=[method])
    return blueprint
