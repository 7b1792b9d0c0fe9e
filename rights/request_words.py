"""What a request is found by, and the words it is sought with: NFKC, lower case, without blanks (R5-19)."""

import unicodedata

MOST_WORDS = 5


def searched_text(number: str, name_kanji: str, name_kana: str, login_id: str) -> str:
    """One word each, however the blanks of a name are set."""
    return " ".join("".join(_folded(each).split()) for each in (number, name_kanji, name_kana, login_id))


def search_words(typed: str) -> tuple[str, ...]:
    """Each once; a request has to hold them all."""
    return tuple(dict.fromkeys(_folded(typed).split()))[:MOST_WORDS]


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower()
