"""Pages drawn once for many readers, with blanks where something is each reader's own."""

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from markupsafe import Markup

Filling = Callable[[int], str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Text, then a blank, text, a blank and so on, and the last text. A blank is a name and a number."""

    parts: tuple[tuple[str, str, int], ...]
    end: str

    @property
    def weight(self) -> int:
        return sum(len(text) for text, _name, _number in self.parts) + len(self.end)

    def filled(self, fillings: Mapping[str, Filling]) -> str:
        pieces = [piece for text, name, number in self.parts for piece in (text, fillings[name](number))]
        return "".join(pieces) + self.end


class Blanks:
    """Its mark is drawn by lot for each process: no text that somebody wrote can look like a blank."""

    def __init__(self) -> None:
        self._mark = secrets.token_hex(12)
        self._blank = re.compile(rf"\[{self._mark} (\w+) (\d+)\]")

    def blank(self, name: str, number: int = 0) -> Markup:
        return Markup(f"[{self._mark} {name} {number}]")  # noqa: S704 - our own words

    def cut(self, html: str) -> Sheet:
        pieces = self._blank.split(html)
        thirds = zip(pieces[:-1:3], pieces[1::3], pieces[2::3], strict=True)
        return Sheet(tuple((text, name, int(number)) for text, name, number in thirds), pieces[-1])
