"""Staff bring the list of J-note's IDs: a file, its check, one press (R5-7, R8-7)."""

from collections.abc import Iterator
from datetime import datetime

from flask import Blueprint, abort, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session
from wtforms import FileField

from auth.gate import actor, viewer
from auth.login_id import fold
from auth.permissions import REQUESTS
from base import clock
from base.audience import audience, staff
from base.csv_answers import csv_answer
from base.csv_in import by_reason
from base.db import db
from base.form_keys import new_form_key, once
from base.forms import Form
from base.in_address import words_in
from base.refusals import Refused
from base.sent_names import sent_name
from base.sentences import say
from base.upload_limits import takes_files
from rights.codes import Refusal
from rights.jnote.csv_rules import JudgedList, judge_list
from rights.jnote.lists import keep_checked, lock_list, present_list, take_over
from rights.jnote.models import JNoteList
from rights.jnote.queries import difference, every_id, is_in_jnote, list_by, taken_lists

HERE = "/staff/jnote"
LARGEST = 20 * 1024 * 1024
NO_FILE = say("CSVファイルを選択してください。")
TOO_LARGE = say("ファイルが大きすぎます(20MBまで)。")


class ListForm(Form):
    file = FileField(lazy_gettext("J-noteのID一覧(CSV)"))


@audience(staff(REQUESTS))
def show_list() -> ResponseReturnValue:
    return _list_page(ListForm())


@audience(staff(REQUESTS))
def export_list() -> ResponseReturnValue:
    return csv_answer(_rows(db.session()), "jnote-ids", clock.now())


@audience(staff(REQUESTS))
@takes_files
def check_list() -> ResponseReturnValue:
    """The dry run: a file with a bad row is answered with all of them, and nothing of it is kept."""
    form, by, sent = ListForm(), actor(), request.files.get("file")
    try:
        found = _judged(sent.stream.read(LARGEST + 1) if sent and sent.filename else b"")
    except Refused as refusal:
        form.refuse([Refusal("file", refusal.reason)])
        return _list_page(form), 422
    if found.faults:
        return _list_page(form, found), 422
    name = sent_name(sent.filename or "") if sent else ""

    def operation(session: Session, now: datetime) -> str:
        return f"{HERE}/{keep_checked(session, found, name, by=by, now=now).public_id}"

    return once(viewer().user_id, operation)


@audience(staff(REQUESTS))
def show_check(public_id: str) -> ResponseReturnValue:
    row: JNoteList = list_by(db.session(), public_id) or abort(404)
    changes = difference(db.session(), row) if row.ids else None
    return render_template("rights/jnote_check.html", row=row, changes=changes, form_key=new_form_key())


@audience(staff(REQUESTS))
def take(public_id: str) -> ResponseReturnValue:
    by = actor()

    def operation(session: Session, now: datetime) -> str:
        row: JNoteList = lock_list(session, public_id) or abort(404)
        take_over(session, row, by=by, now=now)
        return HERE

    answer = once(viewer().user_id, operation)
    flash(_("J-noteのID一覧を入れ替えました。"), "success")
    return answer


def jnote_staff_blueprint() -> Blueprint:
    blueprint = Blueprint("staff_jnote", __name__)
    for path, method, view in (
        (HERE, "GET", show_list),
        (HERE, "POST", check_list),
        (f"{HERE}.csv", "GET", export_list),
        (f"{HERE}/<public_id>", "GET", show_check),
        (f"{HERE}/<public_id>/take", "POST", take),
    ):
        blueprint.add_url_rule(path, view_func=view, methods=[method])
    return blueprint


def _judged(content: bytes) -> JudgedList:
    if not content:
        raise Refused(NO_FILE)
    if len(content) > LARGEST:
        raise Refused(TOO_LARGE)
    return judge_list(content)


def _list_page(form: ListForm, found: JudgedList | None = None) -> str:
    session, words = db.session(), words_in(request.args.get("q", ""))
    return render_template(
        "rights/jnote.html",
        form=form,
        found=found,
        faults=by_reason(found.faults) if found else [],
        present=present_list(session),
        lists=taken_lists(session),
        words=words,
        is_there=_is_there(session, words),
        form_key=new_form_key(),
    )


def _is_there(session: Session, words: str) -> bool:
    try:
        return bool(words) and is_in_jnote(session, fold(words))
    except Refused:
        return False


def _rows(session: Session) -> Iterator[tuple[str]]:
    yield ("ID",)
    for each in every_id(session):
        yield (each,)
