"""What differs between two texts, passage by passage, as a reader sees it: what stood there, what stands there now (R9-12)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, zip_longest

from content.search.words import Piece
from content.writing.matching import MOST_WORK, Matcher, TooMuchToCompareError

MOST_PASSAGES = 60
MOST_LINES = 3000
ALIKE = 0.5

_WORDS = re.compile(r"[0-9A-Za-z]+|[ァ-ヶー]+|[ぁ-ん]+|[一-龠々]+|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Passage:
    """`before` is empty for what is new, `after` for what is gone; hits are the words that differ."""

    before: tuple[Piece, ...]
    after: tuple[Piece, ...]


def passages(older: str, newer: str) -> tuple[Passage, ...]:
    """At most `MOST_PASSAGES`, in the order of the text; a line is a passage."""
    pairs = islice(_changed_lines(older.split("\n"), newer.split("\n")), MOST_PASSAGES)
    left, found = MOST_WORK, []
    for gone, new in pairs:
        passage, left = _passage(_WORDS.findall(gone), _WORDS.findall(new), left)
        found.append(passage)
    return tuple(found)


def _changed_lines(before: list[str], after: list[str]) -> Iterator[tuple[str, str]]:
    """What stood there and what stands there now, either of them empty."""
    if max(len(before), len(after)) > MOST_LINES:
        return
    try:
        opcodes = Matcher(before, after).get_opcodes()
    except TooMuchToCompareError:
        return
    for kind, a1, a2, b1, b2 in opcodes:
        if kind != "equal":
            yield from zip_longest(before[a1:a2], after[b1:b2], fillvalue="")


def _passage(before: list[str], after: list[str], most: int) -> tuple[Passage, int]:
    """Marked whole where comparing its words would take more than `most`; and what is left of that for the next (E17)."""
    matcher = Matcher(before, after, most, autojunk=False)
    try:
        is_alike = matcher.ratio() >= ALIKE
    except TooMuchToCompareError:
        is_alike = False
    if not is_alike:
        return Passage(_whole("".join(before)), _whole("".join(after))), matcher.left
    codes = matcher.get_opcodes()
    return Passage(
        _pieces(before, ((a1, a2, kind != "equal") for kind, a1, a2, _, _ in codes)),
        _pieces(after, ((b1, b2, kind != "equal") for kind, _, _, b1, b2 in codes)),
    ), matcher.left


def _whole(line: str) -> tuple[Piece, ...]:
    return (Piece(line, is_hit=True),) if line else ()


def _pieces(words: list[str], spans: Iterator[tuple[int, int, bool]]) -> tuple[Piece, ...]:
    return tuple(Piece("".join(words[start:end]), is_hit) for start, end, is_hit in spans if end > start)
