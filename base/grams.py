"""A text as the index sees it: which pieces of one, two or three letters stand in it, whatever their order (R7-5).

What a word needs always stands in a text that holds the word; the converse is left to a look at the text itself. The same is
written in PostgreSQL's own words in the migration that made the index (`search_tokens`). What both databases are told and asked is
written here too: FTS5 on SQLite, `tsquery` on PostgreSQL.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

# They stand in nearly every text: a search for one of them alone finds its twenty articles without an index.
_COMMON_FROM, _COMMON_TO = "ぁ", "ゖ"
_HALF_WIDTH = re.compile(r"(?:(?!\s)[\x00-\x7f]){3,}")
# FTS5's plainest tokenizer takes ASCII signs for gaps: in its index they are letters of a private area.
_SIGNS = {code: 0xE000 + code for code in range(0x21, 0x7F) if not chr(code).isalnum()}


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


def fts_words(found: Iterable[str]) -> str:
    """Tokens as FTS5 keeps them."""
    return " ".join(found).translate(_SIGNS)


def fts_all(found: Iterable[str]) -> str:
    """What FTS5 is asked for: rows with all of these tokens."""
    return " AND ".join(f'"{fts_words([token])}"' for token in found)


def ts_word(token: str) -> str:
    return "'" + token.replace("\\", "\\\\").replace("'", "''") + "'"


def ts_all(found: Iterable[str]) -> str:
    """What PostgreSQL is asked for: rows with all of these tokens."""
    return "&".join(map(ts_word, found))
