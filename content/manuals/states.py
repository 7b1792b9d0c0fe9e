"""Versions of a manual: how they count up, and which of them a person has in hand (R9-12)."""

from collections.abc import Iterable, Mapping
from datetime import datetime


def next_version(numbers: Iterable[int]) -> int:
    """`numbers`: all that were ever given. One that was taken back is never given again: somebody may have it."""
    return max(numbers, default=0) + 1


def has_latest(fetched: Mapping[int, datetime], latest: int) -> bool:
    """`fetched`: when a person last fetched each version. Whoever fetched a later one, since taken back, after it has not."""
    if latest not in fetched:
        return False
    return all(at <= fetched[latest] for version, at in fetched.items() if version > latest)


def is_revised(fetched: Mapping[int, datetime], latest: int) -> bool:
    """Whether the manual has changed since the person read it; no news for who has never read it."""
    return bool(fetched) and not has_latest(fetched, latest)


def in_hand(fetched: Mapping[int, datetime]) -> int | None:
    """The version that a person fetched last; of two at one instant the newer."""
    return max(fetched, key=lambda version: (fetched[version], version), default=None)
