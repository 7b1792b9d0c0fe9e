"""The link of the registration mail, and a contact manager's own addresses (R7-11, R7-12)."""

from datetime import datetime

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from auth.gate import actor, viewer
from base import clock
from base.audience import CONTACT_MANAGER, READER, audience
from base.db import db
from base.form_keys import new_form_key, once
from base.tokens import TokenDesk
from content.addresses.addresses import LinkRefused, confirm_address
from content.addresses.links import Link, answer_to, read_link
from content.addresses.queries import address_by, addresses_of, state_of
from content.addresses.states import AddressState, LinkAnswer, valid_until
from content.addresses.words import STATE_TAGS

GONE = {LinkAnswer.EXPIRED: 410, LinkAnswer.REPLACED: 410, LinkAnswer.REMOVED: 410}
UNKNOWN = {LinkAnswer.FORGED: 404, LinkAnswer.OTHERS: 404}
STATUS = GONE | UNKNOWN


def _link_page(link: Link | None, token: str) -> ResponseReturnValue:
    """Shows and changes nothing, however it is fetched (R8-8, D7)."""
    row = address_by(db.session(), link.public_id) if link else None
    answer = answer_to(viewer(), link, row, clock.now())
    shown = row if answer not in UNKNOWN else None
    until = valid_until(row.link_sent_at) if shown and row and row.link_sent_at else None
    words = {"answer": str(answer), "row": shown, "until": until, "token": token, "form_key": new_form_key()}
    return render_template("addresses/link.html", **words), STATUS.get(answer, 200)


def _verified_page(public_id: str) -> str:
    row = address_by(db.session(), public_id)
    is_own = row is not None and row.organization_id == viewer().organization_id
    if row is None or not is_own or state_of(row, clock.now()) is not AddressState.VERIFIED:
        abort(404)
    return render_template("addresses/verified.html", row=row)


def _own_list() -> str:
    now = clock.now()
    rows = [(row, state_of(row, now)) for row in addresses_of(db.session(), viewer().organization_id)]
    return render_template("addresses/own.html", rows=rows, tags=STATE_TAGS, valid_until=valid_until)


def address_blueprint(desk: TokenDesk) -> Blueprint:
    blueprint = Blueprint("addresses", __name__)

    @blueprint.get("/verify/<token>")
    @audience(READER)
    def show_link(token: str) -> ResponseReturnValue:
        return _link_page(read_link(desk, token), token)

    @blueprint.post("/verify/<token>")
    @audience(READER)
    def press_button(token: str) -> ResponseReturnValue:
        link = read_link(desk, token)
        if link is None:
            return _link_page(None, token)

        def confirm(session: Session, now: datetime) -> str:
            row = confirm_address(session, link, viewer=viewer(), by=actor(), now=now)
            return f"/addresses/{row.public_id}/verified"

        try:
            return once(viewer().user_id, confirm)
        except LinkRefused:
            return _link_page(link, token)

    @blueprint.get("/addresses/<public_id>/verified")
    @audience(CONTACT_MANAGER)
    def show_verified(public_id: str) -> str:
        return _verified_page(public_id)

    @blueprint.get("/addresses")
    @audience(CONTACT_MANAGER)
    def show_own() -> str:
        return _own_list()

    return blueprint
