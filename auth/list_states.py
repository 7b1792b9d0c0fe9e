"""How a CA's revocation list stands at a moment (R4-5)."""

from datetime import datetime
from enum import StrEnum

from auth.models import IssuingCa


class ListState(StrEnum):
    """`FAILED`: the last attempt brought nothing, but the list at hand is still good."""

    UNASKED = "unasked"
    GOOD = "good"
    FAILED = "failed"
    STALE = "stale"


NEEDS_SOMEBODY = frozenset({ListState.FAILED, ListState.STALE})


def list_state(row: IssuingCa, now: datetime) -> ListState:
    """A list is stale from the moment of its next update on; one that was never read is stale too."""
    if not row.list_source:
        return ListState.UNASKED
    if row.list_until is None or now >= row.list_until:
        return ListState.STALE
    return ListState.FAILED if row.list_failure else ListState.GOOD
