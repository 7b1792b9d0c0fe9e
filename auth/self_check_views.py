"""`/self-check`: for people at the telephone whom the door doesn't let in (R9-6)."""

from flask import Blueprint, current_app, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from auth.certificate_facts import CertificateFacts, Unreadable, cached_facts_of
from auth.certificate_rules import RegisteredFacts
from auth.certificate_source import Presented
from auth.certificate_words import grouped
from auth.forwarded_certificate import handshake_refusal
from auth.gate import Gate
from auth.self_check import SelfCheck, Standing, refusal_of, standing_of
from base import clock
from base.audience import OPEN, audience
from base.db import db
from base.headers import own_style
from base.logs import log


def _facts_of(presented: Presented) -> CertificateFacts | None:
    """Also of one that the connection refused: he may have chosen the wrong one of two."""
    try:
        return cached_facts_of(presented.der) if presented.der else None
    except Unreadable:
        return None


def _registered(gate: Gate, facts: CertificateFacts | None) -> RegisteredFacts | None:
    """Without any session: who is logged in is no business of this page."""
    if facts is None:
        return None
    return gate.read_identity(db.engine, facts.fingerprint, None, clock.now()).registered


def _checked() -> SelfCheck:
    gate: Gate = current_app.extensions["gate"]
    presented = gate.source.presented(request.environ)
    facts = _facts_of(presented)
    registered = _registered(gate, facts)
    handshake = handshake_refusal(presented.verify, presented.der)
    origin = g.get("origin")
    return SelfCheck(
        refusal=refusal_of(facts, handshake, registered, clock.now()),
        facts=facts,
        standing=standing_of(registered),
        address=g.remote_address,
        is_domestic=origin.is_domestic if origin else None,
        is_local=origin.is_local if origin else False,
        code=g.reference,
    )


def standing_words() -> dict[Standing, str]:
    return {
        Standing.REGISTERED: _("登録されています"),
        Standing.UNKNOWN: _("登録されていません"),
        Standing.SUSPENDED: _("利用を停止しています"),
        Standing.REVOKED: _("失効しています"),
        Standing.ENDED: _("登録していた事業者の利用が終了しています"),
    }


@audience(OPEN)
def show_self_check() -> ResponseReturnValue:
    """403 wherever the door is shut: the status says the same as the page."""
    check = _checked()
    fingerprint = check.facts.fingerprint if check.facts else None
    verdict = str(check.refusal or "open")
    log.info("self-check", reference=check.code, verdict=verdict, certificate=fingerprint, address=check.address)
    style, policy = own_style(current_app.static_folder or "")
    page = render_template(
        "auth/self_check.html", check=check, standings=standing_words(), grouped=grouped, own_style=style
    )
    return page, 403 if check.refusal else 200, {"Content-Security-Policy": policy}


def self_check_blueprint() -> Blueprint:
    blueprint = Blueprint("self_check", __name__)
    blueprint.add_url_rule("/self-check", view_func=show_self_check)
    return blueprint
