"""The processing-date desk: every M with its sheets, files to hand over and to take back, delays (R9-4)."""

from collections.abc import Callable, Iterator
from datetime import date, datetime

from flask import Blueprint, abort, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from auth.gate import actor, viewer
from auth.permissions import COMPLETE, REQUESTS, SHEETS
from base import clock
from base.audience import audience, staff
from base.business_days import BusinessCalendar
from base.closing_days import business_calendar
from base.csv_answers import csv_answer
from base.csv_out import csv_day
from base.db import db, transaction
from base.form_keys import new_form_key, once
from base.in_address import day_in
from base.jst import day_of
from base.refusals import Refused
from base.schedule import processing_date, window_of
from base.upload_limits import takes_files
from rights.processing.completion_rules import Sheet, is_last_call
from rights.processing.delays import current_days, delay_processing_day, waiting_organizations
from rights.processing.forms import DelayForm, ResultForm
from rights.processing.queries import count_stuck, stuck, waiting_for_acceptance
from rights.processing.result_files import Answer, counts_of, take_results
from rights.processing.sheet_csv import account_rows, operations_rows
from rights.processing.sheet_queries import has_date
from rights.processing.shown import ShownDay, earlier_days, shown_day, shown_days

MOST_STUCK = 20
MOST_SHOWN = 200


class NothingStored(Exception):
    """Ends a transaction in which a file was only tried, or was at fault."""

    def __init__(self, answers: list[Answer]) -> None:
        super().__init__()
        self.answers = answers


def known_day(text: str) -> date:
    """An M of which there is something to show, else 404."""
    m, session = day_in(text), db.session()
    if m is None or not (_is_coming(m, session) or has_date(session, m)):
        abort(404)
    return m


@audience(staff(SHEETS))
def show_days() -> str:
    session, now = db.session(), clock.now()
    before = day_in(request.args.get("before", ""))
    days = earlier_days(session, before, now) if before else shown_days(session, now)
    return render_template(
        "processing/days.html",
        days=days,
        sheets=list(Sheet),
        before=before,
        today=day_of(now),
        stuck=count_stuck(session, day_of(now)),
        **_last_call(session, day_of(now)),
    )


@audience(staff(SHEETS))
def export_days() -> ResponseReturnValue:
    now = clock.now()
    return csv_answer(_day_rows(shown_days(db.session(), now)), "processing-dates", now)


@audience(staff(SHEETS))
def show_day(day: str) -> str:
    return _day_page(known_day(day), ResultForm())


@audience(staff(SHEETS))
def export_operations(day: str) -> ResponseReturnValue:
    m = known_day(day)
    return csv_answer(operations_rows(db.session(), m), f"processing-{m:%Y%m%d}-operations", clock.now())


@audience(staff(SHEETS))
def export_accounts(day: str) -> ResponseReturnValue:
    m = known_day(day)
    return csv_answer(account_rows(db.session(), m), f"processing-{m:%Y%m%d}-accounts", clock.now())


@audience(staff(COMPLETE))
@takes_files
def take_file(day: str) -> ResponseReturnValue:
    """`try`: the same rules, and everything is dropped again (R8-7)."""
    m, form, by = known_day(day), ResultForm(), actor()
    content = form.file.data.read() if form.file.data else b""
    if not content:
        form.file.errors = [_("ファイルを選んでください。")]
        return _day_page(m, form), 422

    def operation(session: Session, now: datetime) -> str:
        answers = take_results(session, m, content, business_calendar(session), by=by, now=now)
        counts = counts_of(answers)
        if "try" in request.form or counts["faults"] or not counts["good"]:
            raise NothingStored(answers)
        return f"/staff/processing/{m}"

    try:
        answer = _tried(operation) if "try" in request.form else once(viewer().user_id, operation)
    except Refused as refusal:
        form.refuse([Refused(refusal.reason, "file")])
        return _day_page(m, form), refusal.form_status
    except NothingStored as told:
        return _answers_page(m, form, told.answers)
    flash(_("結果のファイルを取り込みました。"), "success")
    return answer


@audience(staff(REQUESTS))
def show_delay(day: str) -> str:
    m, session = known_day(day), db.session()
    days = current_days(session, m, business_calendar(session))
    form = DelayForm(taxis_johs_from=days.taxis_johs_from, juju_loacus_from=days.juju_loacus_from)
    return _delay_page(m, form)


