"""「パスワードを忘れた方はこちら。」: one answer whatever the ID; then the mailed link, the secret answer, a new password (R6-7)."""

import secrets
from datetime import datetime

from flask import Blueprint, current_app, flash, g, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from auth.credential_forms import ForgottenForm, ResetForm
from auth.gate import actor_for
from auth.models import User
from auth.new_password import PasswordRefused
from auth.origin_gate import is_served_here
from auth.password_resets import ResetRefused, ask_for_reset, refuse_answer, reset_password
from auth.passwords import Passwords
from auth.questions import QUESTIONS, is_right_answer
from auth.reset_links import ResetLink, Resetting, answer_to, read_link, reset_desk, user_of
from auth.reset_states import ResetAnswer, reset_until
from auth.tries import count_try
from base import clock
from base.actors import Actor
from base.audience import CERTIFICATE, audience
from base.db import db, transaction
from base.form_keys import new_form_key, once
from base.plain_input import refuse_doubles

STATUS = {ResetAnswer.FORGED: 404, ResetAnswer.EXPIRED: 410, ResetAnswer.DEAD: 410, ResetAnswer.LOCKED: 403}


def _ask() -> ResponseReturnValue:
    refuse_doubles()
    form = ForgottenForm()
    if not form.validate():
        return render_template("credentials/forgotten.html", form=form), 422
    login_id = form.login_id.data
    count_try(login_id)
    by = Actor(login_id, fingerprint=g.fingerprint, address=g.remote_address, reference=g.reference)
    with transaction() as session:
        ask_for_reset(session, login_id, secrets.token_hex(8), by=by, now=clock.now())
    minutes = current_app.config["PORTAL"].reset_seconds // 60
    return render_template("credentials/asked.html", minutes=minutes)


def _way() -> Resetting:
    settings = current_app.config["PORTAL"]
    return Resetting(settings.reset_seconds, settings.wrong_answer_limit, g.certificate_id)


def _read(token: str) -> ResetLink | None:
    return read_link(reset_desk(current_app.config["PORTAL"].secrets.keys), token)


def _asked(link: ResetLink | None) -> tuple[User | None, ResetAnswer]:
    """Nothing of the person where the link isn't for this PC."""
    user = user_of(db.session(), link)
    if user is not None and not is_served_here(user.organization_id):
        return None, ResetAnswer.FORGED
    answer = answer_to(db.session(), link, user, _way(), clock.now())
    return (None if answer is ResetAnswer.FORGED else user), answer


def _form() -> ResetForm:
    form = ResetForm()
    if not current_app.config["PORTAL"].is_question_asked:
        del form.answer
    return form


def _page(token: str, form: ResetForm | None = None) -> ResponseReturnValue:
    """Shows and changes nothing, however it is fetched (R8-8, D7)."""
    user, answer = _asked(_read(token))
    page = render_template(
        "credentials/reset.html",
        answer=str(answer),
        user=user,
        question=QUESTIONS.get(user.secret_question or "") if user else None,
        until=reset_until(user.reset_sent_at, _way().seconds) if user and user.reset_sent_at else None,
        form=form or _form(),
        token=token,
        form_key=new_form_key(),
    )
    return page, STATUS.get(answer, 422 if form else 200)


def _is_wrong(link: ResetLink, form: ResetForm, user: User, passwords: Passwords) -> bool:
    """The hash costs its time outside the transaction that counts; an empty answer is no try."""
    if not form.answer or not form.answer.data:
        return False
    if is_right_answer(user.secret_answer_hash, form.answer.data, passwords):
        return False
    by = actor_for(user.id)
    with transaction() as session:
        left = refuse_answer(session, link, _way(), by=by, now=clock.now())
    form.answer.errors = [
        _("秘密の質問の答えが違います。")
        + _("あと%(count)s回続けて間違えると、アカウントがロックされます。", count=left)
    ]
    return True


def _press(
    token: str, link: ResetLink, user: User, form: ResetForm, passwords: Passwords, *, seen: ResetAnswer
) -> ResponseReturnValue:
    """`seen`: what the link answered as the secret answer was judged; where it served nobody, none was."""
    by, way, user_id, stored = actor_for(user.id), _way(), user.id, user.secret_answer_hash

    def operation(session: Session, now: datetime) -> str:
        if seen is not ResetAnswer.OK:
            raise ResetRefused(seen)
        reset_password(session, link, form.password.data or "", stored, way, passwords, by=by, now=now)
        return "/login"

    try:
        pressed = once(user_id, operation)
    except ResetRefused:
        return _page(token)
    except PasswordRefused as refusal:
        form.refuse_conditions(refusal.conditions)
        return _page(token, form)
    flash(_("パスワードを変更しました。新しいパスワードでログインしてください。"), "success")
    return pressed


def _reset(token: str, passwords: Passwords) -> ResponseReturnValue:
    refuse_doubles()
    count_try()
    link = _read(token)
    user, answer = _asked(link)
    if link is None or user is None:
        return _page(token)
    form = _form()
    if answer is ResetAnswer.OK:
        is_fit = form.is_fit(user)
        try:
            is_fit = not _is_wrong(link, form, user, passwords) and is_fit
        except ResetRefused:
            return _page(token)
        if not is_fit:
            return _page(token, form)
    return _press(token, link, user, form, passwords, seen=answer)


def reset_blueprint(passwords: Passwords) -> Blueprint:
    blueprint = Blueprint("reset", __name__)

    @blueprint.get("/password/forgotten")
    @audience(CERTIFICATE)
    def show_form() -> str:
        return render_template("credentials/forgotten.html", form=ForgottenForm())

    @blueprint.post("/password/forgotten")
    @audience(CERTIFICATE)
    def ask() -> ResponseReturnValue:
        return _ask()

    @blueprint.get("/password/reset/<token>")
    @audience(CERTIFICATE)
    def show_link(token: str) -> ResponseReturnValue:
        return _page(token)

    @blueprint.post("/password/reset/<token>")
    @audience(CERTIFICATE)
    def reset(token: str) -> ResponseReturnValue:
        return _reset(token, passwords)

    return blueprint
