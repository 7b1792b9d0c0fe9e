"""How soon a password would be guessed: whoever tries the likeliest first has it early (R6-4).

zxcvbn estimates the tries; what takes under a million counts as trivially guessable. That is about what five tries until a lock and the
limits on tries leave out of reach for years, and still lets eight characters by lot through.
"""

import re
from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from math import prod

from zxcvbn.matching import L33T_TABLE, RANKED_DICTIONARIES, build_ranked_dict, omnimatch
from zxcvbn.scoring import most_guessable_match_sequence

from auth.common_words import WORDS

FEWEST_GUESSES = 1_000_000
LONGEST_JUDGED = 72
MOST_READINGS = 8
MOST_CHOSEN = 3_000
SHORTEST_WORD = 3
MOST_DECORATION = 7
FEWEST_CHARACTERS = 5

_SIGNS = str.maketrans("@($!+|{[<%", "acsitlcccx")
_DIGITS = str.maketrans("0134578269", "oleastbzgg")
_ENDS = (re.compile(r"^[^a-z]+|[^a-z]+$"), re.compile(r"[^a-z]+$"), re.compile(r"^[^a-z]+"))
_BETWEEN = re.compile(r"[^a-z]+")
_DICTIONARIES = {**RANKED_DICTIONARIES, "here": build_ranked_dict(WORDS)}


@cache
def _chosen_first() -> frozenset[str]:
    """Words that alone, or two of them with digits and signs around, are nobody's secret."""
    common = (word for word, rank in RANKED_DICTIONARIES["passwords"].items() if rank <= MOST_CHOSEN)
    return frozenset(word for word in (*common, *WORDS) if len(word) >= SHORTEST_WORD and word.isalpha())


def _readings(password: str) -> int:
    return prod(sum(sign in password for sign in signs) or 1 for signs in L33T_TABLE.values())


def _bounded(password: str) -> str:
    """Zxcvbn tries every reading of signs that stand for letters: with many of them for seconds. One reading is enough then."""
    cut = password[:LONGEST_JUDGED]
    return cut if _readings(cut) <= MOST_READINGS else cut.lower().translate(_SIGNS)


def guesses_for(password: str, personal: Iterable[str] = ()) -> Decimal:
    """About how many tries it takes, the likeliest first. `personal`: words that somebody who knows the person tries first."""
    dictionaries = {**_DICTIONARIES, "personal": build_ranked_dict([word.lower() for word in personal])}
    judged = _bounded(password)
    # Not through zxcvbn(): it keeps the personal words of one call where another thread's call reads them.
    found = most_guessable_match_sequence(judged, omnimatch(judged, dictionaries))
    return Decimal(found["guesses"])


def _is_one_or_two(word: str, known: frozenset[str]) -> bool:
    cuts = range(SHORTEST_WORD, len(word) - SHORTEST_WORD + 1)
    return word in known or any(word[:at] in known and word[at:] in known for at in cuts)


def is_decorated(password: str, personal: Iterable[str] = ()) -> bool:
    """A common word, or two, between digits and signs: `Takusou2026!`, `P@ssw0rd-2026`."""
    known = _chosen_first() | {word.lower() for word in personal}
    lower = password[:LONGEST_JUDGED].lower()
    for bare in {lower, *(ends.sub("", lower) for ends in _ENDS)}:
        for read in (bare, bare.translate(_SIGNS).translate(_DIGITS)):
            words = [word for word in _BETWEEN.split(read) if word]
            is_short = len(lower) - sum(map(len, words)) <= MOST_DECORATION
            if is_short and 1 <= len(words) <= 2 and all(_is_one_or_two(word, known) for word in words):
                return True
    return False


def is_guessable(password: str, personal: Iterable[str] = ()) -> bool:
    words = tuple(personal)
    if len(set(password)) < FEWEST_CHARACTERS:
        return True
    return is_decorated(password, words) or guesses_for(password, words) < FEWEST_GUESSES
