"""The reception center keeps the operator's closing days, and sees what moves before it is saved (R5-31, R9-14)."""

from collections.abc import Callable, Sequence
from datetime import date, datetime

from flask import Blueprint, abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from auth.gate import actor, viewer
from auth.permissions import REQUESTS
from base import clock
from base.actors import Actor
from base.audience import audience, staff
from base.closing_days import business_calendar, confirmed_through, last_confirmed_year
from base.csv_answers import csv_answer
from base.db import db
from base.form_keys import new_form_key, once
from base.forms import Form
from base.jst import day_of
from base.refusals import Conflict, Refused
from base.upload_limits import takes_files
from desk.closing.changes import drop_plan, moves_of, plan_change, save_change, tell_change
from desk.closing.concerned import Concerned, grouped
from desk.closing.csv import MOVE_HEADINGS, day_rows, file_name, move_rows, read_days
from desk.closing.day_rules import KIND_WORDS, DayChange, DayKind, read
from desk.closing.days_of_year import STATE_WORDS, days_of_year, is_shown, public_holidays_of
from desk.closing.forms import ClosingDayForm, ClosingDaysFileForm
from desk.closing.models import CalendarChange
from desk.closing.move_rules import MOVE_WORDS
from desk.closing.queries import change_by, counts_of_moves, kept_moves, names_of, saved_changes, sight_of
from desk.closing.tellings import key_of, tellings_of
from desk.closing.years import confirm_year, overdue_year, withdraw_year, year_to_confirm

LIST = "/staff/closing-days"
AT_ONCE = 500


def _year() -> int:
    """This one where the address names none."""
    text = request.args.get("year", "")
    year = int(text) if text.isascii() and text.isdecimal() and len(text) == 4 else day_of(clock.now()).year
    return year if is_shown(year) else abort(404)


def _list_page(form: ClosingDayForm, file_form: ClosingDaysFileForm, **words: object) -> str:
    session, today, year = db.session(), day_of(clock.now()), _year()
    changes = saved_changes(session)
    return render_template(
        "desk/closing_days.html",
        year=year,
        is_shown=is_shown,
        today=today,
        days=days_of_year(session, year),
        holidays=public_holidays_of(year),
        through=confirmed_through(session, today).year,
        to_confirm=year_to_confirm(session, today),
        overdue=overdue_year(session, today),
        last_confirmed=last_confirmed_year(session),
        changes=[(change, read(change.days)) for change in changes],
        counts=counts_of_moves(session, changes),
        states=STATE_WORDS,
        kinds=KIND_WORDS,
        form=form,
        file_form=file_form,
        form_key=new_form_key(),
        **words,
    )


@audience(staff(REQUESTS))
def show_days() -> str:
    return _list_page(ClosingDayForm(formdata=None), ClosingDaysFileForm(formdata=None))


@audience(staff(REQUESTS))
def export_days() -> ResponseReturnValue:
    year = _year()
    return csv_answer(day_rows(days_of_year(db.session(), year)), f"closing-days-{year}", clock.now())


def _planned(days: Sequence[DayChange], form: Form, again: Callable[[], str]) -> ResponseReturnValue:
    by = actor()

    def operation(session: Session, now: datetime) -> str:
        return f"{LIST}/changes/{plan_change(session, days, by=by, now=now).public_id}"

    try:
        return once(viewer().user_id, operation)
    except Refused as refusal:
        form.refuse([refusal])
        return again(), 422


@audience(staff(REQUESTS))
def plan() -> ResponseReturnValue:
    form, file_form = ClosingDayForm(), ClosingDaysFileForm(formdata=None)
    if not form.validate():
        return _list_page(form, file_form), 422
    return _planned([form.change()], form, lambda: _list_page(form, file_form))


def _pressed_day() -> DayChange:
    """The row whose button was pressed."""
    try:
        kind, day = DayKind(request.form.get("kind", "")), date.fromisoformat(request.form.get("day", ""))
    except ValueError:
        abort(400)
    return DayChange(kind, day) if kind is not DayKind.CLOSE else abort(400)


@audience(staff(REQUESTS))
def plan_of_row() -> ResponseReturnValue:
    form, file_form = ClosingDayForm(formdata=None), ClosingDaysFileForm(formdata=None)
    return _planned([_pressed_day()], form, lambda: _list_page(form, file_form))


@audience(staff(REQUESTS))
@takes_files
def plan_of_file() -> ResponseReturnValue:
    """One bad row, and nothing is planned (R8-7)."""
    form, file_form = ClosingDayForm(formdata=None), ClosingDaysFileForm()
    if not file_form.validate():
        return _list_page(form, file_form), 422
    calendar, today = business_calendar(db.session()), day_of(clock.now())
    try:
        changes, faults, unchanged = read_days(file_form.content(), calendar, today)
    except Refused as refusal:
        changes, faults, unchanged = [], [], 0
        file_form.file.errors = [refusal.reason]
    if faults or file_form.file.errors:
        return _list_page(form, file_form, faults=faults), 422
    if not changes:
        flash(_("ファイルの%(count)s行は、すべて登録されているとおりです。", count=unchanged), "success")
        return redirect(LIST, code=303)
    return _planned(changes, file_form, lambda: _list_page(form, file_form))


