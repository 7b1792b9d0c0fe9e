"""A contact manager's people: the list, its file, and the page of each (R5-19)."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from auth.gate import viewer
from auth.models import Organization
from base.audience import CONTACT_MANAGER, audience
from base.db import db
from rights.people.person_views import PERSON_ROUTES, Route
from rights.people.queries import people_of
from rights.people.screens import Place, send_list, show_list
from rights.people.screens import show_person as show_person_at


def own() -> Place:
    """The viewer's own organization's people, whatever the address says (R8-4)."""
    return Place("/people", "/requests", people_of(viewer().organization_id))


@audience(CONTACT_MANAGER)
def show_people() -> ResponseReturnValue:
    organization = db.session.get_one(Organization, viewer().organization_id)
    return show_list(own(), "rights/people.html", contractors=organization.contractors)


@audience(CONTACT_MANAGER)
def export_people() -> ResponseReturnValue:
    return send_list(own())


@audience(CONTACT_MANAGER)
def show_person(public_id: str) -> ResponseReturnValue:
    return show_person_at(own(), public_id)


def people_blueprint() -> Blueprint:
    blueprint = Blueprint("people", __name__)
    own_routes = (
        Route("/people", "GET", show_people),
        Route("/people.csv", "GET", export_people),
        Route("/people/<public_id>", "GET", show_person),
    )
    for route in (*own_routes, *PERSON_ROUTES):
        blueprint.add_url_rule(route.path, route.endpoint, route.view, methods=[route.method])
    return blueprint
