from datetime import datetime, timedelta

import pytest

from content.reading.importance import STOP_IS_NEWS_FOR, Emphasis, important_until, is_important
from tests.certificates import NOW

SECOND = timedelta(seconds=1)
LONG_AGO = NOW - timedelta(days=400)


@pytest.mark.parametrize(
    ("article", "until"),
    [
        (Emphasis("business", LONG_AGO, is_pinned=True), None),
        (Emphasis("business", LONG_AGO, is_pinned=True, important_until=NOW - SECOND), None),
        (Emphasis("business", LONG_AGO, important_until=NOW + SECOND), NOW + SECOND),
        (Emphasis("planned-stop", NOW - timedelta(days=1)), NOW + timedelta(days=6)),
        (Emphasis("disturbance", NOW - STOP_IS_NEWS_FOR + SECOND), NOW + SECOND),
        (Emphasis("planned-stop", LONG_AGO, important_until=NOW + SECOND), NOW + SECOND),
        (Emphasis("disturbance", NOW, important_until=NOW + SECOND, is_restored=True), NOW + SECOND),
    ],
)
def test_what_is_pinned_emphasized_or_a_fresh_stop_is_important(article: Emphasis, until: datetime | None) -> None:
    """R7-4."""
    assert is_important(article, NOW)
    assert important_until(article) == until


@pytest.mark.parametrize(
    "article",
    [
        Emphasis("business", NOW),
        Emphasis("business", NOW, important_until=NOW),
        Emphasis("manual", NOW),
        Emphasis("disturbance", NOW - STOP_IS_NEWS_FOR),
        Emphasis("disturbance", NOW - SECOND, important_until=NOW),
        Emphasis("disturbance", NOW - SECOND, is_restored=True),
    ],
)
def test_importance_ends_at_its_instant(article: Emphasis) -> None:
    """R7-4: an end that somebody set counts, even for a stop of today."""
    assert not is_important(article, NOW)
