"""A text as the index sees it: which pieces of one, two or three letters stand in it, whatever their order (R7-5).

What a word needs always stands in a text that holds the word; the converse is left to a look at the text itself. The same is
written in PostgreSQL's own words in the migration that made the index (`search_tokens`).
"""

from collections.abc import Iterator
from itertools import pairwise

# They stand in nearly every text: a search for one of them alone finds its twenty articles without an index.
_COMMON_FROM, _COMMON_TO = "ぁ", "ゖ"


def tokens(text: str) -> set[str]:
    """Of a folded text: each letter, each two neighbours, and of half-width letters each three; blanks are in none."""
    found: set[str] = set()
    for run in text.split():
        found.update(filter(_stands_alone, run))
        found.update(map("".join, pairwise(run)))
        if not _is_japanese(run):
            found.update(filter(str.isascii, map("".join, zip(run, run[1:], run[2:], strict=False))))
    return found


def needed(word: str) -> list[str]:
    """What has to stand in a text that holds this folded word; nothing where any text may."""
    if len(word) == 1:
        return [word] if _stands_alone(word) else []
    return list(dict.fromkeys(_needed(word)))


def _needed(word: str) -> Iterator[str]:
    """Three half-width letters say more than the twos that they consist of."""
    for at in range(len(word) - 1):
        three = word[at : at + 3]
        if len(three) == 3 and three.isascii():
            yield three
        elif not (at and word[at - 1 : at + 2].isascii()):
            yield word[at : at + 2]


def _stands_alone(letter: str) -> bool:
    return not (letter.isascii() or _COMMON_FROM <= letter <= _COMMON_TO)


def _is_japanese(run: str) -> bool:
    """A quick look: no half-width letter in it at all."""
    return not any(map(str.isascii, run))
