"""What waits for somebody: the home page and the desk ask each floor for its own."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Todo:
    """One line of 「対応待ちと進行中のもの」; `colour` is a tag's (red, amber, blue, green or none)."""

    label: str
    colour: str
    title: str
    note: str
    href: str
    button: str


@dataclass(frozen=True, slots=True)
class Figure:
    """One tile of the desk."""

    number: int
    label: str
    href: str
    is_late: bool = False
