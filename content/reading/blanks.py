"""Pages drawn once for many readers, with blanks where something is each reader's own."""

import re
import secrets
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import cached_property

from markupsafe import Markup


@dataclass(frozen=True, slots=True)
class Marks:
    """What fills the blanks of some numbers; the others of the name stay as they usually are."""

    marked: str
    numbers: AbstractSet[int]


# One text for all blanks of a name, marks, or each by its number.
Filling = str | Marks | Callable[[int], str]


@dataclass(frozen=True)
class Sheet:
    """Text, then a blank, text, a blank and so on, and the last text. A blank is a name and a number.

    `usual`: what stands in most blanks of a name, for those that are filled by marks.
    """

    parts: tuple[tuple[bytes, str, int], ...]
    end: bytes
    usual: Mapping[str, str] = field(default_factory=dict)

    @property
    def weight(self) -> int:
        return sum(len(text) for text, _name, _number in self.parts) + len(self.end)

    @cached_property
    def _pieces(self) -> list[bytes]:
        """The texts, and between them what usually is there."""
        pieces = [piece for text, name, _number in self.parts for piece in (text, self.usual.get(name, "").encode())]
        return [*pieces, self.end]

    @cached_property
    def _places(self) -> dict[str, dict[int, list[int]]]:
        """Where among the pieces the blanks are, by name and number."""
        found: dict[str, dict[int, list[int]]] = {}
        for turn, (_text, name, number) in enumerate(self.parts):
            found.setdefault(name, {}).setdefault(number, []).append(2 * turn + 1)
        return found

    def filled(self, fillings: Mapping[str, Filling]) -> bytes:
        """In UTF-8, as a page goes out."""
        pieces = self._pieces.copy()
        for name, places in self._places.items():
            filling = fillings[name]
            if isinstance(filling, Marks):
                _mark(pieces, places, filling)
                continue
            for number, here in places.items():
                text = (filling if isinstance(filling, str) else filling(number)).encode()
                for place in here:
                    pieces[place] = text
        return b"".join(pieces)


def _mark(pieces: list[bytes], places: Mapping[int, list[int]], marks: Marks) -> None:
    marked = marks.marked.encode()
    for number in places.keys() & marks.numbers:
        for place in places[number]:
            pieces[place] = marked


class Blanks:
    """Its mark is drawn by lot for each process: no text that somebody wrote can look like a blank."""

    def __init__(self) -> None:
        self._mark = secrets.token_hex(12)
        self._blank = re.compile(rf"\[{self._mark} (\w+) (\d+)\]")

    def blank(self, name: str, number: int = 0) -> Markup:
        return Markup(f"[{self._mark} {name} {number}]")  # noqa: S704 - our own words

    def cut(self, html: str, usual: Mapping[str, str] | None = None) -> Sheet:
        pieces = self._blank.split(html)
        thirds = zip(pieces[:-1:3], pieces[1::3], pieces[2::3], strict=True)
        parts = tuple((text.encode(), name, int(number)) for text, name, number in thirds)
        return Sheet(parts, pieces[-1].encode(), usual or {})
