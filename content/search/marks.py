"""By what a search is narrowed, written as words of the index that no text has (R7-5, R8-6)."""

from collections.abc import Iterable
from datetime import UTC, date, datetime

WHOLE = "whole"
# Holds too much for its tokens to be listed: asked for all words together, it has to be looked through.
BRIMFUL = "brimful"
# Blocks of 1, 4, 16, 64 and 256 days.
LEVELS = 5
_EPOCH = date(1970, 1, 1)


def page_mark(page_id: int) -> str:
    return f"page{page_id}"


def category_mark(category_id: int) -> str:
    return f"category{category_id}"


def kind_mark(kind_id: int) -> str:
    return f"kind{kind_id}"


def tag_mark(tag_id: int) -> str:
    return f"tag{tag_id}x"


def day_number(at: datetime) -> int:
    """Days since 1970, UTC; nothing was published before."""
    return max(0, (at.astimezone(UTC).date() - _EPOCH).days)


def block(day: int, level: int) -> int:
    """Which block of 4 to the power of `level` days the day is in."""
    return day >> (2 * level)


def first_day(number: int, level: int) -> int:
    return number << (2 * level)


def block_mark(number: int, level: int) -> str:
    return f"days{level}x{number}"


def article_marks(page_id: int, category_id: int, kind_id: int, tag_ids: Iterable[int], at: datetime) -> list[str]:
    blocks = [block_mark(block(day_number(at), level), level) for level in range(LEVELS)]
    tags = [tag_mark(tag_id) for tag_id in sorted(tag_ids)]
    return [page_mark(page_id), category_mark(category_id), kind_mark(kind_id), *tags, *blocks]
