from datetime import UTC, datetime, timedelta

import pytest

from base.refusals import Refused
from content.writing.plan_rules import Decision, refuse_bad_end, refuse_bad_plan
from tests.certificates import NOW

SECOND = timedelta(seconds=1)
LATER = NOW + timedelta(days=1)
LAST = datetime(2099, 12, 31, 14, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("begins", "ends", "field"),
    [
        (None, None, None),
        (NOW + SECOND, None, None),
        (LATER, LATER + SECOND, None),
        (LAST - SECOND, LAST, None),
        (NOW, None, "go_live_at"),
        (NOW - SECOND, None, "go_live_at"),
        (LAST + SECOND, None, "go_live_at"),
        (None, NOW, "ends_at"),
        (LATER, LATER, "ends_at"),
        (LATER, LATER - SECOND, "ends_at"),
        (None, LAST + SECOND, "ends_at"),
    ],
)
def test_what_may_be_planned(begins: datetime | None, ends: datetime | None, field: str | None) -> None:
    """R7-4, E13: in the future and in this century of Japan's, the end after the beginning."""
    decision = Decision(1, go_live_at=begins, ends_at=ends)
    if field is None:
        refuse_bad_plan(decision, NOW)
        return
    with pytest.raises(Refused) as refusal:
        refuse_bad_plan(decision, NOW)
    assert refusal.value.field == field


def test_an_end_is_judged_by_when_the_article_began_or_by_now() -> None:
    """R7-4."""
    refuse_bad_end(None, NOW)
    refuse_bad_end(NOW + SECOND, NOW)
    with pytest.raises(Refused):
        refuse_bad_end(NOW, NOW)
