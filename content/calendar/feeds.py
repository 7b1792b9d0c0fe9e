"""Contact managers make and renew the address of their organization's calendar (R9-8)."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.models import Organization
from base.actors import Actor
from base.audit import record
from base.refusals import Conflict
from base.sentences import say
from content.calendar.models import CalendarFeed


def renew_feed(session: Session, organization_id: int, *, version: int, by: Actor, now: datetime) -> CalendarFeed:
    """The first one, or the successor of the one with that version, which ends at once. Two at once stand in line here."""
    session.scalars(
        select(Organization.id).where(Organization.id == organization_id).with_for_update(key_share=True)
    ).one()
    feed = session.get(CalendarFeed, organization_id, populate_existing=True)
    if (feed.version if feed else 0) != version:
        raise Conflict(say("購読アドレスは、ほかの方が先に作り直しました。"))
    if by.user_id is None:
        raise ValueError("only people renew calendars")
    if feed is None:
        feed = CalendarFeed(organization_id=organization_id, version=0)
        session.add(feed)
    feed.version, feed.renewed_at, feed.renewed_by_id = version + 1, now, by.user_id
    session.flush()
    action = "feed.renewed" if version else "feed.made"
    before, after = {"version": version}, {"version": feed.version}
    record(session, action, "feed:calendar", by=by, now=now, before=before, after=after)
    return feed
