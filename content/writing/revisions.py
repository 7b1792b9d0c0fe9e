"""What differs between two revisions, line by line (R7-4)."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

from content.writing.matching import Matcher, TooMuchToCompareError

CONTEXT = 3
MOST_LINES = 6000


class Change(StrEnum):
    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"
    LEFT_OUT = "left out"


@dataclass(frozen=True, slots=True)
class Line:
    """`number` in the newer text, or in the older one where the line is gone; of LEFT_OUT how many lines are the same."""

    change: Change
    number: int
    text: str = ""


def differences(older: str, newer: str) -> list[Line]:
    """Added, removed and, around them, a few lines that stayed; empty where nothing differs."""
    before, after = older.split("\n"), newer.split("\n")
    if before == after:
        return []
    found: list[Line] = []
    opcodes = _opcodes(before, after)
    for place, (kind, a1, a2, b1, b2) in enumerate(opcodes):
        if kind == "equal":
            found += _context(after, b1, b2, is_first=place == 0, is_last=place == len(opcodes) - 1)
            continue
        found += [Line(Change.REMOVED, number + 1, before[number]) for number in range(a1, a2)]
        found += [Line(Change.ADDED, number + 1, after[number]) for number in range(b1, b2)]
    return found


def _opcodes(before: list[str], after: list[str]) -> Sequence[tuple[str, int, int, int, int]]:
    """What would take too long to compare is all replaced (E17)."""
    if max(len(before), len(after)) <= MOST_LINES:
        with suppress(TooMuchToCompareError):
            return Matcher(before, after).get_opcodes()
    return [("replace", 0, len(before), 0, len(after))]


def _context(lines: list[str], start: int, end: int, *, is_first: bool, is_last: bool) -> Iterator[Line]:
    head_end = start if is_first else min(end, start + CONTEXT)
    tail_start = end if is_last else max(head_end, end - CONTEXT)
    yield from _same(lines, start, head_end)
    if tail_start > head_end:
        yield Line(Change.LEFT_OUT, tail_start - head_end)
    yield from _same(lines, tail_start, end)


def _same(lines: list[str], start: int, end: int) -> Iterator[Line]:
    return (Line(Change.SAME, number + 1, lines[number]) for number in range(start, end))
