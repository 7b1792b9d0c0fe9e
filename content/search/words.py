"""Words of a search and the texts they are looked for in, brought to one form: NFKC, lower case (R7-5)."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

LONGEST_QUERY = 100
LONGEST_WORD = 100
MOST_WORDS = 8
BEFORE_HIT = 30
EXCERPT_LENGTH = 120
STRETCH = 1000
MOST_MARKS = 30
# Two half-width letters or more may become one: a word is never longer than this in the text itself.
OVERLAP = 3 * LONGEST_WORD


@dataclass(frozen=True, slots=True)
class Piece:
    text: str
    is_hit: bool


def folded(text: str) -> str:
    """Stretch by stretch: a run of marks without end would take the square of its length (E17)."""
    return "".join(unicodedata.normalize("NFKC", run).lower() for stretch in _stretches(text) for run in _runs(stretch))


def _stretches(text: str) -> Iterator[str]:
    start = 0
    while start < len(text):
        end = clean_break(text, start + STRETCH)
        yield text[start:end]
        start = end


def _runs(stretch: str) -> Iterator[str]:
    """No letter of any language bears more than thirty marks (UAX #15, stream-safe text): to put more of them in order is dear."""
    if not unicodedata.is_normalized("NFKC", stretch):
        start = marks = 0
        for at, letter in enumerate(stretch):
            marks = marks + 1 if joins(letter) else 0
            if marks > MOST_MARKS:
                yield stretch[start:at]
                start, marks = at, 1
        stretch = stretch[start:]
    yield stretch


def clean_break(text: str, at: int) -> int:
    """The next place where no mark is torn from its letter; of marks without end some are."""
    last = min(len(text), at + OVERLAP // 2)
    at = min(at, len(text))
    while at < last and joins(text[at]):
        at += 1
    return at


def search_words(query: str) -> tuple[str, ...]:
    """The folded words of a query, each once; what is too much is cut off (E17)."""
    words = (word[:LONGEST_WORD] for word in folded(query[:LONGEST_QUERY]).split())
    return tuple(dict.fromkeys(words))[:MOST_WORDS]


def marked(text: str, words: Sequence[str]) -> list[Piece]:
    """The whole text, in pieces that are a word of the search or aren't."""
    letters, places = _folded_with_places(text)
    pieces: list[Piece] = []
    at = 0
    for start, end in _hits(letters, words):
        # A word that ends between a letter and its mark is shown with the mark.
        begin, stop = places[start], next(place for place in places[end:] if place > places[end - 1])
        if begin > at:
            pieces.append(Piece(text[at:begin], is_hit=False))
        if stop > max(begin, at):
            pieces.append(Piece(text[max(begin, at) : stop], is_hit=True))
            at = stop
    return [*pieces, Piece(text[at:], is_hit=False)] if at < len(text) else pieces


def excerpt_around(text: str, words: Sequence[str]) -> list[Piece]:
    """Where the first of the words stands, with what is around it; the beginning where none does."""
    first = _first_place(text, words)
    begin = max(0, first - BEFORE_HIT)
    end = min(len(text), begin + EXCERPT_LENGTH)
    before, after = "…" if begin else "", "…" if end < len(text) else ""
    return [
        *([Piece(before, is_hit=False)] if before else []),
        *marked(text[begin:end], words),
        *([Piece(after, is_hit=False)] if after else []),
    ]


def _first_place(text: str, words: Sequence[str]) -> int:
    """Stretch by stretch: letter by letter only where a word is known to stand (E17)."""
    for start in range(0, len(text), STRETCH):
        stretch = text[start : start + STRETCH + OVERLAP]
        whole = folded(stretch)
        if any(word in whole for word in words):
            letters, places = _folded_with_places(stretch)
            found = [at for at in map(letters.find, words) if at >= 0]
            return start + places[min(found, default=0)]
    return 0


def _hits(letters: str, words: Sequence[str]) -> list[tuple[int, int]]:
    """Beginnings and ends, in order, without overlaps."""
    found: list[tuple[int, int]] = []
    at = 0
    while True:
        places = ((letters.find(word, at), -len(word)) for word in words)
        nearest = min((place for place in places if place[0] >= 0), default=None)
        if nearest is None:
            return found
        start, end = nearest[0], nearest[0] - nearest[1]
        found.append((start, end))
        at = end


def _folded_with_places(text: str) -> tuple[str, list[int] | range]:
    """The folded text, and for each of its letters (and its end) where that stands in the original."""
    whole = folded(text)
    if len(whole) == len(text) and unicodedata.is_normalized("NFKC", text):
        return whole, range(len(text) + 1)
    letters, places = [], []
    for start, end in _clusters(text):
        for letter in folded(text[start:end]):
            letters.append(letter)
            places.append(start)
    return "".join(letters), [*places, len(text)]


def _clusters(text: str) -> list[tuple[int, int]]:
    """Letters with the marks that belong to them: half-width ｶ and ﾞ become one ガ."""
    starts = [at for at, letter in enumerate(text) if not joins(letter) or at == 0]
    return list(zip(starts, [*starts[1:], len(text)], strict=True))


def joins(letter: str) -> bool:
    return letter in "ﾞﾟ" or unicodedata.combining(letter) != 0
