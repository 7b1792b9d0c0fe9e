"""An article in one of its languages, and the way to the other (R7-4)."""

from dataclasses import dataclass

from content.languages import ENGLISH, JAPANESE, NAMES, Words, other
from content.reading.queries import FullArticle


@dataclass(frozen=True, slots=True)
class Version:
    """`other`: the language that it can be read in besides, empty where there is none. `is_missing`: English was asked for, in vain."""

    title: Words
    html: str
    other: str
    is_missing: bool

    @property
    def other_name(self) -> str:
        return NAMES[self.other]


def version_of(full: FullArticle, wanted: str, screen: str) -> Version:
    """`screen`: the language of what stands around it."""
    title = full.listed.title_in(wanted, screen)
    html = full.html_en if title.language == ENGLISH and full.html_en is not None else full.html
    return Version(title, html, other(title.language) if full.html_en is not None else "", title.language != wanted)


def asked_language(asked: str, own: str) -> str:
    """What the address asks for; whatever else it says, the reader's own."""
    return asked if asked in (JAPANESE, ENGLISH) else own
