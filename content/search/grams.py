"""A text as the index sees it: which pieces of one, two or three letters stand in it, whatever their order (R7-5).

What a word needs always stands in a text that holds the word; the converse is left to a look at the text itself. The same is
written in PostgreSQL's own words in the migration that made the index (`search_tokens`).
"""

import re
from collections.abc import Iterator
from itertools import pairwise

# They stand in nearly every text: a search for one of them alone finds its twenty articles without an index.
_COMMON_FROM, _COMMON_TO = "ぁ", "ゖ"
_HALF_WIDTH = re.compile(r"(?:(?!\s)[\x00-\x7f]){3,}")


def tokens(text: str) -> set[str]:
    """Of a folded text: each letter, each two neighbours, and of half-width letters each three; blanks are in none."""
    found = set(filter(_stands_alone, set(text)))
    for run in text.split():
        found.update(map("".join, pairwise(run)))
    for run in _HALF_WIDTH.findall(text):
        found.update(run[at : at + 3] for at in range(len(run) - 2))
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
    return not (letter.isascii() or letter.isspace() or _COMMON_FROM <= letter <= _COMMON_TO)
