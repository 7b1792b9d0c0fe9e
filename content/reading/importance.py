"""What a reader should see before anything else."""

from dataclasses import dataclass
from datetime import datetime, timedelta

DISTURBANCE = "disturbance"
STOPS = frozenset({"planned-stop", DISTURBANCE})
STOP_IS_NEWS_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Emphasis:
    """`is_restored`: since it came out, a disturbance of its page's system has been restored (R9-7)."""

    kind: str
    published_at: datetime
    is_pinned: bool = False
    important_until: datetime | None = None
    is_restored: bool = False


def important_until(article: Emphasis) -> datetime | None:
    """The first instant at which it no longer is; None where no time ends it, or it never was."""
    if article.is_pinned:
        return None
    if article.important_until is None and article.kind in STOPS and not article.is_restored:
        return article.published_at + STOP_IS_NEWS_FOR
    return article.important_until


def is_important(article: Emphasis, now: datetime) -> bool:
    """Pinned, important until later, or a stop of the last seven days, not restored, for which nobody said until when (R7-4)."""
    until = important_until(article)
    return article.is_pinned or (until is not None and now < until)
