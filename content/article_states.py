"""Where an article stands; derived from its times, never stored (R7-4)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ArticleState(StrEnum):
    DRAFT = "draft"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    ENDED = "ended"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class ArticleTimes:
    """`ends_at`: the first instant at which readers no longer see it, None where it stays."""

    published_at: datetime | None = None
    withdrawn_at: datetime | None = None
    ends_at: datetime | None = None


def article_state(times: ArticleTimes, now: datetime) -> ArticleState:
    if times.withdrawn_at is not None:
        return ArticleState.WITHDRAWN
    if times.published_at is None:
        return ArticleState.DRAFT
    if now < times.published_at:
        return ArticleState.SCHEDULED
    return ArticleState.PUBLISHED if times.ends_at is None or now < times.ends_at else ArticleState.ENDED


def is_visible(times: ArticleTimes, now: datetime) -> bool:
    """Whether it exists for the readers of its page: from the very instant of publication on, up to its end (E12, E13)."""
    return article_state(times, now) is ArticleState.PUBLISHED
