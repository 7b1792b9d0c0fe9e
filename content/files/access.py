"""Who may have a file: the one policy for attachments, manuals and their versions (R8-6)."""

from datetime import datetime

from auth.permissions import PUBLISH
from content.article_states import ArticleTimes, is_visible
from content.reading.room import Look


def may_open(look: Look, page_id: int, times: ArticleTimes, removed_at: datetime | None = None) -> bool:
    """Those who publish may open what their readers can't see yet or any more."""
    is_there = removed_at is None and is_visible(times, look.now)
    return look.viewer.may(PUBLISH) or (page_id in look.reach.by_id and is_there)
