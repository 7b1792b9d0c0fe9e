"""Staff enter certificates into the registry: files, a check that shows every fact, one press (R4-3, R4-4)."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Sequence
from datetime import datetime

from flask import Blueprint, abort, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.ca_queries import issuing_cas
from auth.certificate_entries import (
    MOST_FILES,
    ChosenFile,
    EntriesRefused,
    Entry,
    judged,
    read_files,
    register_entries,
    sent_entries,
)
from auth.certificate_files import LARGEST_FILE, der_of_file
from auth.certificate_forms import AddForm, OrganizationChoice
from auth.certificate_queries import certificate_by, locked_certificate, organizations_to_choose
from auth.certificate_staff_views import detail_page
from auth.certificate_states import last_day_of
from auth.certificate_words import grouped
from auth.gate import actor, viewer
from auth.models import Organization
from auth.names import LONGEST_PC
from auth.permissions import CERTIFICATES
from auth.registry import register_certificate
from base import clock
from base.audience import audience, staff
from base.closing_days import business_calendar
from base.db import db
from base.form_keys import new_form_key, once
from base.refusals import Refused
from base.schedule import last_safe_day
from base.upload_limits import takes_files


def _organization(session: Session, public_id: str) -> Organization:
    found = session.scalars(select(Organization).where(Organization.public_id == public_id)).one_or_none()
    if found is None:
        raise Refused(_("事業者を選んでください。"), field="organization")
    return found


def _form_page(form: OrganizationChoice, files_fault: str = "") -> str:
    form.offer(organizations_to_choose(db.session()))
    return render_template("certificates/staff_new.html", form=form, files_fault=files_fault, most=MOST_FILES)


def _chosen_files() -> list[ChosenFile]:
    sent = [file for file in request.files.getlist("files") if file.filename]
    return [ChosenFile(file.filename or "", file.stream.read(LARGEST_FILE + 1)) for file in sent]


def _check_page(organization: Organization, entries: Sequence[Entry]) -> str:
    calendar = business_calendar(db.session())
    ends = {entry.facts.fingerprint: last_day_of(entry.facts.not_after) for entry in entries if entry.facts}
    return render_template(
        "certificates/staff_check.html",
        organization=organization,
        entries=entries,
        sound=[entry for entry in entries if entry.facts and not entry.reasons],
        safe_days={fingerprint: last_safe_day(day, calendar) for fingerprint, day in ends.items()},
        carried=lambda entry: urlsafe_b64encode(entry.der).decode(),
        grouped=grouped,
        longest=LONGEST_PC,
        form_key=new_form_key(),
    )


def _sent_entries() -> list[Entry]:
    """As our own check page wrote them; whatever else is no form of ours."""
    carried, pc_names = request.form.getlist("certificate"), request.form.getlist("pc_name")
    if len(carried) != len(pc_names) or len(carried) > MOST_FILES:
        abort(400)
    try:
        return sent_entries([urlsafe_b64decode(each.encode()) for each in carried], pc_names)
    except (Base64Error, ValueError):
        abort(400)


@audience(staff(CERTIFICATES))
def show_form() -> str:
    return _form_page(OrganizationChoice(organization=request.args.get("organization", "")))


@audience(staff(CERTIFICATES))
@takes_files
def check() -> ResponseReturnValue:
    form, session, files = OrganizationChoice(), db.session(), _chosen_files()
    is_valid = form.validate()
    if not (is_valid and files):
        return _form_page(form, "" if files else _("証明書のファイルを選んでください。")), 422
    try:
        organization = _organization(session, form.organization.data)
    except Refused as refusal:
        form.refuse([refusal])
        return _form_page(form), 422
    return _check_page(
        organization, judged(session, read_files(files), organization, issuing_cas(session), clock.now())
    )


@audience(staff(CERTIFICATES))
def register() -> ResponseReturnValue:
    by, entries, of = actor(), _sent_entries(), request.form.get("organization", "")

    def operation(session: Session, now: datetime) -> str:
        register_entries(session, entries, _organization(session, of), issuing_cas(session), by=by, now=now)
        return f"/staff/certificates?organization={of}"

    try:
        answer = once(viewer().user_id, operation)
    except EntriesRefused as refusal:
        if not entries:
            abort(400)
        return _check_page(_organization(db.session(), of), refusal.entries), 422
    flash(_("証明書を%(count)s枚登録しました。すぐに利用できます。", count=len(entries)), "success")
    return answer


def _detail_page(public_id: str, form: AddForm) -> str:
    return detail_page(certificate_by(db.session(), public_id) or abort(404), form)


@audience(staff(CERTIFICATES))
def add_organization(public_id: str) -> ResponseReturnValue:
    form, by = AddForm(), actor()
    if not form.validate():
        return _detail_page(public_id, form), 422

    def operation(session: Session, now: datetime) -> str:
        known = locked_certificate(session, public_id) or abort(404)
        organization = _organization(session, form.organization.data)
        der = der_of_file(known.pem.encode())
        register_certificate(session, der, organization, form.pc_name.data, issuing_cas(session), by=by, now=now)
        return f"/staff/certificates/{public_id}"

    try:
        answer = once(viewer().user_id, operation)
    except Refused as refusal:
        form.refuse([refusal])
        return _detail_page(public_id, form), 422
    flash(_("この証明書を、もう1つの事業者にも登録しました。"), "success")
    return answer


def certificate_entry_blueprint() -> Blueprint:
    blueprint = Blueprint("certificate_entries", __name__)
    for path, method, view in (
        ("/staff/certificates/new", "GET", show_form),
        ("/staff/certificates/new", "POST", register),
        ("/staff/certificates/check", "POST", check),
        ("/staff/certificates/<public_id>/organizations", "POST", add_organization),
    ):
        blueprint.add_url_rule(path, view_func=view, methods=[method])
    return blueprint
