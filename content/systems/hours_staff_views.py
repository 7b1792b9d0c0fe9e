"""The reception center sees and changes the hours of the systems (R2-1)."""

from datetime import date, datetime

from flask import abort, flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from auth.gate import actor, viewer
from auth.permissions import PUBLISH
from base import clock
from base.audience import audience, staff
from base.db import db
from base.form_keys import once
from base.jst import day_of
from base.refusals import Conflict
from content.systems.hours import HoursChange, change_hours, take_back_hours
from content.systems.hours_forms import HoursForm
from content.systems.hours_queries import hours_of, hours_rows, timetable
from content.systems.hours_words import hours_text
from content.systems.queries import pages_with_hours
from content.systems.stop_staff_views import LIST, answered, drawn_stops

HERE = f"{LIST}/hours"


def _hours_page(form: HoursForm) -> str:
    session, now = db.session(), clock.now()
    pages, today, hours = pages_with_hours(session), day_of(now), timetable(session)
    form.offer(pages)
    rows = hours_rows(session)
    return drawn_stops(
        "systems/staff_hours.html",
        now,
        form=form,
        today=today,
        systems=[
            (page, hours_text(hours.on(page.system, today)), [row for row in rows if row.system == page.system])
            for page in pages
            if page.system
        ],
        is_current=lambda row: row.taken_back_at is None and hours.begins(row.system, today) == row.from_day,
        text_of=lambda row: hours_text(hours_of(row)),
    )


@audience(staff(PUBLISH))
def show_hours() -> str:
    return _hours_page(HoursForm(formdata=None))


@audience(staff(PUBLISH))
def enter_hours() -> ResponseReturnValue:
    form, by = HoursForm(), actor()
    form.offer(pages_with_hours(db.session()))

    def operation(session: Session, now: datetime) -> str:
        change_hours(session, HoursChange(form.system.data, form.from_day.data, form.hours), by=by, now=now)
        return HERE

    return answered(form, operation, _("利用時間の変更を登録しました。"), lambda: _hours_page(form))


def _named_change() -> tuple[str, date]:
    """The one whose button was pressed."""
    try:
        return request.form.get("system", ""), date.fromisoformat(request.form.get("from_day", ""))
    except ValueError:
        abort(400)


@audience(staff(PUBLISH))
def take_back() -> ResponseReturnValue:
    (system, from_day), by = _named_change(), actor()

    def operation(session: Session, now: datetime) -> str:
        take_back_hours(session, system, from_day, by=by, now=now)
        return HERE

    try:
        answer = once(viewer().user_id, operation)
    except Conflict as conflict:
        form = HoursForm(formdata=None)
        form.refuse([conflict])
        return _hours_page(form), 409
    flash(_("利用時間の変更を取り消しました。"), "success")
    return answer


ROUTES = (
    ("/hours", "GET", show_hours),
    ("/hours", "POST", enter_hours),
    ("/hours/take-back", "POST", take_back),
)