def _existing(public_id: str) -> CalendarChange:
    return change_by(db.session(), public_id) or abort(404)


def _locked(session: Session, public_id: str) -> CalendarChange:
    return change_by(session, public_id, is_locked=True) or abort(404)


def _moves(change: CalendarChange) -> list[Concerned]:
    session = db.session()
    return kept_moves(session, change) if change.saved_at else moves_of(session, read(change.days), clock.now())


def _page_number() -> int:
    text = request.args.get("page", "")
    return max(int(text), 1) if text.isascii() and text.isdecimal() and len(text) < 5 else 1


def _change_page(public_id: str, reason: str = "") -> str:
    session, now, change, number = db.session(), clock.now(), _existing(public_id), _page_number()
    sight = sight_of(session, change, number, now)
    return render_template(
        "desk/closing_change.html",
        change=change,
        days=read(change.days),
        sight=sight,
        rows=grouped(sight.rows),
        kinds=KIND_WORDS,
        words=MOVE_WORDS,
        organizations=names_of(session, sight.rows),
        tellings=tellings_of(session, sight.rows),
        key_of=key_of,
        page=number,
        reason=reason,
        form_key=new_form_key(),
    )


@audience(staff(REQUESTS))
def show_change(public_id: str) -> str:
    return _change_page(public_id)


@audience(staff(REQUESTS))
def export_moves(public_id: str) -> ResponseReturnValue:
    session, change = db.session(), _existing(public_id)
    moves, now = _moves(change), clock.now()
    organizations = names_of(session, moves)
    slices = (moves[start : start + AT_ONCE] for start in range(0, len(moves), AT_ONCE))
    lines = (line for some in slices for line in move_rows(some, tellings_of(session, some), organizations))
    headed = (row for rows in ([MOVE_HEADINGS], lines) for row in rows)
    return csv_answer(headed, file_name(read(change.days)), now)


def _press(
    public_id: str, operation: Callable[[Session, CalendarChange, Actor, datetime], object], told: str, then: str = ""
) -> ResponseReturnValue:
    """What has moved on since is shown as it is now, with the reason above."""
    by, location = actor(), then or f"{LIST}/changes/{public_id}"

    def run(session: Session, now: datetime) -> str:
        operation(session, _locked(session, public_id), by, now)
        return location

    try:
        answer = once(viewer().user_id, run)
    except Conflict as conflict:
        return _change_page(public_id, conflict.reason), 409
    flash(told, "success")
    return answer


@audience(staff(REQUESTS))
def save(public_id: str) -> ResponseReturnValue:
    seen, is_told = request.form.get("seen", ""), request.form.get("tell") == "yes"
    return _press(
        public_id,
        lambda session, change, by, now: save_change(session, change, seen, is_told=is_told, by=by, now=now),
        _("休業日の変更を保存しました。"),
    )


@audience(staff(REQUESTS))
def drop(public_id: str) -> ResponseReturnValue:
    return _press(
        public_id, lambda session, change, _by, _now: drop_plan(session, change), _("変更をやめました。"), then=LIST
    )


@audience(staff(REQUESTS))
def tell(public_id: str) -> ResponseReturnValue:
    return _press(
        public_id,
        lambda session, change, by, now: tell_change(session, change, by=by, now=now),
        _("新しい日程を、関係する窓口責任者にメールでお知らせします。"),
    )


def _press_year(operation: Callable[..., None], told: Callable[[int], str]) -> ResponseReturnValue:
    by, text = actor(), request.form.get("year", "")
    year = int(text) if text.isascii() and text.isdecimal() and len(text) == 4 else abort(400)

    def run(session: Session, now: datetime) -> str:
        operation(session, year, by=by, now=now)
        return f"{LIST}?year={year}"

    answer = once(viewer().user_id, run)
    flash(told(year), "success")
    return answer


@audience(staff(REQUESTS))
def confirm() -> ResponseReturnValue:
    return _press_year(confirm_year, lambda year: _("%(year)s年の休業日を確認済みにしました。", year=year))


@audience(staff(REQUESTS))
def withdraw() -> ResponseReturnValue:
    return _press_year(withdraw_year, lambda year: _("%(year)s年の確認を取り消しました。", year=year))


def closing_blueprint() -> Blueprint:
    blueprint = Blueprint("closing_days", __name__)
    for path, method, view in (
        ("", "GET", show_days),
        (".csv", "GET", export_days),
        ("", "POST", plan),
        ("/day", "POST", plan_of_row),
        ("/file", "POST", plan_of_file),
        ("/changes/<public_id>", "GET", show_change),
        ("/changes/<public_id>/moves.csv", "GET", export_moves),
        ("/changes/<public_id>/save", "POST", save),
        ("/changes/<public_id>/drop", "POST", drop),
        ("/changes/<public_id>/tell", "POST", tell),
        ("/years/confirm", "POST", confirm),
        ("/years/withdraw", "POST", withdraw),
    ):
        blueprint.add_url_rule(f"{LIST}{path}", view_func=view, methods=[method])
    return blueprint
