"""Where a contact address stands, and what its link answers (R7-10 to R7-12); both derived, never stored."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

LINK_LIFETIME = timedelta(seconds=604_800)


class AddressState(StrEnum):
    PROVISIONAL = "provisional"
    HELD = "held"
    EXPIRED = "expired"
    VERIFIED = "verified"
    REMOVED = "removed"


class LinkAnswer(StrEnum):
    """`FORGED`: no link of ours. `OTHERS`: ours, but not for whoever opened it; says nothing about what became of it."""

    OK = "ok"
    USED = "used"
    EXPIRED = "expired"
    REPLACED = "replaced"
    REMOVED = "removed"
    FORGED = "forged"
    OTHERS = "others"


@dataclass(frozen=True, slots=True)
class AddressFacts:
    """What the row holds; sending anew raises the version and forgets when the older link was sent."""

    link_version: int
    link_sent_at: datetime | None = None
    is_held: bool = False
    verified_at: datetime | None = None
    removed_at: datetime | None = None


def valid_until(sent_at: datetime) -> datetime:
    """The last instant at which the link works (R7-12)."""
    return sent_at + LINK_LIFETIME


def address_state(facts: AddressFacts, now: datetime) -> AddressState:
    if facts.removed_at:
        return AddressState.REMOVED
    if facts.verified_at:
        return AddressState.VERIFIED
    if facts.is_held:
        return AddressState.HELD
    if facts.link_sent_at and now > valid_until(facts.link_sent_at):
        return AddressState.EXPIRED
    return AddressState.PROVISIONAL


def link_answer(facts: AddressFacts, version: int, now: datetime) -> LinkAnswer:
    """What a link of the version answers now; a verified address needs no other link, so that comes before its age."""
    if facts.removed_at:
        return LinkAnswer.REMOVED
    if facts.verified_at:
        return LinkAnswer.USED
    if version != facts.link_version:
        return LinkAnswer.REPLACED
    if facts.link_sent_at is None or now > valid_until(facts.link_sent_at):
        return LinkAnswer.EXPIRED
    return LinkAnswer.OK
