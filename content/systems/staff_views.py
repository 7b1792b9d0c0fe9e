"""The reception center enters planned stops and disturbances and sees all of them (R2-1, R9-7)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from auth.gate import actor
from auth.permissions import PUBLISH
from base import clock
from base.audience import audience, staff
from base.db import db
from content.models import Page
from content.moment_fields import instant
from content.systems import hours_staff_views, stop_staff_views
from content.systems.csv import stops_csv
from content.systems.forms import DisturbanceForm, PlannedStopForm, SystemForm
from content.systems.hours_queries import timetable
from content.systems.queries import count_past, current_stops, pages_with_hours, past_stops, stop_of
from content.systems.states import system_states
from content.systems.stop_staff_views import LIST, answered, drawn_stops
from content.systems.stops import add_planned_stop, begin_disturbance

STOPS_A_PAGE = 50
MOST_PAGES = 1000
MOST_LINES = 10_000


@dataclass(frozen=True, slots=True)
class StopFilters:
    """`systems`: all there are, or the one that is asked for."""

    systems: frozenset[str]
    system: str = ""
    page: int = 1

    def query(self, page: int = 1) -> str:
        given = {"system": self.system, "page": str(page) if page > 1 else ""}
        return urlencode({name: value for name, value in given.items() if value})


def read_stop_filters(given: Mapping[str, str], systems: frozenset[str]) -> StopFilters:
    system, page = given.get("system", ""), given.get("page", "")
    number = int(page) if page.isascii() and page.isdigit() and len(page) <= len(str(MOST_PAGES)) else 1
    known = systems & {system}
    return StopFilters(known or systems, system if known else "", max(1, number))


@audience(staff(PUBLISH))
def show_list() -> str:
    session, now = db.session(), clock.now()
    hours, pages = timetable(session), pages_with_hours(session)
    filters, current = read_stop_filters(request.args, hours.systems), current_stops(session, hours.systems, now)
    count, first = count_past(session, filters.systems, now), (filters.page - 1) * STOPS_A_PAGE
    return drawn_stops(
        "systems/staff_list.html",
        now,
        systems=system_states(pages, hours, [stop_of(row) for row in current], now),
        current=current,
        past=past_stops(session, filters.systems, now, first, STOPS_A_PAGE),
        count=count,
        has_more=count > first + STOPS_A_PAGE,
        filters=filters,
        pages=pages,
    )


@audience(staff(PUBLISH))
def export_list() -> ResponseReturnValue:
    session, now = db.session(), clock.now()
    filters = read_stop_filters(request.args, timetable(session).systems)
    return stops_csv(past_stops(session, filters.systems, now, 0, MOST_LINES), now)


def _offered(form: SystemForm) -> list[Page]:
    pages = pages_with_hours(db.session())
    form.offer(pages)
    return pages


def _new_page(form: SystemForm, template: str) -> str:
    return drawn_stops(template, clock.now(), form=form)


def _chosen_system() -> dict[str, str]:
    return {"system": request.args.get("system", "")}


PLANNED, DISTURBED = "systems/staff_planned.html", "systems/staff_disturbance.html"


@audience(staff(PUBLISH))
def show_planned() -> str:
    form = PlannedStopForm(formdata=None, data=_chosen_system())
    _offered(form)
    return _new_page(form, PLANNED)


@audience(staff(PUBLISH))
def plan() -> ResponseReturnValue:
    form, by = PlannedStopForm(), actor()
    _offered(form)

    def operation(session: Session, now: datetime) -> str:
        times = {"from_at": instant(form.from_at), "until_at": instant(form.until_at)}
        row = add_planned_stop(session, form.system.data, effect=form.effect.data, by=by, now=now, **times)
        return f"{LIST}/{row.public_id}"

    return answered(form, operation, _("計画停止を登録しました。"), lambda: _new_page(form, PLANNED))


@audience(staff(PUBLISH))
def show_disturbance() -> str:
    form = DisturbanceForm(formdata=None, data=_chosen_system())
    _offered(form)
    return _new_page(form, DISTURBED)


@audience(staff(PUBLISH))
def disturb() -> ResponseReturnValue:
    form, by = DisturbanceForm(), actor()
    _offered(form)

    def operation(session: Session, now: datetime) -> str:
        times = {"from_at": instant(form.from_at), "next_update_at": instant(form.next_update_at)}
        row = begin_disturbance(session, form.system.data, effect=form.effect.data, by=by, now=now, **times)
        return f"{LIST}/{row.public_id}"

    told = _("障害を登録しました。このシステムを利用する方のホームに表示されています。")
    return answered(form, operation, told, lambda: _new_page(form, DISTURBED))


def system_staff_blueprint() -> Blueprint:
    blueprint = Blueprint("staff_systems", __name__)
    for path, method, view in (
        ("", "GET", show_list),
        (".csv", "GET", export_list),
        ("/planned", "GET", show_planned),
        ("/planned", "POST", plan),
        ("/disturbance", "GET", show_disturbance),
        ("/disturbance", "POST", disturb),
        *stop_staff_views.ROUTES,
        *hours_staff_views.ROUTES,
    ):
        blueprint.add_url_rule(f"{LIST}{path}", view_func=view, methods=[method])
    return blueprint
