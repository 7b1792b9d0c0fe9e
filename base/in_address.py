"""Values of filters as they stand in the address of a list: what can't be read narrows nothing."""

import unicodedata
from collections.abc import Mapping
from datetime import date

LONGEST_WORDS = 100
YEARS = range(2000, 2100)


def words_in(text: str) -> str:
    """Without what can't be seen, and not without end."""
    seen = "".join(sign for sign in text[:LONGEST_WORDS] if unicodedata.category(sign)[0] != "C")
    return seen.strip(" 　")


def day_in(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year in YEARS else None


def written(day: date | None) -> str:
    return day.isoformat() if day else ""


def page_in(given: Mapping[str, str]) -> int:
    """The number of a list's page, from 1 on."""
    text = given.get("page", "")
    return max(1, int(text)) if text.isascii() and text.isdecimal() and len(text) < 5 else 1
