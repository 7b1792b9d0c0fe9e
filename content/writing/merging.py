"""Two people's changes of one text, line by line, put together where they don't touch each other (E18)."""

from collections.abc import Iterator
from dataclasses import dataclass

from content.writing.matching import Matcher, TooMuchToCompareError
from content.writing.revisions import MOST_LINES

THEIRS_BEGIN = "▼▼▼ ここから今の記事 ▼▼▼"
OWN_BEGIN = "▲▼▲ ここからあなたの入力 ▲▼▲"
CLASH_END = "▲▲▲ ここまで ▲▲▲"
MARKS = frozenset({THEIRS_BEGIN, OWN_BEGIN, CLASH_END})

Lines = list[str]


@dataclass(frozen=True, slots=True)
class Merged:
    """`clashes`: how often both changed the same lines; there both stand, between marks that have to go."""

    text: str
    clashes: int


@dataclass(frozen=True, slots=True)
class _Shared:
    """A stretch that all three have: where it begins in each, and how many lines it is long."""

    base: int
    theirs: int
    own: int
    length: int


def merged(base: str, theirs: str, own: str) -> Merged | None:
    """None where the texts are too much to be compared (E17)."""
    three = [text.split("\n") for text in (base, theirs, own)]
    if max(map(len, three)) > MOST_LINES:
        return None
    try:
        return _merged(three)
    except TooMuchToCompareError:
        return None


def _merged(three: list[Lines]) -> Merged:
    found: Lines = []
    clashes = at_base = at_theirs = at_own = 0
    for shared in _shared_by_all(*three):
        lines, is_clash = _between(
            three[0][at_base : shared.base], three[1][at_theirs : shared.theirs], three[2][at_own : shared.own]
        )
        found += [*lines, *three[0][shared.base : shared.base + shared.length]]
        clashes += is_clash
        at_base, at_theirs, at_own = (start + shared.length for start in (shared.base, shared.theirs, shared.own))
    return Merged("\n".join(found), clashes)


def _between(base: Lines, theirs: Lines, own: Lines) -> tuple[Lines, bool]:
    """What stands between two shared stretches, and whether both have changed it."""
    if own in (base, theirs):
        return theirs, False
    if theirs == base:
        return own, False
    return [THEIRS_BEGIN, *theirs, OWN_BEGIN, *own, CLASH_END], True


def _shared_by_all(base: Lines, theirs: Lines, own: Lines) -> Iterator[_Shared]:
    """In order; the last is empty and stands at the three ends."""
    ours = Matcher(base, own).get_matching_blocks()
    others = Matcher(base, theirs).get_matching_blocks()
    a = b = 0
    while a < len(others) and b < len(ours):
        one, two = others[a], ours[b]
        start, end = max(one.a, two.a), min(one.a + one.size, two.a + two.size)
        if start < end:
            yield _Shared(start, one.b + start - one.a, two.b + start - two.a, end - start)
        if one.a + one.size < two.a + two.size:
            a += 1
        else:
            b += 1
    yield _Shared(len(base), len(theirs), len(own), 0)
