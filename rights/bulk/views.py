"""Many requests from one file: taken in, checked by the worker, looked at, sent (R9-13, R8-7)."""

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, abort, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from auth.gate import actor, viewer
from auth.models import Organization
from base import clock
from base.audience import CONTACT_MANAGER, audience
from base.csv_answers import csv_answer
from base.db import db
from base.form_keys import new_form_key, once
from base.refusals import Refused
from base.upload_limits import takes_files
from base.words import translated
from rights.bulk.columns import HEADINGS
from rights.bulk.csv import finding_rows, pattern_rows
from rights.bulk.facts import people_with_rights
from rights.bulk.files import MOST_ENTERED, discard, send, take_in
from rights.bulk.findings import WHOLE_FILE, read_findings
from rights.bulk.forms import BulkForm
from rights.bulk.models import BulkFile
from rights.bulk.queries import find_file, lock_file, newest
from rights.bulk.states import AT_WORK, COLOURS, LABELS, FileState

MOST_FINDINGS = 200

Ring = Callable[[], None]


@audience(CONTACT_MANAGER)
def show_files() -> ResponseReturnValue:
    return _start_page(BulkForm())


@audience(CONTACT_MANAGER)
def export_pattern() -> ResponseReturnValue:
    """`people`: with everybody who has rights, for changes and removals."""
    session, now = db.session(), clock.now()
    organization = session.get_one(Organization, viewer().organization_id)
    people = people_with_rights(session, organization, now) if "people" in request.args else []
    return csv_answer(pattern_rows(people), "bulk-requests", now)


@audience(CONTACT_MANAGER)
def show_file(public_id: str) -> ResponseReturnValue:
    row = _existing(public_id)
    findings = read_findings(row.findings) if row.state == FileState.FAULTY else []
    whole = [one for one in findings if one.row == WHOLE_FILE]
    rows = [one for one in findings if one.row != WHOLE_FILE]
    return render_template(
        "rights/bulk_file.html",
        file=row,
        label=LABELS[FileState(row.state)],
        colour=COLOURS[FileState(row.state)],
        is_at_work=row.state in AT_WORK,
        whole=whole,
        findings=rows[:MOST_FINDINGS],
        faulty_rows=len(rows),
        form_key=new_form_key(),
    )


@audience(CONTACT_MANAGER)
def export_findings(public_id: str) -> ResponseReturnValue:
    findings = read_findings(_existing(public_id).findings)
    return csv_answer(finding_rows(findings, translated), "bulk-findings", clock.now())


@audience(CONTACT_MANAGER)
def discard_file(public_id: str) -> ResponseReturnValue:
    by, organization_id = actor(), viewer().organization_id

    def operation(session: Session, now: datetime) -> str:
        discard(session, lock_file(session, organization_id, public_id) or abort(404), by=by, now=now)
        return "/requests/bulk"

    answer = once(viewer().user_id, operation)
    flash(_("ファイルを破棄しました。申請は1件も行っていません。"), "success")
    return answer


def bulk_blueprint(wake_worker: Ring) -> Blueprint:
    """`wake_worker`: a file waits for it."""

    @audience(CONTACT_MANAGER)
    @takes_files
    def upload() -> ResponseReturnValue:
        form = BulkForm()
        try:
            answer = once(viewer().user_id, _take_in)
        except Refused as refusal:
            form.refuse([refusal])
            return _start_page(form), refusal.form_status
        wake_worker()
        return answer

    @audience(CONTACT_MANAGER)
    def send_file(public_id: str) -> ResponseReturnValue:
        by, organization_id = actor(), viewer().organization_id

        def operation(session: Session, now: datetime) -> str:
            send(session, lock_file(session, organization_id, public_id) or abort(404), by=by, now=now)
            return f"/requests/bulk/{public_id}"

        answer = once(viewer().user_id, operation)
        wake_worker()
        return answer

    blueprint = Blueprint("bulk", __name__)
    for path, method, view in (
        ("/requests/bulk", "GET", show_files),
        ("/requests/bulk", "POST", upload),
        ("/requests/bulk/pattern.csv", "GET", export_pattern),
        ("/requests/bulk/<public_id>", "GET", show_file),
        ("/requests/bulk/<public_id>/findings.csv", "GET", export_findings),
        ("/requests/bulk/<public_id>/send", "POST", send_file),
        ("/requests/bulk/<public_id>/discard", "POST", discard_file),
    ):
        blueprint.add_url_rule(path, view_func=view, methods=[method])
    return blueprint


def _take_in(session: Session, now: datetime) -> str:
    sent = request.files.get("file")
    name, content = (sent.filename or "", sent.read()) if sent else ("", b"")
    organization = session.get_one(Organization, viewer().organization_id)
    return f"/requests/bulk/{take_in(session, organization, name, content, by=actor(), now=now).public_id}"


def _existing(public_id: str) -> BulkFile:
    row: BulkFile = find_file(db.session(), viewer().organization_id, public_id) or abort(404)
    return row


def _start_page(form: BulkForm) -> str:
    files = newest(db.session(), viewer().organization_id)
    states = {state: (LABELS[state], COLOURS[state]) for state in FileState}
    return render_template(
        "rights/bulk.html",
        form=form,
        files=files,
        states=states,
        headings=HEADINGS,
        most=f"{MOST_ENTERED:,}",
        form_key=new_form_key(),
    )
