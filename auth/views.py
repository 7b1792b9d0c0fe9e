from collections.abc import Callable
from dataclasses import replace

from flask import Blueprint, abort, current_app, flash, g, redirect, render_template, request
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf

from auth.certificate_rules import Reason
from auth.certificate_source import identified
from auth.gate import SESSION_ID, actor, certificate_page
from auth.identity import SessionLimits
from auth.login_candidates import Candidate, FindCandidate
from auth.login_sessions import end_session
from auth.logins import (
    Door,
    Outcome,
    admit,
    is_right_password,
    refuse_login,
)
from auth.next_page import local_path
from auth.origin_gate import is_served_here
from auth.passwords import Passwords
from auth.tries import count_try
from base import clock
from base.audience import CERTIFICATE, OPEN, audience
from base.db import db, transaction
from base.settings import Settings
from base.words import spoken_operator

LONGEST_ID = 254


def _door() -> Door:
    settings: Settings = current_app.config["PORTAL"]
    return Door(
        certificate_id=g.certificate_id,
        fingerprint=g.fingerprint,
        address=g.remote_address,
        reference=g.reference,
        wrong_password_limit=settings.wrong_password_limit,
        sessions_at_once=settings.sessions_at_once,
        session_limits=SessionLimits(settings.session_idle, settings.session_life),
    )


def _login_page(error: str | None = None) -> str:
    asked = request.values.get("next", "")
    shown_id = request.form.get("login_id", "")[:LONGEST_ID]
    path = local_path(asked)
    onward = path if path != "/" else ""
    return render_template(
        "auth/login.html", error=error, login_id=shown_id, next=onward, forgotten_url="/password/forgotten"
    )


def _refusal_text(outcome: Outcome) -> str:
    if outcome == Outcome.LOCKED:
        return (
            _("【エラー】このユーザーはアクティブではありません。ブラウザを閉じてやりなおしてください。")
            + _whom_to_call()
        )
    return _("【エラー】認証に失敗しました。")


def _whom_to_call() -> str:
    desk = spoken_operator().support_desk
    return _("解除は、ご本人から%(desk)s(%(phone)s)へお電話ください。", desk=desk.name, phone=desk.phone)


def _enter(candidate: Candidate, door: Door, dearer_hash: str | None) -> ResponseReturnValue | None:
    now = clock.now()
    with transaction() as session:
        session_id = admit(session, candidate, door, now, dearer_hash=dearer_hash)
        if session_id and g.viewer:
            end_session(session, g.viewer.session_hash, "another login", by=actor(), now=now)
    if session_id is None:
        return None
    # Nothing of the session before the login lives on: not its id, not its CSRF secret (B1).
    cookie.clear()
    cookie[SESSION_ID] = session_id
    # Two pages opened at once right after the login must not each make a secret of their own.
    generate_csrf()
    return redirect(local_path(request.form.get("next")), code=303)


def _only(name: str) -> str:
    """A field that comes twice or not at all is no form of ours (C12)."""
    values = request.form.getlist(name)
    return values[0] if len(values) == 1 else abort(400)


def _is_welcome(candidate: Candidate, *, is_right: bool) -> bool:
    return is_right and candidate.pc_name is not None and candidate.may_enter and not candidate.is_locked


def _dearer_hash(passwords: Passwords, candidate: Candidate, password: str) -> str | None:
    """Costs that were raised reach each person at the next login."""
    is_outdated = candidate.password_hash is not None and passwords.needs_rehash(candidate.password_hash)
    return passwords.hash(password) if is_outdated else None


def _as_seen_here(candidate: Candidate | None) -> Candidate | None:
    """R2-8: at another organization's address abroad the PC is none of the person's."""
    if candidate is None or is_served_here(candidate.organization_id):
        return candidate
    return replace(candidate, pc_name=None)


def _try_login(passwords: Passwords, find_candidate: FindCandidate) -> ResponseReturnValue | Outcome:
    login_id, password = _only("login_id").strip(" \t　"), _only("password")
    count_try(login_id)
    door = _door()
    candidate = _as_seen_here(find_candidate(db.engine, login_id, door.certificate_id, clock.now()))
    is_right = is_right_password(passwords, candidate, password)
    if candidate and _is_welcome(candidate, is_right=is_right):
        entered = _enter(candidate, door, _dearer_hash(passwords, candidate, password))
        if entered is not None:
            return entered
    with transaction() as session:
        return refuse_login(session, login_id, candidate, door, is_right=is_right, now=clock.now())


def _log_out() -> None:
    if g.viewer is not None:
        with transaction() as session:
            end_session(session, g.viewer.session_hash, "logout", by=actor(), now=clock.now())
    cookie.clear()


def login_blueprint(passwords: Passwords, find_candidate: FindCandidate, faq: Callable[[], object]) -> Blueprint:
    """`faq`: what the help page says."""
    blueprint = Blueprint("auth", __name__)

    @blueprint.get("/login")
    @audience(CERTIFICATE)
    def show_login() -> ResponseReturnValue:
        return redirect(local_path(request.args.get("next"))) if g.viewer else _login_page()

    @blueprint.post("/login")
    @audience(CERTIFICATE)
    def log_in() -> ResponseReturnValue:
        answer = _try_login(passwords, find_candidate)
        return (_login_page(_refusal_text(answer)), 403) if isinstance(answer, Outcome) else answer

    @blueprint.get("/login/help")
    @audience(CERTIFICATE)
    def show_help() -> str:
        return render_template("auth/login_help.html", faq=faq())

    @blueprint.post("/logout")
    @audience(CERTIFICATE)
    def log_out() -> ResponseReturnValue:
        _log_out()
        flash(_("ログアウトしました。"), "done")
        return redirect("/login", code=303)

    @blueprint.get("/certificate-needed")
    @audience(OPEN)
    def certificate_needed() -> ResponseReturnValue:
        found = identified(current_app.extensions["gate"].source.presented(request.environ))
        return certificate_page(found if isinstance(found, Reason) else Reason.NOT_REGISTERED)

    return blueprint
