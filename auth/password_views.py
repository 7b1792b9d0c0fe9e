"""Changing one's own password and secret question; and what a new password is judged by while it is typed (R6-4 to R6-6)."""

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, abort, current_app, flash, g, jsonify, redirect, render_template, request
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf
from sqlalchemy.orm import Session
from wtforms import PasswordField

from auth.gate import SESSION_ID, actor, is_password_expired, viewer
from auth.models import User
from auth.new_password import PasswordRefused
from auth.next_page import local_path
from auth.own_password import change_password, change_question, note_wrong_password
from auth.password_expiry import last_usable_day, password_due
from auth.password_forms import PasswordChangeForm, QuestionForm
from auth.password_rules import LONGEST, failed_conditions
from auth.passwords import LONGEST as LONGEST_CHECKED
from auth.passwords import Passwords
from auth.tries import count_judgement, count_try
from auth.viewer import Viewer
from base import clock
from base.audience import CERTIFICATE, READER, audience
from base.db import db, transaction
from base.form_keys import new_form_key, once
from base.refusals import Refused
from base.settings import Settings

REFUSED = 422
LONGEST_ID = 254


def _settings() -> Settings:
    settings: Settings = current_app.config["PORTAL"]
    return settings


def _next() -> str:
    path = local_path(request.values.get("next"))
    return path if path != "/" else ""


def _due() -> dict[str, object]:
    """For every page: how long the viewer's password is usable still, from 14 days before the end."""
    who = g.get("viewer")
    if not isinstance(who, Viewer):
        return {}
    return {"password_due": password_due(who.password_set_at, _settings().password_days, clock.now())}


def _password_page(form: PasswordChangeForm) -> str:
    who = viewer()
    is_expired = is_password_expired(who)
    # Where nothing else is open, no menu leads anywhere.
    frame: dict[str, object] = {"nav": []} if is_expired else {}
    last_day = last_usable_day(who.password_set_at, _settings().password_days)
    words = {"form": form, "is_expired": is_expired, "last_day": last_day, "next": _next()}
    return render_template("account/password.html", **words, **frame, form_key=new_form_key())


def _question_page(form: QuestionForm) -> str:
    user = db.session.get_one(User, viewer().user_id)
    # An answer is as secret as a password, though people have to see what they type.
    form.answer.data = ""
    return render_template("account/question.html", form=form, asked=user.secret_question, form_key=new_form_key())


def _checked_hash(passwords: Passwords, password: str) -> str | None:
    """The hash that the present password fits. None where it doesn't: counted as at the login (R6-3)."""
    who = viewer()
    count_try(who.login_id)
    stored = db.session.get_one(User, who.user_id).password_hash
    if len(password) <= LONGEST_CHECKED and passwords.check(stored, password):
        return stored
    with transaction() as session:
        limit, by = _settings().wrong_password_limit, actor()
        g.is_locked_now = note_wrong_password(
            session, who.user_id, limit, session_hash=who.session_hash, by=by, now=clock.now()
        )
    return None


def _answer_to_wrong(field: PasswordField, page: Callable[[], str]) -> ResponseReturnValue:
    if not g.is_locked_now:
        field.errors = [_("現在のパスワードが違います。")]
        return page(), REFUSED
    cookie.clear()
    flash(
        _("現在のパスワードの誤りが続いたため、ログアウトしました。ログインできないときは下記へお電話ください。"),
        "error",
    )
    return redirect("/login", code=303)


def _go_on_as(session_id: str) -> None:
    """Nothing of the session before lives on: not its id, not its CSRF secret (B1)."""
    cookie.pop("csrf_token", None)
    cookie[SESSION_ID] = session_id
    g.pop("csrf_token", None)
    generate_csrf()


def _change_password(passwords: Passwords, form: PasswordChangeForm, who: Viewer) -> ResponseReturnValue:
    checked = _checked_hash(passwords, form.current.data)
    if checked is None:
        return _answer_to_wrong(form.current, lambda: _password_page(form))
    renewed: list[str] = []
    onward = _next() or ("/" if is_password_expired(who) else "/account")

    def change(session: Session, now: datetime) -> str:
        facts = {"checked_hash": checked, "session_hash": who.session_hash}
        new = change_password(session, who.user_id, form.password.data, passwords, **facts, by=actor(), now=now)
        renewed.append(new)
        return onward

    try:
        answer = once(who.user_id, change)
    except PasswordRefused as refusal:
        form.refuse_conditions(refusal.conditions)
        return _password_page(form), REFUSED
    if renewed:
        _go_on_as(renewed[0])
        flash(
            _("パスワードを変更しました。ほかのパソコンでログインしていた場合は、ログアウトされています。"), "success"
        )
    return answer


def _change_question(passwords: Passwords, form: QuestionForm, who: Viewer) -> ResponseReturnValue:
    checked = _checked_hash(passwords, form.current.data)
    if checked is None:
        return _answer_to_wrong(form.current, lambda: _question_page(form))

    def change(session: Session, now: datetime) -> str:
        asked = (form.question.data, form.answer.data)
        change_question(session, who.user_id, *asked, passwords, checked_hash=checked, by=actor(), now=now)
        flash(_("秘密の質問を設定しました。"), "success")
        return "/account"

    try:
        return once(who.user_id, change)
    except Refused as refusal:
        if refusal.field is None:
            raise
        form.refuse([refusal])
        return _question_page(form), REFUSED


def _judged() -> ResponseReturnValue:
    """Looks nothing up: whoever asks learns about what he sent alone. Nothing is hashed, nothing kept."""
    count_judgement()
    password, login_id = request.form.get("password", ""), request.form.get("login_id", "")[:LONGEST_ID]
    names = (g.viewer.name, g.viewer.organization_name) if g.viewer else ()
    failed = failed_conditions(password[: LONGEST + 1], login_id, names=names)
    return jsonify(failed=[str(condition) for condition in failed])


def password_blueprint(passwords: Passwords) -> Blueprint:
    blueprint = Blueprint("passwords", __name__)
    blueprint.app_context_processor(_due)

    @blueprint.get("/account/password")
    @audience(READER)
    def show_password() -> str:
        return _password_page(PasswordChangeForm())

    @blueprint.post("/account/password")
    @audience(READER)
    def press_password() -> ResponseReturnValue:
        who, form = viewer(), PasswordChangeForm()
        if not form.validate_for(who.login_id, who.name, who.organization_name):
            return _password_page(form), REFUSED
        return _change_password(passwords, form, who)

    @blueprint.get("/account/question")
    @audience(READER)
    def show_question() -> str:
        return _question_page(QuestionForm()) if _settings().is_question_asked else abort(404)

    @blueprint.post("/account/question")
    @audience(READER)
    def press_question() -> ResponseReturnValue:
        if not _settings().is_question_asked:
            abort(404)
        who, form = viewer(), QuestionForm()
        if not form.validate_for(who.login_id):
            return _question_page(form), REFUSED
        return _change_question(passwords, form, who)

    @blueprint.post("/password/check")
    @audience(CERTIFICATE)
    def judge_password() -> ResponseReturnValue:
        return _judged()

    return blueprint
