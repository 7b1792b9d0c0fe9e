"""A system's stops, and how its disturbance goes on, for whoever uses it (R2-1, R9-7); for everybody else there is no such page."""

from flask import Blueprint, abort, render_template

from base.audience import READER, audience
from base.jst import day_of
from content.reading.room import ReadingRoom
from content.systems.hours_queries import timetable
from content.systems.hours_words import hours_text
from content.systems.opening_hours import status
from content.systems.queries import current_stops, past_stops, state_of_stop, stop_of
from content.systems.states import state_of
from content.systems.words import KIND_TAGS, STATE_TAGS

SHOWN_PAST = 20


def _system(room: ReadingRoom, slug: str) -> str:
    look = room.look()
    page = next((page for page in look.reach.systems if page.slug == slug), None)
    session, now = look.session, look.now
    hours = timetable(session)
    if page is None or page.system is None or page.system not in hours.systems:
        abort(404)
    here, today = (page.system,), day_of(now)
    current = current_stops(session, here, now)
    found = status(page.system, now, hours, [stop_of(row) for row in current])
    return render_template(
        "systems/system.html",
        page=page,
        state=state_of(page, found, now),
        hours=hours_text(hours.on(page.system, today)),
        changes=[(each.from_day, hours_text(each.hours)) for each in hours.changes_after(page.system, today)],
        current=current,
        past=past_stops(session, here, now, 0, SHOWN_PAST),
        state_of_stop=lambda row: state_of_stop(row, now),
        kinds=KIND_TAGS,
        states=STATE_TAGS,
    )


def system_blueprint(room: ReadingRoom) -> Blueprint:
    blueprint = Blueprint("systems", __name__)

    @blueprint.get("/systems/<slug>")
    @audience(READER)
    def show_system(slug: str) -> str:
        return _system(room, slug)

    return blueprint
