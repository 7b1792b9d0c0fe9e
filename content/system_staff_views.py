"""The reception center enters planned stops and disturbances, tells how they go on and ends them (R2-1, R9-7)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from flask import Blueprint, abort, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from auth.gate import actor, viewer
from auth.permissions import PUBLISH
from base import clock
from base.audience import audience, staff
from base.db import db
from base.form_keys import new_form_key, once
from base.forms import Form
from base.refusals import Refused
from content.models import Page, SystemStop
from content.opening_hours import OPENING_HOURS
from content.stop_states import StopState, is_word_due
from content.system_csv import stops_csv
from content.system_forms import (
    DisturbanceForm,
    EndForm,
    PlannedChangeForm,
    PlannedStopForm,
    SystemForm,
    WordsForm,
    change_form_of,
    instant,
)
from content.system_queries import (
    count_past,
    current_stops,
    locked_stop,
    pages_with_hours,
    past_stops,
    state_of_stop,
    stop_by,
    stop_of,
    times_of,
)
from content.system_states import state_of
from content.system_stops import (
    add_planned_stop,
    begin_disturbance,
    call_off,
    change_planned_stop,
    end_disturbance,
    tell,
)
from content.system_words import KIND_TAGS, STATE_TAGS

LIST = "/staff/systems"
STOPS_A_PAGE = 50
MOST_PAGES = 1000
MOST_LINES = 10_000
SETTLED = {StopState.OVER, StopState.CALLED_OFF}

Operation = Callable[[Session, datetime], str]


@dataclass(frozen=True, slots=True)
class StopFilters:
    system: str = ""
    page: int = 1

    @property
    def systems(self) -> tuple[str, ...]:
        return (self.system,) if self.system else tuple(OPENING_HOURS)

    def query(self, page: int = 1) -> str:
        given = {"system": self.system, "page": str(page) if page > 1 else ""}
        return urlencode({name: value for name, value in given.items() if value})


def read_stop_filters(given: Mapping[str, str]) -> StopFilters:
    system, page = given.get("system", ""), given.get("page", "")
    number = int(page) if page.isascii() and page.isdigit() and len(page) <= len(str(MOST_PAGES)) else 1
    return StopFilters(system if system in OPENING_HOURS else "", max(1, number))


def _drawn(template: str, now: datetime, **words: object) -> str:
    return render_template(
        template,
        state_of_stop=lambda row: state_of_stop(row, now),
        is_due=lambda row: is_word_due(times_of(row), now),
        effective_until=lambda row: times_of(row).effective_until,
        kinds=KIND_TAGS,
        states=STATE_TAGS,
        form_key=new_form_key(),
        **words,
    )


@audience(staff(PUBLISH))
def show_list() -> str:
    session, now, filters = db.session(), clock.now(), read_stop_filters(request.args)
    current, pages = current_stops(session, OPENING_HOURS, now), pages_with_hours(session)
    count, first = count_past(session, filters.systems, now), (filters.page - 1) * STOPS_A_PAGE
    return _drawn(
        "systems/staff_list.html",
        now,
        systems=[state_of(page, page.system or "", [stop_of(row) for row in current], now) for page in pages],
        current=current,
        past=past_stops(session, filters.systems, now, first, STOPS_A_PAGE),
        count=count,
        has_more=count > first + STOPS_A_PAGE,
        filters=filters,
        pages=pages,
    )


@audience(staff(PUBLISH))
def export_list() -> ResponseReturnValue:
    now, filters = clock.now(), read_stop_filters(request.args)
    return stops_csv(past_stops(db.session(), filters.systems, now, 0, MOST_LINES), now)


def _answered(form: Form, operation: Operation, told: str, show: Callable[[], str]) -> ResponseReturnValue:
    """What was wrong stands beside its field, with all that was typed (R8-3)."""
    if not form.validate():
        return show(), 422
    try:
        answer = once(viewer().user_id, operation)
    except Refused as refusal:
        form.refuse([refusal])
        return show(), 422
    flash(told, "success")
    return answer


def _offered(form: SystemForm) -> list[Page]:
    pages = pages_with_hours(db.session())
    form.offer(pages)
    return pages


def _new_page(form: SystemForm, template: str) -> str:
    return _drawn(template, clock.now(), form=form)


def _chosen_system() -> dict[str, str]:
    return {"system": request.args.get("system", "")}


PLANNED, DISTURBED = "systems/staff_planned.html", "systems/staff_disturbance.html"


@audience(staff(PUBLISH))
def show_planned() -> str:
    form = PlannedStopForm(formdata=None, data=_chosen_system())
    _offered(form)
    return _new_page(form, PLANNED)


@audience(staff(PUBLISH))
def plan() -> ResponseReturnValue:
    form, by = PlannedStopForm(), actor()
    _offered(form)

    def operation(session: Session, now: datetime) -> str:
        times = {"from_at": instant(form.from_at), "until_at": instant(form.until_at)}
        row = add_planned_stop(session, form.system.data, effect=form.effect.data, by=by, now=now, **times)
        return f"{LIST}/{row.public_id}"

    return _answered(form, operation, _("計画停止を登録しました。"), lambda: _new_page(form, PLANNED))


@audience(staff(PUBLISH))
def show_disturbance() -> str:
    form = DisturbanceForm(formdata=None, data=_chosen_system())
    _offered(form)
    return _new_page(form, DISTURBED)


@audience(staff(PUBLISH))
def disturb() -> ResponseReturnValue:
    form, by = DisturbanceForm(), actor()
    _offered(form)

    def operation(session: Session, now: datetime) -> str:
        times = {"from_at": instant(form.from_at), "next_update_at": instant(form.next_update_at)}
        row = begin_disturbance(session, form.system.data, effect=form.effect.data, by=by, now=now, **times)
        return f"{LIST}/{row.public_id}"

    told = _("障害を登録しました。このシステムを利用する方のホームに表示されています。")
    return _answered(form, operation, told, lambda: _new_page(form, DISTURBED))


def _stop_page(public_id: str, *forms: Form) -> str:
    row = stop_by(db.session(), public_id) or abort(404)
    sent = {type(form): form for form in forms}
    words = {
        "change": sent.get(PlannedChangeForm) or change_form_of(row),
        "words": sent.get(WordsForm) or WordsForm(formdata=None, prefix="told-"),
        "end": sent.get(EndForm) or EndForm(formdata=None, prefix="end-", data={"words": "復旧しました。"}),
    }
    wrong = next((form for form in forms if form.errors), None)
    return _drawn("systems/staff_stop.html", clock.now(), row=row, wrong=wrong, settled=SETTLED, **words)


@audience(staff(PUBLISH))
def show_stop(public_id: str) -> str:
    return _stop_page(public_id)


def _sent(public_id: str, form: Form, change: Callable[..., None], told: str) -> ResponseReturnValue:
    if stop_by(db.session(), public_id) is None:
        abort(404)

    def operation(session: Session, now: datetime) -> str:
        change(session, locked_stop(session, public_id) or abort(404), now=now)
        return f"{LIST}/{public_id}"

    return _answered(form, operation, told, lambda: _stop_page(public_id, form))


@audience(staff(PUBLISH))
def change_plan(public_id: str) -> ResponseReturnValue:
    form, by = PlannedChangeForm(), actor()

    def change(session: Session, row: SystemStop, now: datetime) -> None:
        times = {"from_at": instant(form.from_at), "until_at": instant(form.until_at)}
        change_planned_stop(session, row, effect=form.effect.data, by=by, now=now, **times)

    return _sent(public_id, form, change, _("計画停止を変更しました。"))


@audience(staff(PUBLISH))
def cancel(public_id: str) -> ResponseReturnValue:
    by = actor()

    def change(session: Session, row: SystemStop, now: datetime) -> None:
        call_off(session, row, by=by, now=now)

    return _sent(public_id, Form(), change, _("計画停止を取り止めました。"))


@audience(staff(PUBLISH))
def add_words(public_id: str) -> ResponseReturnValue:
    form, by = WordsForm(prefix="told-"), actor()

    def change(session: Session, row: SystemStop, now: datetime) -> None:
        promise = instant(form.next_update_at)
        tell(session, row, words=form.words.data, next_update_at=promise, by=by, now=now)

    return _sent(public_id, form, change, _("経過を追記しました。"))


@audience(staff(PUBLISH))
def restore(public_id: str) -> ResponseReturnValue:
    form, by = EndForm(prefix="end-"), actor()

    def change(session: Session, row: SystemStop, now: datetime) -> None:
        end_disturbance(session, row, words=form.words.data, by=by, now=now)

    return _sent(public_id, form, change, _("復旧を登録しました。"))


def system_staff_blueprint() -> Blueprint:
    blueprint = Blueprint("staff_systems", __name__)
    for path, method, view in (
        ("", "GET", show_list),
        (".csv", "GET", export_list),
        ("/planned", "GET", show_planned),
        ("/planned", "POST", plan),
        ("/disturbance", "GET", show_disturbance),
        ("/disturbance", "POST", disturb),
        ("/<public_id>", "GET", show_stop),
        ("/<public_id>/change", "POST", change_plan),
        ("/<public_id>/cancel", "POST", cancel),
        ("/<public_id>/words", "POST", add_words),
        ("/<public_id>/restored", "POST", restore),
    ):
        blueprint.add_url_rule(f"{LIST}{path}", view_func=view, methods=[method])
    return blueprint
