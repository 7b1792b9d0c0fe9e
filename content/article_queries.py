"""An article's row as the rules about its state want it."""

from datetime import datetime

from content.article_states import ArticleState, ArticleTimes, article_state
from content.models import Article


def times_of(article: Article) -> ArticleTimes:
    return ArticleTimes(article.published_at, article.withdrawn_at, article.ends_at)


def state_of(article: Article, now: datetime) -> ArticleState:
    return article_state(times_of(article), now)
