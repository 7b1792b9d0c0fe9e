"""Texts made to be compared, or to be looked through for dates, for minutes: each costs a moment (E17)."""

import time
from collections.abc import Callable
from datetime import date

import pytest

from content.article_text import rendered
from content.search.passages import passages
from content.writing.date_checks import odd_dates
from content.writing.merging import merged
from content.writing.revisions import differences

# Before there were bounds, each took from three seconds to two minutes.
SECONDS = 0.6


def woven(base: str, lines: int = 5_000) -> str:
    """Every second line stands in many places, and none of them in a row."""
    return "\n".join(line for at in range(lines // 2) for line in (f"共通{at * 7919 % 60}", f"{base}{at}"))


def words(first: int) -> str:
    """One line of which every second word is the same."""
    return "".join(f"a{chr(first + at)}" for at in range(350))


BLANKS = "1/1" + " " * 150_000 + "x"


@pytest.mark.parametrize(
    "run",
    [
        lambda: differences(woven("x"), woven("y")),
        lambda: merged(woven("z"), woven("x"), woven("y")),
        lambda: passages(woven("x", 2_900), woven("y", 2_900)),
        lambda: passages("件名\n" + words(0x4E00), "件名\n" + words(0x5E00)),
        lambda: odd_dates(BLANKS, date(2026, 11, 25)),
    ],
)
def test_no_text_keeps_a_processor_busy(run: Callable[[], object]) -> None:
    """E17, E18, R9-12: of conflict pages, histories, check sheets, and what has changed since somebody read."""
    begun = time.thread_time()
    run()
    assert time.thread_time() - begun < SECONDS


def test_such_texts_may_be_saved_and_are_still_shown() -> None:
    """E17: what can't be compared is all old and all new; a date behind a few blanks is still checked."""
    assert rendered(BLANKS)
    lines = differences(woven("x"), woven("y"))
    assert (len(lines), {line.text for line in lines if line.text.startswith(("x", "y"))}) == (
        10_000,
        {f"{base}{at}" for base in "xy" for at in range(2_500)},
    )
    assert merged(woven("z"), woven("x"), woven("y")) is None
    assert odd_dates("2026年11月25日 (金)、1/1  日  (月)", date(2026, 11, 25)) == [
        "2026年11月25日 (金) → 水曜日",
        "1/1  日  (月) → 金曜日",
    ]
