"""Staff see everybody's rights and change none of them: that is the contact managers' (R5-14, R5-19)."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from auth.permissions import DESK
from auth.user_queries import organizations
from base.audience import audience, staff
from base.db import db
from rights.people.queries import everybody
from rights.people.screens import Place, send_list, show_list, show_person

EVERYBODY = Place("/staff/people", "/staff/requests", everybody())


@audience(staff(DESK))
def show_everybody() -> ResponseReturnValue:
    return show_list(EVERYBODY, "rights/staff_people.html", organizations=organizations(db.session()))


@audience(staff(DESK))
def export_everybody() -> ResponseReturnValue:
    return send_list(EVERYBODY)


@audience(staff(DESK))
def show_anybody(public_id: str) -> ResponseReturnValue:
    return show_person(EVERYBODY, public_id)


def staff_people_blueprint() -> Blueprint:
    blueprint = Blueprint("staff_people", __name__)
    for path, view in (
        ("/staff/people", show_everybody),
        ("/staff/people.csv", export_everybody),
        ("/staff/people/<public_id>", show_anybody),
    ):
        blueprint.add_url_rule(path, view_func=view)
    return blueprint
