"""Whom to call, how to use the site, and who I am here (R2-3, R2-6, R6-8, R6-9)."""

from flask import Blueprint, render_template

from auth.gate import viewer
from base import clock
from base.audience import READER, audience
from base.db import db
from rights.my_rights import my_rights


def about_blueprint() -> Blueprint:
    blueprint = Blueprint("about", __name__)

    @blueprint.get("/contact")
    @audience(READER)
    def contact() -> str:
        return render_template("content/contact.html")

    @blueprint.get("/help")
    @audience(READER)
    def manual() -> str:
        return render_template("content/help.html")

    @blueprint.get("/account")
    @audience(READER)
    def account() -> str:
        who = viewer()
        rights = [] if who.is_staff else my_rights(db.session(), who.user_id, clock.now())
        return render_template("content/account.html", who=who, rights=rights)

    return blueprint
