"""The calendar of stops, hours and processing dates, for whoever uses the systems (R9-8)."""

from collections.abc import Sequence

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from auth.permissions import PUBLISH
from base.audience import READER, audience
from base.jst import day_of, weekdays
from base.words import locale
from content.calendar.days import Month, month_of, read_month
from content.calendar.feed_links import feed_desk
from content.calendar.feed_views import add_feeds
from content.calendar.queries import OperatorDays, hours_changed, operator_days, stops_between
from content.calendar.sheet import Links, MonthFacts, day_cells
from content.reading.fragments import Span
from content.reading.room import Drawing, Look, ReadingRoom
from content.reading.shelf import Shelf, first_of
from content.systems.opening_hours import next_edge
from content.systems.queries import stop_of

CALENDAR = "content/calendar.html"


def month_facts(look: Look, month: Month, days: OperatorDays) -> MonthFacts:
    """Of the systems that exist for the viewer, as beside every page (R7-2, R8-6)."""
    pages = {page.system: page for page in look.reach.systems if page.system}
    stops = stops_between(look.session, pages, month.first, month.last)
    return MonthFacts(month, pages, stops, hours_changed(look.session, pages, month.first, month.last), days)


def _drawing(look: Look, shelf: Shelf, month: Month, days: OperatorDays) -> Drawing:
    facts, now = month_facts(look, month, days), look.now
    cells = day_cells(facts, Links(look.viewer.may(PUBLISH), look.viewer.is_contact_manager), now)
    systems = shelf.systems(look.session, look.reach.systems, look.reach, now)
    words = {
        "month": month,
        "weeks": month.weeks(),
        "weekdays": weekdays(locale()),
        "cells": cells,
        "this_month": month_of(day_of(now)),
        "before": month.plus(-1),
        "after": month.plus(1),
        "systems": systems.html,
        "is_contact_manager": look.viewer.is_contact_manager,
    }
    edge = next_edge(now, [stop_of(row) for row in facts.stops])
    # The day's end ends the systems' state as well.
    return Drawing(words, Span(now, first_of(edge, systems.span.until_at)), "/calendar")


def _calendar(room: ReadingRoom) -> ResponseReturnValue:
    look = room.look()
    today = day_of(look.now)
    month, days = read_month(request.args.get("month", "")) or month_of(today), operator_days(look.session, today)
    key = (month, days, look.reach.system_versions, look.viewer.is_contact_manager)
    shared = room.shared(look, CALENDAR, key, lambda: _drawing(look, room.shelf, month, days))
    return room.filled(look, shared.sheet)


def calendar_blueprint(room: ReadingRoom, keys: Sequence[str]) -> Blueprint:
    blueprint = Blueprint("calendar", __name__)

    @blueprint.get("/calendar")
    @audience(READER)
    def show_calendar() -> ResponseReturnValue:
        return _calendar(room)

    add_feeds(blueprint, room, feed_desk(keys))
    return blueprint
