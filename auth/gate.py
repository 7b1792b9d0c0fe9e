"""The gate of every request: address, then certificate, session and audience (R2-8, R4-1, R4-6, R8-6)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

from flask import Flask, abort, current_app, flash, g, redirect, render_template, request
from flask import session as cookie
from flask.ctx import _AppCtxGlobals
from flask.globals import app_ctx, request_ctx
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Engine, update

from auth.certificate_facts import CertificateFacts
from auth.certificate_rules import Reason, login_refusal
from auth.certificate_source import CertificateSource, identified
from auth.identity import Identity, Lapse
from auth.login_sessions import end_session
from auth.models import LoginSession, User
from auth.origin_gate import OriginGate
from auth.password_expiry import is_expired
from auth.session_cookie import OneCookie
from auth.viewer import Viewer
from base import clock
from base.actors import Actor
from base.audience import CERTIFICATE, CONTACT_MANAGER, DEMO, FEED, OPEN, PROBE, READER, Audience, audience_of
from base.db import db, transaction
from base.headers import own_style
from base.logs import log
from base.refusals import NoSpace

SESSION_ID = "sid"
PASSWORD_SCREENS = frozenset({"passwords.show_password", "passwords.press_password"})
ASKED_NOTHING = frozenset({OPEN, PROBE})
ASKED_A_CERTIFICATE = frozenset({CERTIFICATE, DEMO, FEED})
SEEN_EVERY = timedelta(seconds=60)

ReadIdentity = Callable[[Engine, str, str | None, datetime], Identity]


@dataclass(frozen=True, slots=True)
class Gate:
    """`password_days`: for how many days a password is usable, 0 for ever (R6-5)."""

    source: CertificateSource
    read_identity: ReadIdentity
    password_days: int
    origins: OriginGate


def viewer() -> Viewer:
    """Whoever is logged in; only for routes whose audience makes sure that somebody is."""
    found = g.viewer
    if not isinstance(found, Viewer):
        abort(404)
    return found


def actor() -> Actor:
    return viewer().actor(g.remote_address, g.reference)


def actor_for(user_id: int) -> Actor:
    """Somebody before the login, whose mailed link says who it is."""
    user = db.session.get_one(User, user_id)
    return Actor(user.login_id, user.id, user.organization_id, g.fingerprint, g.remote_address, g.reference)


def certificate_page(reason: Reason) -> ResponseReturnValue:
    """R4-1. Without a certificate not even a style sheet is served: the page brings its own."""
    log.info("certificate refused", reference=g.reference, reason=str(reason), address=g.remote_address)
    style, policy = own_style(current_app.static_folder or "")
    page = render_template("errors/certificate.html", reason=str(reason), own_style=style)
    return page, 403, {"Content-Security-Policy": policy}


def _end(session_hash: str, why: str, facts: CertificateFacts) -> None:
    """What has lapsed stays ended: an account unlocked again begins a new session."""
    by = Actor("gate", fingerprint=facts.fingerprint, address=g.remote_address, reference=g.reference)
    with transaction() as session:
        end_session(session, session_hash, why, by=by, now=clock.now())


def _note_seen(found: Viewer, seen_at: datetime, now: datetime) -> None:
    if now - seen_at < SEEN_EVERY:
        return
    is_older = (LoginSession.id_hash == found.session_hash, LoginSession.seen_at < now)
    try:
        with transaction() as session:
            session.execute(update(LoginSession).where(*is_older).values(seen_at=now))
    except NoSpace:
        # Reading goes on; a login that can't be seen ends the sooner (I3).
        log.warning("seen not recorded", reference=g.reference)


def _may_pass(found: Viewer, who: Audience) -> bool:
    if who == READER:
        return True
    if who == CONTACT_MANAGER:
        return found.is_contact_manager
    return who.name == "staff" and who.permission is not None and found.may(who.permission)


def _to_login() -> ResponseReturnValue:
    """Whoever was inside is told why he isn't any more; in the same words whatever ended it (R6-2)."""
    if g.get("has_lapsed"):
        flash(_("時間が経ったか、ほかの操作でログインが終了したため、もう一度ログインしてください。"), "warning")
    if request.method not in {"GET", "HEAD"} or request.path == "/":
        return redirect("/login", code=303)
    return redirect("/login?next=" + quote(request.path, safe="/"))


