"""One sheet of one M: its lines, results noted, ⑥ with user numbers and ⑩, one by one and in bulk (R5-10, R9-4)."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from flask import Blueprint, abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from auth.gate import actor, viewer
from auth.permissions import COMPLETE, SHEETS
from base import clock
from base.audience import audience, staff
from base.closing_days import business_calendar
from base.db import db
from base.form_keys import new_form_key, once
from base.jst import day_of
from rights.models import RightsRequest
from rights.processing.answers import LinesRefused, complete_all, lock_lines, note_results, register_all
from rights.processing.completion_rules import Sheet, bounds_on
from rights.processing.forms import SheetAddress, read_address, typed_numbers
from rights.processing.sheet_queries import LINES, count_lines, page_of_lines
from rights.processing.shown import shown_day, shown_lines
from rights.processing.staff_views import known_day


@audience(staff(SHEETS))
def show_sheet(day: str, sheet: str) -> str:
    return _sheet_page(known_day(day), _known(sheet))


@audience(staff(COMPLETE))
def note(day: str, sheet: str) -> ResponseReturnValue:
    """Numbers that were typed aren't lost by pressing the other button."""
    m, which, ticked, numbers = known_day(day), _by_hand(sheet), _ticked(), typed_numbers(request.form)
    if numbers:
        told = _("利用者番号が入力されています。先に登録完了にするか、番号を消してください。")
        return _sheet_page(m, which, numbers, dict.fromkeys(numbers, told), ticked), 422
    if not ticked:
        return _nothing_chosen(m, which)
    by = actor()

    def operation(session: Session, now: datetime) -> str:
        note_results(session, _locked(session, m, ticked), which, by=by, now=now)
        return _place(m, which)

    try:
        answer = once(viewer().user_id, operation)
    except LinesRefused as refusal:
        return _sheet_page(m, which, {}, refusal.faults, ticked), 422
    flash(_("%(count)s件の結果を受け取りました。完了の入力は翌営業日までです。", count=len(set(ticked))), "success")
    return answer


@audience(staff(COMPLETE))
def complete(day: str, sheet: str) -> ResponseReturnValue:
    """⑥: whichever lines have a number; ⑩: the ticked ones, or with `only` the one whose own button it is."""
    m, which, by = known_day(day), _by_hand(sheet), actor()
    numbers = typed_numbers(request.form) if which is Sheet.ACCOUNTS else {}
    only, ticked = request.form.get("only"), _ticked()
    chosen = list(numbers) if which is Sheet.ACCOUNTS else [only] if only else ticked
    if not chosen:
        return _nothing_chosen(m, which)

    def operation(session: Session, now: datetime) -> str:
        rows, calendar = _locked(session, m, chosen), business_calendar(session)
        if which.system is None:
            register_all(session, rows, numbers, calendar, by=by, now=now)
        else:
            complete_all(session, rows, which.system, calendar, by=by, now=now)
        return _place(m, which)

    try:
        answer = once(viewer().user_id, operation)
    except LinesRefused as refusal:
        return _sheet_page(m, which, numbers, refusal.faults, ticked), 422
    flash(_("%(count)s件の完了を入力しました。", count=len(set(chosen))), "success")
    return answer


def sheet_blueprint() -> Blueprint:
    blueprint = Blueprint("sheets", __name__)
    for path, method, view in (
        ("/staff/processing/<day>/<sheet>", "GET", show_sheet),
        ("/staff/processing/<day>/<sheet>/answered", "POST", note),
        ("/staff/processing/<day>/<sheet>/complete", "POST", complete),
    ):
        blueprint.add_url_rule(path, view_func=view, methods=[method])
    return blueprint


def _known(sheet: str) -> Sheet:
    return Sheet(sheet) if sheet in set(Sheet) else abort(404)


def _by_hand(sheet: str) -> Sheet:
    found = _known(sheet)
    return found if found.is_completed_by_hand else abort(404)


def _ticked() -> list[str]:
    ticked = request.form.getlist("request")
    return ticked if len(ticked) <= LINES else abort(400)


def _address(sheet: Sheet) -> SheetAddress:
    return read_address(request.args, sheet)


def _place(m: date, sheet: Sheet) -> str:
    return f"/staff/processing/{m}/{sheet}?{_address(sheet).query()}"


def _nothing_chosen(m: date, sheet: Sheet) -> ResponseReturnValue:
    is_typed = sheet is Sheet.ACCOUNTS and request.endpoint == "sheets.complete"
    told = _("利用者番号を入力してください。") if is_typed else _("申請を選択してください。")
    flash(told, "error")
    return redirect(_place(m, sheet), code=303)


def _locked(session: Session, m: date, public_ids: Sequence[str]) -> list[RightsRequest]:
    """All of them, of this M, or 404."""
    rows = list(lock_lines(session, public_ids))
    if len(rows) != len(set(public_ids)) or any(row.processing_date != m for row in rows):
        abort(404)
    return rows


def _sheet_page(
    m: date,
    sheet: Sheet,
    typed: Mapping[str, str] | None = None,
    faults: Mapping[str, str] | None = None,
    ticked: Sequence[str] = (),
) -> str:
    session, now = db.session(), clock.now()
    today, calendar, address = day_of(now), business_calendar(session), _address(sheet)
    bounds = bounds_on(today, calendar)
    count = count_lines(session, m, address.narrowed, bounds)
    lines = page_of_lines(session, m, address.narrowed, bounds, address.page)
    return render_template(
        "processing/sheet.html",
        day=shown_day(session, m, now),
        sheet=sheet,
        sheets=list(Sheet),
        lines=shown_lines(lines, today, calendar, typed, faults, ticked),
        faults=faults or {},
        count=count,
        address=address,
        pages=address.pages(count),
        form_key=new_form_key(),
    )
