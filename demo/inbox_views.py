"""`/demo/inbox`: what the people of the demo find in their mailboxes. Outside the demo there is no such address."""

from pathlib import Path

from flask import Blueprint, abort, render_template

from base.audience import DEMO, audience
from demo.inbox import find_letter, letters


def inbox_blueprint(mail_folder: Path) -> Blueprint:
    blueprint = Blueprint("demo", __name__, url_prefix="/demo/inbox")

    @blueprint.get("")
    @audience(DEMO)
    def show_inbox() -> str:
        return render_template("demo/inbox.html", letters=letters(mail_folder))

    @blueprint.get("/<name>")
    @audience(DEMO)
    def show_letter(name: str) -> str:
        letter = find_letter(mail_folder, name) or abort(404)
        return render_template("demo/letter.html", letter=letter)

    return blueprint
