"""What a person sets on the own account: its sessions, its language (R6-8, B9)."""

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, abort, flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.gate import actor, viewer
from auth.login_sessions import end_session, end_sessions_of
from auth.models import LoginSession, User
from base.audience import READER, audience
from base.audit import record
from base.form_keys import once

LANGUAGES = ("ja", "en")


def _own(session: Session) -> User:
    return session.scalars(select(User).where(User.id == viewer().user_id).with_for_update()).one()


def _on_account(act: Callable[[Session, datetime], str]) -> ResponseReturnValue:
    """Do it once, say what was done, back to the account."""

    def operation(session: Session, now: datetime) -> str:
        flash(act(session, now), "success")
        return "/account"

    return once(viewer().user_id, operation)


def _end_one(session: Session, public_id: str, now: datetime) -> str:
    own = (LoginSession.public_id == public_id, LoginSession.user_id == viewer().user_id)
    row = session.scalars(select(LoginSession).where(*own)).one_or_none() or abort(404)
    if end_session(session, row.id_hash, "ended by the person", by=actor(), now=now):
        return _("%(pc)s のログインを終了しました。", pc=row.pc_name)
    return _("%(pc)s のログインは、すでに終了しています。", pc=row.pc_name)


def _end_others(session: Session, now: datetime) -> str:
    who = viewer()
    count = end_sessions_of(session, _own(session), "ended by the person", by=actor(), now=now, but=who.session_hash)
    return _("ほかのログインを%(count)s件終了しました。", count=count)


def _set_language(session: Session, now: datetime) -> str:
    chosen, user = request.form.get("language", ""), _own(session)
    if chosen not in LANGUAGES:
        abort(400)
    before, user.language = user.language, chosen
    subject, was, is_now = f"login:{user.login_id}", {"language": before}, {"language": chosen}
    record(session, "language.set", subject, by=actor(), now=now, before=was, after=is_now)
    return "表示を日本語にしました。" if chosen == "ja" else "This site now speaks English to you."


def account_blueprint() -> Blueprint:
    blueprint = Blueprint("account", __name__)

    @blueprint.post("/account/sessions/<public_id>/end")
    @audience(READER)
    def end_one(public_id: str) -> ResponseReturnValue:
        return _on_account(lambda session, now: _end_one(session, public_id, now))

    @blueprint.post("/account/sessions/end-others")
    @audience(READER)
    def end_others() -> ResponseReturnValue:
        return _on_account(_end_others)

    @blueprint.post("/account/language")
    @audience(READER)
    def set_language() -> ResponseReturnValue:
        return _on_account(_set_language)

    return blueprint
