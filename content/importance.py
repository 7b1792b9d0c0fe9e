"""What a reader should see before anything else."""

from dataclasses import dataclass
from datetime import datetime, timedelta

STOPS = frozenset({"planned-stop", "disturbance"})
STOP_IS_NEWS_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Emphasis:
    kind: str
    published_at: datetime
    is_pinned: bool = False
    important_until: datetime | None = None


def is_important(article: Emphasis, now: datetime) -> bool:
    """Pinned, important until later, or a stop of the last seven days for which nobody said until when (R7-4)."""
    if article.is_pinned:
        return True
    if article.important_until is not None:
        return now < article.important_until
    return article.kind in STOPS and now < article.published_at + STOP_IS_NEWS_FOR
