"""The screens of this floor that need nothing but the application."""

from rights.entry.outlook_views import outlook_blueprint
from rights.entry.views import entry_blueprint
from rights.inventory.staff_views import staff_inventory_blueprint
from rights.inventory.views import inventory_blueprint
from rights.jnote.staff_views import jnote_staff_blueprint
from rights.people.staff_views import staff_people_blueprint
from rights.people.views import people_blueprint
from rights.processing.sheet_staff_views import sheet_blueprint
from rights.processing.staff_views import processing_blueprint
from rights.request_views import requests_blueprint
from rights.staff_views import staff_requests_blueprint

BLUEPRINTS = (
    requests_blueprint,
    outlook_blueprint,
    entry_blueprint,
    people_blueprint,
    staff_people_blueprint,
    staff_requests_blueprint,
    jnote_staff_blueprint,
    inventory_blueprint,
    staff_inventory_blueprint,
    processing_blueprint,
    sheet_blueprint,
)
