"""Events as a file that calendar applications read (RFC 5545): instants in UTC, whole days as days, nothing that depends on now."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from base.late import Late

if TYPE_CHECKING:
    import icalendar
else:
    icalendar = Late("icalendar")

PRODUCT = "-//portal//calendar//JA"
ASK_AGAIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """`ends` is not part of it. `sequence` rises with every change, `changed_at` is that of the last one."""

    uid: str
    title: str
    about: str
    path: str
    starts: datetime | date
    ends: datetime | date
    sequence: int
    changed_at: datetime
    is_cancelled: bool = False
    is_provisional: bool = False


def ics_file(name: str, base_url: str, events: Iterable[FeedEvent]) -> bytes:
    """The same bytes for the same events: an ETag made of them tells whether anything has changed."""
    calendar, host = icalendar.Calendar(), base_url.split("://", 1)[1]
    for key, value in (("prodid", PRODUCT), ("version", "2.0"), ("calscale", "GREGORIAN"), ("method", "PUBLISH")):
        calendar.add(key, value)
    calendar.add("x-wr-calname", name)
    calendar.add("x-wr-timezone", "Asia/Tokyo")
    calendar.add("refresh-interval", ASK_AGAIN, parameters={"value": "DURATION"})
    for event in events:
        calendar.add_component(_component(event, host, base_url))
    return bytes(calendar.to_ical())


def _component(event: FeedEvent, host: str, base_url: str) -> "icalendar.Event":
    component = icalendar.Event()
    for key, value in (
        ("uid", f"{event.uid}@{host}"),
        ("dtstamp", event.changed_at),
        ("last-modified", event.changed_at),
        ("sequence", event.sequence),
        ("dtstart", event.starts),
        ("dtend", event.ends),
        ("summary", event.title),
        ("description", event.about),
        ("url", f"{base_url}{event.path}"),
        ("status", _status(event)),
        ("transp", "TRANSPARENT"),
    ):
        component.add(key, value)
    return component


def _status(event: FeedEvent) -> str:
    if event.is_cancelled:
        return "CANCELLED"
    return "TENTATIVE" if event.is_provisional else "CONFIRMED"
