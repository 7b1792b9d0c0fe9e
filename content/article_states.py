"""Where an article stands; derived from its three times, never stored (R7-4)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ArticleState(StrEnum):
    DRAFT = "draft"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class ArticleTimes:
    published_at: datetime | None = None
    withdrawn_at: datetime | None = None


def article_state(times: ArticleTimes, now: datetime) -> ArticleState:
    if times.withdrawn_at is not None:
        return ArticleState.WITHDRAWN
    if times.published_at is None:
        return ArticleState.DRAFT
    return ArticleState.PUBLISHED if times.published_at <= now else ArticleState.SCHEDULED


def is_visible(times: ArticleTimes, now: datetime) -> bool:
    """Whether it exists for the readers of its page: from the very instant of publication on (E12, E13)."""
    return article_state(times, now) is ArticleState.PUBLISHED
