"""The secret address of an organization's calendar: signed, made anew at each look from the feed's version, stored nowhere (R9-8)."""

from collections.abc import Sequence
from dataclasses import dataclass

from base.tokens import TokenDesk, TokenFault

PURPOSE = "calendar-feed"
FIELDS = ("organization", "version")


@dataclass(frozen=True, slots=True)
class FeedSecret:
    """`organization`: its public id."""

    organization: str
    version: int


def feed_desk(keys: Sequence[str]) -> TokenDesk:
    return TokenDesk(keys, PURPOSE, FIELDS)


def feed_path(desk: TokenDesk, secret: FeedSecret) -> str:
    return f"/calendar/{desk.make(organization=secret.organization, version=secret.version)}.ics"


def read_secret(desk: TokenDesk, text: str) -> FeedSecret | None:
    """None for whatever we didn't make for this purpose."""
    try:
        return FeedSecret(**desk.read(text))
    except TokenFault:
        return None
