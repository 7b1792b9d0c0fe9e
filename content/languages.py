"""In which of the site's two languages words are shown: the reader's, where they exist in it."""

from dataclasses import dataclass

from markupsafe import Markup, escape

JAPANESE = "ja"
ENGLISH = "en"
NAMES = {JAPANESE: "日本語", ENGLISH: "English"}


@dataclass(frozen=True, slots=True)
class Words:
    """`is_foreign`: in another language than the screen's own; as HTML they then say in which."""

    text: str
    language: str
    is_foreign: bool = False

    def __str__(self) -> str:
        return self.text

    def __html__(self) -> str:
        words = escape(self.text)
        return Markup('<span lang="{}">{}</span>').format(self.language, words) if self.is_foreign else words


def in_language(wanted: str, screen: str, japanese: str, english: str | None) -> Words:
    """The English where it is wanted and there is one; everything exists in Japanese."""
    if wanted == ENGLISH and english is not None:
        return Words(english, ENGLISH, is_foreign=screen != ENGLISH)
    return Words(japanese, JAPANESE, is_foreign=screen != JAPANESE)


def other(language: str) -> str:
    return JAPANESE if language == ENGLISH else ENGLISH
