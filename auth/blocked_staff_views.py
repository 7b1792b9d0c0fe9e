"""Administrators look through what the gate refused (R2-8)."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from auth.allowed_staff_views import country_files
from auth.blocked_lists import (
    blocked_count,
    blocked_in_file,
    blocked_page,
    countries_named,
    organizations_named,
    read_filters,
)
from auth.blocked_tally import EVERYBODY_ELSE
from auth.door_csv import blocked_csv
from auth.permissions import ALLOW_LIST
from base import clock
from base.audience import audience, staff
from base.db import db


@audience(staff(ALLOW_LIST))
def show_list() -> str:
    session, filters = db.session(), read_filters(request.args)
    rows, has_more = blocked_page(session, filters)
    return render_template(
        "door/blocked_list.html",
        rows=rows,
        has_more=has_more,
        count=blocked_count(session, filters),
        organizations=organizations_named(session),
        countries=countries_named(session),
        everybody_else=EVERYBODY_ELSE,
        filters=filters,
        files=country_files(),
    )


@audience(staff(ALLOW_LIST))
def export_list() -> ResponseReturnValue:
    return blocked_csv(blocked_in_file(db.session(), read_filters(request.args)), clock.now())


def blocked_staff_blueprint() -> Blueprint:
    blueprint = Blueprint("blocked_access", __name__)
    blueprint.add_url_rule("/staff/blocked", view_func=show_list)
    blueprint.add_url_rule("/staff/blocked.csv", view_func=export_list)
    return blueprint
