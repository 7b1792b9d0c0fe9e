"""The calendar as a file: for whoever is logged in, and at each organization's secret address (R9-8)."""

import hashlib
from collections.abc import Hashable
from datetime import datetime

from flask import Blueprint, Response, abort, current_app, flash, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from auth.gate import actor, viewer
from auth.models import Organization
from auth.origin_gate import is_served_here
from auth.tries import count_feed
from base import clock
from base.audience import CONTACT_MANAGER, FEED, READER, audience
from base.db import db
from base.form_keys import new_form_key, once
from base.ics_files import ics_file
from base.jst import day_of
from base.refusals import Conflict
from base.tokens import TokenDesk
from base.words import SITE_NAME, locale
from content.calendar.days import month_of
from content.calendar.feed_events import FeedFacts, feed_days, feed_events
from content.calendar.feed_links import FeedSecret, feed_path, read_secret
from content.calendar.feed_queries import is_registered_for, organization_behind, system_pages
from content.calendar.feeds import renew_feed
from content.calendar.models import CalendarFeed
from content.calendar.queries import hours_changed, operator_days, stops_between
from content.reading.fragments import Kept
from content.reading.room import ReadingRoom
from content.reading.viewing import KnownPage
from content.visibility import OrganizationFacts

ADDRESS = "/calendar/address"
KEPT_BYTES = 2_000_000
# A feed is its organization's, not a person's: its words are the site's own.
FEED_LANGUAGE = "ja"


class FeedFiles:
    """Drawn once for all who see the same systems, until one of their pages, the operator's days or the month changes."""

    def __init__(self) -> None:
        self._kept: Kept[Hashable, bytes] = Kept(KEPT_BYTES)

    def file(self, session: Session, pages: tuple[KnownPage, ...], base_url: str) -> bytes:
        today = day_of(clock.now())
        days, month = operator_days(session, today), month_of(today)
        key = (tuple((page.id, page.version) for page in pages), month, days, locale())
        found = self._kept.get(key)
        if found is None:
            first, last = feed_days(month)
            by_system = {page.system: page for page in pages if page.system}
            stops, hours = stops_between(session, by_system, first), hours_changed(session, by_system, first)
            events = feed_events(FeedFacts(by_system, stops, hours, days, first, last))
            found = ics_file(SITE_NAME, base_url, events)
            self._kept.keep(key, found, len(found))
        return found


def _base_url() -> str:
    return str(current_app.config["PORTAL"].base_url).rstrip("/")


def _answer(content: bytes, disposition: str) -> Response:
    answer = Response(content, content_type="text/calendar; charset=utf-8")
    answer.headers["Content-Disposition"] = f"{disposition}; filename=calendar.ics"
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.set_etag(hashlib.sha256(content).hexdigest())
    answer.make_conditional(request)
    return answer


def _opened(session: Session, desk: TokenDesk, text: str) -> OrganizationFacts | None:
    """Without open feeds a PC of that organization has to ask; from an address abroad only one that is allowed for it (R2-8)."""
    secret = read_secret(desk, text)
    found = organization_behind(session, secret) if secret else None
    if found is None or not is_served_here(found.id):
        return None
    if current_app.config["PORTAL"].are_feeds_open:
        return found
    return found if is_registered_for(session, g.fingerprint, found.id) else None


def _feed(files: FeedFiles, desk: TokenDesk, text: str) -> Response:
    """A wrong secret, an older one and an organization that has ended answer alike."""
    count_feed()
    session = db.session()
    organization = _opened(session, desk, text) or abort(404)
    with force_locale(FEED_LANGUAGE):
        content = files.file(session, system_pages(session, organization), _base_url())
    return _answer(content, "inline")


def _address_page(desk: TokenDesk, number: int = 200) -> ResponseReturnValue:
    session, of = db.session(), viewer().organization_id
    feed, organization = session.get(CalendarFeed, of), session.get_one(Organization, of)
    path = feed_path(desk, FeedSecret(organization.public_id, feed.version)) if feed else ""
    page = render_template(
        "content/calendar_address.html",
        feed=feed,
        address=_base_url() + path if path else "",
        are_feeds_open=current_app.config["PORTAL"].are_feeds_open,
        has_conflict=number == 409,
        form_key=new_form_key(),
    )
    return page, number


def _renew(desk: TokenDesk) -> ResponseReturnValue:
    seen, of, by = request.form.get("version", default=-1, type=int), viewer().organization_id, actor()

    def operation(session: Session, now: datetime) -> str:
        renew_feed(session, of, version=seen, by=by, now=now)
        return ADDRESS

    try:
        answer = once(viewer().user_id, operation)
    except Conflict:
        return _address_page(desk, 409)
    flash(_("購読アドレスを作りました。"), "success")
    return answer


def add_feeds(blueprint: Blueprint, room: ReadingRoom, desk: TokenDesk) -> None:
    files = FeedFiles()

    @blueprint.get("/calendar.ics")
    @audience(READER)
    def send_own() -> Response:
        look = room.look()
        return _answer(files.file(look.session, look.reach.systems, _base_url()), "attachment")

    @blueprint.get("/calendar/<secret>.ics")
    @audience(FEED)
    def send_feed(secret: str) -> Response:
        return _feed(files, desk, secret)

    @blueprint.get(ADDRESS)
    @audience(CONTACT_MANAGER)
    def show_address() -> ResponseReturnValue:
        return _address_page(desk)

    @blueprint.post(ADDRESS)
    @audience(CONTACT_MANAGER)
    def renew() -> ResponseReturnValue:
        return _renew(desk)