@audience(staff(REQUESTS))
def delay(day: str) -> ResponseReturnValue:
    m, form, by = known_day(day), DelayForm(), actor()
    if not form.validate():
        return _delay_page(m, form), 422

    def operation(session: Session, now: datetime) -> str:
        calendar = business_calendar(session)
        delay_processing_day(session, m, form.days(), form.reason.data, calendar, by=by, now=now)
        return f"/staff/processing/{m}"

    try:
        answer = once(viewer().user_id, operation)
    except Refused as refusal:
        form.refuse([refusal])
        return _delay_page(m, form), refusal.form_status
    flash(_("利用開始日を変更しました。関係する事業者の窓口責任者にメールでお知らせします。"), "success")
    return answer


def processing_blueprint() -> Blueprint:
    blueprint = Blueprint("processing", __name__)
    for path, method, view in (
        ("/staff/processing", "GET", show_days),
        ("/staff/processing.csv", "GET", export_days),
        ("/staff/processing/<day>", "GET", show_day),
        ("/staff/processing/<day>/operations.csv", "GET", export_operations),
        ("/staff/processing/<day>/accounts.csv", "GET", export_accounts),
        ("/staff/processing/<day>/results", "POST", take_file),
        ("/staff/processing/<day>/delay", "GET", show_delay),
        ("/staff/processing/<day>/delay", "POST", delay),
    ):
        blueprint.add_url_rule(path, view_func=view, methods=[method])
    return blueprint


def _is_coming(m: date, session: Session) -> bool:
    """The rule gives it for some window around, although nothing may be of it yet."""
    first, _last = window_of(m)
    calendar: BusinessCalendar = business_calendar(session)
    return m == processing_date(date.fromordinal(first.toordinal() - 1), calendar) and m >= day_of(clock.now())


def _last_call(session: Session, today: date) -> dict[str, object]:
    """R9-4: on the last business day of a window, what isn't accepted yet."""
    calendar = business_calendar(session)
    waiting = waiting_for_acceptance(session) if is_last_call(today, calendar) else 0
    return {"waiting": waiting, "missed": processing_date(today, calendar), "until": window_of(today)[1]}


def _day_page(m: date, form: ResultForm) -> str:
    session, now = db.session(), clock.now()
    waits = stuck(day_of(now)).limit(MOST_STUCK)
    return render_template(
        "processing/day.html",
        day=shown_day(session, m, now),
        sheets=list(Sheet),
        form=form,
        stuck=[row for row in session.scalars(waits) if row.processing_date == m],
        form_key=new_form_key(),
    )


def _answers_page(m: date, form: ResultForm, answers: list[Answer]) -> ResponseReturnValue:
    counts = counts_of(answers)
    page = render_template(
        "processing/answers.html",
        m=m,
        form=form,
        counts=counts,
        faults=[answer for answer in answers if answer.fault],
        others=[answer for answer in answers if not answer.fault][:MOST_SHOWN],
        most=MOST_SHOWN,
        form_key=new_form_key(),
    )
    return page, 422 if counts["faults"] else 200


def _delay_page(m: date, form: DelayForm) -> str:
    session, now = db.session(), clock.now()
    return render_template(
        "processing/delay.html",
        day=shown_day(session, m, now),
        concerned=len(waiting_organizations(session, m, now)),
        form=form,
        form_key=new_form_key(),
    )


def _tried(operation: Callable[[Session, datetime], str]) -> ResponseReturnValue:
    with transaction() as session:
        operation(session, clock.now())
    abort(500)


def _day_rows(days: list[ShownDay]) -> Iterator[tuple[object, ...]]:
    yield (
        "システム処理日",
        "申請",
        "処理済み",
        "アカウント登録",
        "TAXIS",
        "JOHS",
        "JUJU",
        "LOACUS",
        "完了入力の残り",
        "期限超過",
        "TAXIS・JOHS利用開始",
        "JUJU・LOACUS利用開始",
        "変更の理由",
    )
    for day in days:
        lines = (tally.lines for tally in day.sheets.values())
        starts = (csv_day(day.days.taxis_johs_from), csv_day(day.days.juju_loacus_from))
        reason = day.delayed.reason if day.delayed else ""
        yield (csv_day(day.m), day.requests, day.ordered, *lines, day.left, day.late, *starts, reason)
