"""Where an article stands with the second pair of eyes; derived from its last review (R7-4)."""

from dataclasses import dataclass
from enum import StrEnum


class ReviewState(StrEnum):
    NONE = "none"
    ASKED = "asked"
    APPROVED = "approved"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class LastReview:
    """`is_approved` None: nobody has decided. `is_as_seen`: nothing has changed since it was."""

    is_approved: bool | None
    is_as_seen: bool


def review_state(last: LastReview | None) -> ReviewState:
    """What was edited after its approval needs a new one; a returned text stays returned until it is sent again."""
    if last is None:
        return ReviewState.NONE
    if last.is_approved is None:
        return ReviewState.ASKED
    if not last.is_approved:
        return ReviewState.RETURNED
    return ReviewState.APPROVED if last.is_as_seen else ReviewState.NONE