def is_password_expired(found: Viewer) -> bool:
    return _is_password_expired(found, current_app.extensions["gate"])


def _is_password_expired(found: Viewer, gate: Gate) -> bool:
    return is_expired(found.password_set_at, gate.password_days, clock.now())


def _to_new_password() -> ResponseReturnValue:
    """R6-5: with an expired password the change is all that is left; then on to where the person wanted to go."""
    is_kept = request.method in {"GET", "HEAD"} and request.path != "/"
    return redirect("/account/password" + ("?next=" + quote(request.path, safe="/") if is_kept else ""), code=303)


def _identify(gate: Gate, facts: CertificateFacts, own: _AppCtxGlobals) -> ResponseReturnValue | None:
    now, cookie = clock.now(), request_ctx.session
    identity = gate.read_identity(db.engine, facts.fingerprint, cookie.get(SESSION_ID), now)
    refusal = login_refusal(facts, identity.registered, now)
    if refusal == Reason.LIST_STALE and identity.lapse is None:
        # An outage on our side: whoever was inside goes on as soon as there is a list again.
        return certificate_page(refusal)
    why = identity.lapse or refusal
    if identity.session_hash is not None and why is not None:
        _end(identity.session_hash, str(why), facts)
    if refusal is None and identity.lapse == Lapse.OTHER_CERTIFICATE:
        refusal = Reason.OTHER_CERTIFICATE
    if refusal is not None:
        cookie.pop(SESSION_ID, None)
        return certificate_page(refusal)
    own.certificate_id, own.fingerprint, own.viewer = identity.certificate_id, facts.fingerprint, identity.viewer
    _note_visit(identity, own, now)
    return None


def _note_visit(identity: Identity, own: _AppCtxGlobals, now: datetime) -> None:
    if identity.viewer is None:
        own.has_lapsed = cookie.pop(SESSION_ID, None) is not None
    elif identity.seen_at is not None:
        _note_seen(identity.viewer, identity.seen_at, now)


def _is_closed(who: Audience | None) -> bool:
    """A route that declares no audience is nobody's; the demo's are nobody's elsewhere."""
    if who is None:
        return request.endpoint not in {None, "static"}
    return who == DEMO and not current_app.config["PORTAL"].is_demo


def _is_asked_nothing(who: Audience | None) -> bool:
    """A feed only where the operator has opened them: calendars can't show a certificate (R9-8)."""
    return who in ASKED_NOTHING or (who == FEED and current_app.config["PORTAL"].are_feeds_open)


def _refusal_of(gate: Gate, who: Audience, found: Viewer | None, endpoint: str | None) -> ResponseReturnValue | None:
    if who in ASKED_A_CERTIFICATE:
        return None
    if found is None:
        return _to_login()
    if not _may_pass(found, who):
        abort(404)
    is_shut = endpoint not in PASSWORD_SCREENS and _is_password_expired(found, gate)
    return _to_new_password() if is_shut else None


def admit() -> ResponseReturnValue | None:
    """Flask's proxies are touched once each: this runs at every request."""
    app, own, asked = app_ctx.app, app_ctx.g, request_ctx.request
    gate: Gate = app.extensions["gate"]
    own.viewer = None
    presented = gate.source.presented(asked.environ)
    own.remote_address = presented.remote_address
    own.reference = presented.reference or own.reference
    who = audience_of(app.view_functions.get(asked.endpoint or ""))
    facts = identified(presented)
    answer = gate.origins.refusal(presented.remote_address, facts, who)
    if answer is not None or _is_asked_nothing(who):
        return answer
    answer = certificate_page(facts) if isinstance(facts, Reason) else _identify(gate, facts, own)
    if answer is not None:
        return answer
    if not gate.origins.serves(own.viewer, own.allowed_for):
        return gate.origins.address_page(facts)
    if _is_closed(who):
        abort(404)
    return _refusal_of(gate, who, own.viewer, asked.endpoint) if who else None


def register_gate(app: Flask, gate: Gate) -> None:
    app.extensions["gate"] = gate
    app.session_interface = OneCookie(app)
    app.before_request(admit)
