"""受付デスク: what waits for staff today, and how far the mail runs are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, current_app, render_template
from sqlalchemy.orm import Session

from auth import allowed_todos, ca_todos, certificate_todos, dormancy_todos, user_waiting
from auth.gate import viewer
from auth.permissions import ADDRESSES, ALLOW_LIST, CERTIFICATES, COMPLETE, DESK, PUBLISH, REQUESTS, SETTINGS, USERS
from auth.viewer import Viewer
from base import clock
from base.audience import audience, staff
from base.clock_rules import DOUBT_WORDS, Doubt
from base.clock_watch import standing_doubts
from base.db import db
from base.form_keys import new_form_key
from base.waiting import Figure
from content.addresses import todos as address_todos
from content.systems import todos as system_todos
from content.writing import review_todos
from desk.closing import todos as closing_todos
from desk.mail_runs import mail_runs
from rights import todos as rights_todos
from rights.inventory import todos as inventory_todos

Figures = Callable[[Session, datetime], list[Figure]]


@dataclass(frozen=True, slots=True)
class FigureSource:
    """Tiles for whoever holds the permission that their links ask for."""

    permission: str
    figures: Figures


def _account_figures(session: Session, now: datetime) -> list[Figure]:
    return user_waiting.figures(session, current_app.config["PORTAL"].credentials_days, now)


def _review_figures(session: Session, now: datetime) -> list[Figure]:
    """Where one reader is enough, nothing waits for a second."""
    return review_todos.figures(session, now) if current_app.config["PORTAL"].is_second_reader_needed else []


FIGURE_SOURCES = (
    FigureSource(REQUESTS, rights_todos.figures),
    FigureSource(REQUESTS, inventory_todos.figures),
    FigureSource(REQUESTS, closing_todos.figures),
    FigureSource(COMPLETE, rights_todos.completion_figures),
    FigureSource(ADDRESSES, address_todos.figures),
    FigureSource(PUBLISH, system_todos.figures),
    FigureSource(PUBLISH, _review_figures),
    FigureSource(CERTIFICATES, certificate_todos.figures),
    FigureSource(ALLOW_LIST, allowed_todos.figures),
    FigureSource(USERS, _account_figures),
    FigureSource(USERS, dormancy_todos.figures),
    FigureSource(SETTINGS, ca_todos.figures),
)


def tiles_for(session: Session, who: Viewer, sources: Sequence[FigureSource], now: datetime) -> list[dict[str, object]]:
    found = [figure for source in sources if who.may(source.permission) for figure in source.figures(session, now)]
    return [
        {"number": each.number, "label": each.label, "href": each.href, "state": "late" if each.is_late else ""}
        for each in found
    ]


def desk_blueprint(sources: Sequence[FigureSource] = FIGURE_SOURCES) -> Blueprint:
    blueprint = Blueprint("desk", __name__)

    @blueprint.get("/staff")
    @audience(staff(DESK))
    def show_desk() -> str:
        session, now, who = db.session(), clock.now(), viewer()
        return render_template(
            "desk/desk.html",
            doubts=[(doubt, DOUBT_WORDS[Doubt(doubt.kind)]) for doubt in standing_doubts(session)],
            tiles=tiles_for(session, who, sources, now),
            runs=mail_runs(session) if who.may(PUBLISH) else [],
            queue=rights_todos.queue_rows(session, now) if who.may(REQUESTS) else None,
            form_key=new_form_key(),
        )

    return blueprint
