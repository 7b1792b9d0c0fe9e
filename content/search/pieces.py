"""Texts cut into pieces that are quick to look through, none of them without what joins it to the next (R7-5)."""

from collections.abc import Iterator
from dataclasses import dataclass

from content.search.words import OVERLAP, clean_break, folded

LONGEST_PIECE = 4_000


@dataclass(frozen=True, slots=True)
class Cut:
    """`starts_at`: at which letter of the text; `text` is folded, its blanks are single."""

    starts_at: int
    text: str


def cuts(text: str) -> Iterator[Cut]:
    """Every word of the text stands whole in one of the pieces; an empty text has none."""
    start = 0
    while start < len(text):
        end = clean_break(text, start + LONGEST_PIECE)
        piece = " ".join(folded(text[start:end]).split())
        if piece:
            yield Cut(start, piece)
        if end == len(text):
            return
        start = clean_break(text, end - OVERLAP)
