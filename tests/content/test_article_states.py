from datetime import timedelta

import pytest

from content.article_states import ArticleState, ArticleTimes, article_state, is_visible
from tests.certificates import NOW

BEFORE, AFTER = NOW - timedelta(microseconds=1), NOW + timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        (ArticleTimes(), ArticleState.DRAFT),
        (ArticleTimes(published_at=BEFORE), ArticleState.PUBLISHED),
        (ArticleTimes(published_at=NOW), ArticleState.PUBLISHED),
        (ArticleTimes(published_at=AFTER), ArticleState.SCHEDULED),
        (ArticleTimes(published_at=BEFORE, ends_at=AFTER), ArticleState.PUBLISHED),
        (ArticleTimes(published_at=BEFORE, ends_at=NOW), ArticleState.ENDED),
        (ArticleTimes(ends_at=BEFORE), ArticleState.DRAFT),
        (ArticleTimes(published_at=BEFORE, withdrawn_at=NOW, ends_at=BEFORE), ArticleState.WITHDRAWN),
        (ArticleTimes(published_at=BEFORE, withdrawn_at=NOW), ArticleState.WITHDRAWN),
        (ArticleTimes(published_at=AFTER, withdrawn_at=NOW), ArticleState.WITHDRAWN),
    ],
)
def test_an_articles_state_follows_from_its_times(times: ArticleTimes, expected: ArticleState) -> None:
    """R7-4, E12, E13: visible from the very instant of publication on, up to that of its end."""
    assert article_state(times, NOW) is expected
    assert is_visible(times, NOW) is (expected is ArticleState.PUBLISHED)
