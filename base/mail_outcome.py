"""What follows from the mail server's answer (R7-14)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

SHORTEST_PAUSE = timedelta(minutes=5)
LONGEST_PAUSE = timedelta(hours=4)
MOST_TRIES = 48


class Result(Enum):
    """`LOST`: handed over, but the answer never came. `UNREACHED`: not even offered to the server."""

    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    REJECTED = "rejected"
    LOST = "lost"
    UNREACHED = "unreached"


@dataclass(frozen=True, slots=True)
class Answer:
    result: Result
    words: str = ""


def pause(tries: int, chance: float) -> timedelta:
    """How long to wait after so many tries: 5 minutes doubling up to 4 hours, spread by `chance` (0 up to 1) (F4)."""
    longest = min(LONGEST_PAUSE, SHORTEST_PAUSE * (1 << min(tries, 10)))
    shortest = max(SHORTEST_PAUSE, longest / 2)
    return shortest + (longest - shortest) * chance


def put_off(tries: int, words: str, now: datetime, chance: float) -> dict[str, Any]:
    """Try again later, or after 48 tries no more: visibly failed (F4)."""
    if tries >= MOST_TRIES:
        return {"state": "failed", "tries": tries, "failure": words}
    return {"state": "waiting", "tries": tries, "failure": words, "next_try_at": now + pause(tries, chance)}


def outcome(answer: Answer, tries: int, now: datetime, chance: float) -> dict[str, Any]:
    """What becomes of a mail that was not accepted; `tries` counts the one just made (F4, F5, F6)."""
    if answer.result is Result.UNREACHED:
        return {"state": "waiting", "tries": tries - 1, "failure": answer.words}
    if answer.result is Result.REJECTED:
        return {"state": "failed", "tries": tries, "failure": answer.words}
    return put_off(tries, answer.words, now, chance)
