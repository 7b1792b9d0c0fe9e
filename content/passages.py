"""What differs between two texts, passage by passage, as a reader sees it: what stood there, what stands there now (R9-12)."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import islice, zip_longest

from content.search_words import Piece

MOST_PASSAGES = 60
MOST_LINES = 3000
LONGEST_COMPARED = 400
ALIKE = 0.5


@dataclass(frozen=True, slots=True)
class Passage:
    """`before` is empty for what is new, `after` for what is gone; hits are the words that differ."""

    before: tuple[Piece, ...]
    after: tuple[Piece, ...]


def passages(older: str, newer: str) -> tuple[Passage, ...]:
    """At most `MOST_PASSAGES`, in the order of the text; a line is a passage."""
    return tuple(islice(_passages(older.split("\n"), newer.split("\n")), MOST_PASSAGES))


def _passages(before: list[str], after: list[str]) -> Iterator[Passage]:
    if max(len(before), len(after)) > MOST_LINES:
        # Comparing would take seconds, and nobody reads that much (E17).
        return
    for kind, a1, a2, b1, b2 in SequenceMatcher(None, before, after).get_opcodes():
        if kind != "equal":
            yield from (_passage(gone, new) for gone, new in zip_longest(before[a1:a2], after[b1:b2], fillvalue=""))


def _passage(gone: str, new: str) -> Passage:
    if not gone or not new or max(len(gone), len(new)) > LONGEST_COMPARED:
        return Passage(_whole(gone), _whole(new))
    matcher = SequenceMatcher(None, gone, new, autojunk=False)
    if matcher.ratio() < ALIKE:
        return Passage(_whole(gone), _whole(new))
    codes = matcher.get_opcodes()
    return Passage(
        _pieces(gone, ((a1, a2, kind != "equal") for kind, a1, a2, _, _ in codes)),
        _pieces(new, ((b1, b2, kind != "equal") for kind, _, _, b1, b2 in codes)),
    )


def _whole(line: str) -> tuple[Piece, ...]:
    return (Piece(line, is_hit=True),) if line else ()


def _pieces(line: str, spans: Iterator[tuple[int, int, bool]]) -> tuple[Piece, ...]:
    return tuple(Piece(line[start:end], is_hit) for start, end, is_hit in spans if end > start)
