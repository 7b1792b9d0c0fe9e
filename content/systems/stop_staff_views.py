"""One stop or disturbance in the hands of the reception center: changed, told, called off, ended (R2-1, R9-7).

Of two who have it open the second sees what the first did, beside what he typed himself (E18).
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import abort, flash, render_template
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
from base.refusals import Conflict, Refused
from content.models import SystemStop
from content.moment_fields import instant
from content.systems.forms import (
    CancelForm,
    EndForm,
    PlannedChangeForm,
    SeenForm,
    WordsForm,
    change_form_of,
    end_form_of,
    words_form_of,
)
from content.systems.queries import locked_stop, state_of_stop, stop_by, times_of
from content.systems.stop_states import StopState, is_word_due
from content.systems.stops import call_off, change_planned_stop, end_disturbance, tell
from content.systems.words import KIND_TAGS, STATE_TAGS

LIST = "/staff/systems"
SETTLED = {StopState.OVER, StopState.CALLED_OFF}

# Readers' words, whatever language the desk speaks.
RESTORED = "復旧しました。"

Operation = Callable[[Session, datetime], str]


def drawn_stops(template: str, now: datetime, **words: object) -> str:
    return render_template(
        template,
        state_of_stop=lambda row: state_of_stop(row, now),
        is_due=lambda row: is_word_due(times_of(row), now),
        settled=SETTLED,
        kinds=KIND_TAGS,
        states=STATE_TAGS,
        form_key=new_form_key(),
        **words,
    )


def answered(form: Form, operation: Operation, told: str, show: Callable[[], str]) -> ResponseReturnValue:
    """What was wrong stands beside its field, with all that was typed (R8-3)."""
    if not form.validate():
        return show(), 422
    try:
        answer = once(viewer().user_id, operation)
    except Conflict:
        raise
    except Refused as refusal:
        form.refuse([refusal])
        return show(), 422
    flash(told, "success")
    return answer


def _existing(public_id: str) -> SystemStop:
    return stop_by(db.session(), public_id) or abort(404)


def _stop_page(public_id: str, sent: SeenForm | None = None) -> str:
    """`sent`: what was typed and refused; in a stop that is over there is nowhere to type it again."""
    row, now = _existing(public_id), clock.now()
    if sent is not None and state_of_stop(row, now) in SETTLED:
        return _conflict_page(row, sent, _("すでに終わっています。"))
    forms: dict[str, SeenForm] = {
        "change": change_form_of(row),
        "words": words_form_of(row),
        "end": end_form_of(row, RESTORED, now),
    }
    if sent is not None:
        forms[NAMES[type(sent)]] = sent
    return drawn_stops("systems/staff_stop.html", now, row=row, wrong=sent, **forms)


NAMES: dict[type[SeenForm], str] = {
    PlannedChangeForm: "change",
    WordsForm: "words",
    EndForm: "end",
    CancelForm: "cancel",
}


def _conflict_page(row: SystemStop, form: SeenForm, reason: str) -> str:
    """Sent from here, it goes by the stop as it is now shown: that is a decision."""
    form.version.data = str(row.version)
    return drawn_stops(
        "systems/staff_conflict.html", clock.now(), row=row, form=form, sent=NAMES[type(form)], reason=reason
    )


@audience(staff(PUBLISH))
def show_stop(public_id: str) -> str:
    return _stop_page(public_id)


def _sent(public_id: str, form: SeenForm, change: Callable[..., object], told: str) -> ResponseReturnValue:
    _existing(public_id)
    seen, by = form.seen, actor()

    def operation(session: Session, now: datetime) -> str:
        change(session, locked_stop(session, public_id) or abort(404), version=seen, by=by, now=now)
        return f"{LIST}/{public_id}"

    try:
        return answered(form, operation, told, lambda: _stop_page(public_id, form))
    except Conflict as conflict:
        return _conflict_page(_existing(public_id), form, conflict.reason), 409


@audience(staff(PUBLISH))
def change_plan(public_id: str) -> ResponseReturnValue:
    form = PlannedChangeForm()

    def change(session: Session, row: SystemStop, **who: Any) -> None:
        from_at, until_at = instant(form.from_at), instant(form.until_at)
        change_planned_stop(session, row, from_at=from_at, until_at=until_at, effect=form.effect.data, **who)

    return _sent(public_id, form, change, _("計画停止を変更しました。"))


@audience(staff(PUBLISH))
def cancel(public_id: str) -> ResponseReturnValue:
    return _sent(public_id, CancelForm(), call_off, _("計画停止を取り止めました。"))


@audience(staff(PUBLISH))
def add_words(public_id: str) -> ResponseReturnValue:
    form = WordsForm(prefix="told-")

    def change(session: Session, row: SystemStop, **who: Any) -> None:
        tell(session, row, words=form.words.data, next_update_at=instant(form.next_update_at), **who)

    return _sent(public_id, form, change, _("経過を追記しました。"))


@audience(staff(PUBLISH))
def restore(public_id: str) -> ResponseReturnValue:
    form = EndForm(prefix="end-")

    def change(session: Session, row: SystemStop, **who: Any) -> None:
        end_disturbance(session, row, words=form.words.data, ended_at=instant(form.ended_at), **who)

    return _sent(public_id, form, change, _("復旧を登録しました。"))


ROUTES = (
    ("/<public_id>", "GET", show_stop),
    ("/<public_id>/change", "POST", change_plan),
    ("/<public_id>/cancel", "POST", cancel),
    ("/<public_id>/words", "POST", add_words),
    ("/<public_id>/restored", "POST", restore),
)
