"""長期未使用ID: the reception center sees who is at a stage, what comes next, and how the morning runs went (R5-40 to R5-44)."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from auth.dormancy import Stage
from auth.dormancy_csv import dormancy_csv
from auth.dormancy_lists import all_of, last_runs, page_of, read_filters
from auth.dormancy_shown import organizations_concerned
from auth.dormancy_words import STAGE_COLOURS, STAGE_LABELS
from auth.permissions import USERS
from base import clock
from base.audience import audience, staff
from base.db import db
from base.mail_words import fate_of


@audience(staff(USERS))
def show_list() -> str:
    session, filters = db.session(), read_filters(request.args)
    page = page_of(session, filters, clock.now())
    return render_template(
        "dormancy/staff_list.html",
        page=page,
        filters=filters,
        fates={one.mail.public_id: fate_of(one.mail) for one in page.rows if one.mail},
        organizations=organizations_concerned(session),
        runs=last_runs(session),
        stages=list(Stage),
        labels=STAGE_LABELS,
        colours=STAGE_COLOURS,
    )


@audience(staff(USERS))
def export_list() -> ResponseReturnValue:
    return dormancy_csv(all_of(db.session(), read_filters(request.args), clock.now()), clock.now())


def dormancy_staff_blueprint() -> Blueprint:
    blueprint = Blueprint("staff_dormancy", __name__)
    blueprint.add_url_rule("/staff/dormancy", view_func=show_list)
    blueprint.add_url_rule("/staff/dormancy.csv", view_func=export_list)
    return blueprint
