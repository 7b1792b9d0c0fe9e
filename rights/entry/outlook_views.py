"""「今日申請すると」 while a request is being typed, and its days as a file for calendars; neither changes anything (R9-1)."""

import hashlib
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, Response, abort, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from auth.gate import viewer
from auth.models import User
from base import clock
from base.audience import CONTACT_MANAGER, audience
from base.closing_days import confirmed_through
from base.db import db
from base.ics_files import ics_file
from base.jst import day_of
from base.words import SITE_NAME, day
from rights.codes import SYSTEMS_WITH_RIGHTS, AskedRights, code_for
from rights.entry.outlook_events import Subject, step_events
from rights.entry.outlook_queries import outlook_now
from rights.entry.outlooks import Outlook
from rights.models import RightsRequest
from rights.request_queries import find_request, requests_of
from rights.request_states import RequestKind
from rights.right_changes import standing
from rights.shown_requests import shown

ENTRY = {RequestKind.NEW: "/requests/new"}


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the address; `person` is empty where the request is for a new one."""

    kind: RequestKind
    person: str
    wanted: AskedRights


@audience(CONTACT_MANAGER)
def show_outlook() -> ResponseReturnValue:
    """A part of a page, which the page's own script puts in its place."""
    return render_template("rights/outlook_part.html", outlook=_outlook(_typed()))


@audience(CONTACT_MANAGER)
def send_outlook() -> ResponseReturnValue:
    typed, today = _typed(), day_of(clock.now())
    found = _outlook(typed)
    path = f"/people/{typed.person}" if typed.person else ENTRY[RequestKind.NEW]
    about = _("%(day)sに申請した場合の予定です。", day=day(today))
    key = f"if-applied-{today:%Y%m%d}-{hashlib.sha256(found.query.encode()).hexdigest()[:12]}"
    subject = Subject(key, _("(予定)"), about, path, today, is_provisional=True)
    return _answer(ics_file(SITE_NAME, _base_url(), step_events(subject, found.steps, today, _through(today))))


def _through(today: date) -> date:
    return confirmed_through(db.session(), today)


@audience(CONTACT_MANAGER)
def send_days(public_id: str) -> ResponseReturnValue:
    """The days of a request that was sent."""
    session, now = db.session(), clock.now()
    row: RightsRequest = find_request(session, requests_of(viewer().organization_id), public_id) or abort(404)
    one, today = shown(session, [row], now)[0], day_of(now)
    words = _("%(number)s %(name)sさん", number=row.number, name=row.name_kanji)
    path, entered_on = f"/requests/{row.public_id}", day_of(row.entered_at)
    subject = Subject(f"request-{row.public_id}", words, "", path, entered_on, is_provisional=False)
    return _answer(ics_file(SITE_NAME, _base_url(), step_events(subject, one.steps, today, _through(today))))


def outlook_blueprint() -> Blueprint:
    blueprint = Blueprint("outlooks", __name__)
    for path, view in (
        ("/requests/if-applied", show_outlook),
        ("/requests/if-applied.ics", send_outlook),
        ("/requests/<public_id>/days.ics", send_days),
    ):
        blueprint.add_url_rule(path, view_func=view)
    return blueprint


def _typed() -> Typed:
    """A code that isn't there asks for nothing, as the form would say; of a removal no code counts."""
    kind = request.args.get("kind", RequestKind.NEW.value)
    if kind not in set(RequestKind):
        abort(404)
    chosen = {system: request.args.get(system.lower(), "") for system in SYSTEMS_WITH_RIGHTS}
    codes = {system.lower(): code for system, code in chosen.items() if code_for(system, code)}
    wanted = AskedRights() if kind == RequestKind.REMOVAL else AskedRights(**codes)
    return Typed(RequestKind(kind), request.args.get("person", "") if kind != RequestKind.NEW else "", wanted)


def _outlook(typed: Typed) -> Outlook:
    session, now = db.session(), clock.now()
    return outlook_now(session, typed.kind, _held(typed), typed.wanted, now, typed.person)


def _held(typed: Typed) -> AskedRights:
    """Of the own organization's person; anybody else doesn't exist (R8-4)."""
    if typed.kind is RequestKind.NEW:
        return AskedRights()
    session = db.session()
    own = (User.public_id == typed.person, User.organization_id == viewer().organization_id)
    person_id = session.scalar(select(User.id).where(*own)) or abort(404)
    return standing(session, person_id, clock.now())


def _base_url() -> str:
    return str(current_app.config["PORTAL"].base_url).rstrip("/")


def _answer(content: bytes) -> Response:
    answer = Response(content, content_type="text/calendar; charset=utf-8")
    answer.headers["Content-Disposition"] = "attachment; filename=days.ics"
    return answer
