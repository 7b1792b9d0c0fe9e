"""Which passwords are taken (R6-4): every condition that fails is told at once."""

import re
import string
from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING

from auth.passwords import typed
from base.late import Late

if TYPE_CHECKING:
    from auth import guessing
else:
    guessing = Late("auth.guessing")

SHORTEST = 8
LONGEST = 32
SYMBOLS = "!\"#$%&'()*+,-./:;<=>\\@[]_`~"
ALLOWED = string.digits + string.ascii_letters + SYMBOLS
SHORTEST_PERSONAL = 3

_ALLOWED = frozenset(ALLOWED)
_PARTS = re.compile(r"[^a-z0-9]+")


class Condition(StrEnum):
    """What a password has to be, in the order of the screen."""

    LENGTH = "length"
    CHARACTERS = "characters"
    WITHOUT_ID = "without-id"
    ANOTHER = "another"
    NOT_GUESSABLE = "not-guessable"


def _holds_id(password: str, login_id: str) -> bool:
    """The ID or what stands before its @, ignoring case; the part alone says it all."""
    own = login_id.partition("@")[0].lower()
    return own != "" and own in password.lower()


def personal_words(login_id: str, *names: str) -> list[str]:
    """What somebody who knows the person would try: the ID, its parts, the names."""
    parts = (part for text in (login_id, *names) for part in _PARTS.split(text.lower()))
    return [word for word in (login_id.lower(), *parts, *names) if len(word) >= SHORTEST_PERSONAL]


def failed_conditions(
    password: str, login_id: str, *, is_previous: bool = False, names: Iterable[str] = ()
) -> list[Condition]:
    """Empty where the password can be taken. `names`: the person's and the organization's.

    Only a password of the right length and characters is worth judging further: so nothing long or odd costs anything (C7).
    """
    password = typed(password)
    is_form_right = SHORTEST <= len(password) <= LONGEST and set(password) <= _ALLOWED
    fails = {
        Condition.LENGTH: not SHORTEST <= len(password) <= LONGEST,
        Condition.CHARACTERS: not set(password) <= _ALLOWED,
        Condition.WITHOUT_ID: _holds_id(password, login_id),
        Condition.ANOTHER: is_previous,
        Condition.NOT_GUESSABLE: is_form_right and guessing.is_guessable(password, personal_words(login_id, *names)),
    }
    return [condition for condition, is_failed in fails.items() if is_failed]
