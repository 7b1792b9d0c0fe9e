"""What two people have made of one article, field by field: to choose from, and what to choose where nobody says (E18)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from base.refusals import Refused
from content.search.words import folded
from content.writing.merging import Merged, merged
from content.writing.revisions import Line, differences
from content.writing.tag_words import read_tags


class Choice(StrEnum):
    THEIRS = "theirs"
    OWN = "own"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Difference:
    """`both`: the two changes put together, where the text is long and what both began with is known."""

    name: str
    theirs: str
    own: str
    choice: Choice
    lines: list[Line]
    both: Merged | None = None

    def chosen(self, choice: str) -> str:
        """What is no choice leaves it at what would have been chosen."""
        said = Choice(choice) if choice in set(Choice) else self.choice
        if said is Choice.BOTH and self.both is not None:
            return self.both.text
        return self.theirs if said is Choice.THEIRS else self.own


def compared(
    theirs: Mapping[str, str], own: Mapping[str, str], base: Mapping[str, str], long: Collection[str]
) -> list[Difference]:
    """Of every field of `theirs` that differs; `base` is what both began with, as far as that is known."""
    return [
        _difference(name, theirs[name], own.get(name, ""), base.get(name), is_long=name in long)
        for name in theirs
        if not is_same(name, theirs[name], own.get(name, ""))
    ]


def _difference(name: str, theirs: str, own: str, base: str | None, *, is_long: bool) -> Difference:
    lines = differences(theirs, own) if is_long else []
    both = merged(base, theirs, own) if is_long and base is not None else None
    return Difference(name, theirs, own, _choice(name, theirs, own, base, both), lines, both)


def _choice(name: str, theirs: str, own: str, base: str | None, both: Merged | None) -> Choice:
    """Whoever changed the field alone is taken; both changes where they fit; else what this person has typed."""
    if base is not None and is_same(name, own, base):
        return Choice.THEIRS
    if base is not None and is_same(name, theirs, base):
        return Choice.OWN
    return Choice.BOTH if both is not None and both.clashes == 0 else Choice.OWN


def is_same(name: str, one: str, other: str) -> bool:
    """White space around a text isn't kept; the order of tags says nothing."""
    if name == "tags":
        return _tags(one) == _tags(other)
    return one.strip() == other.strip()


def _tags(line: str) -> frozenset[str]:
    try:
        return frozenset(map(folded, read_tags(line)))
    except Refused:
        return frozenset(folded(line).split())
