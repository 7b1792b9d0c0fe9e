"""The English beside the Japanese, read from its source: nothing has to be compiled, and nothing can be stale."""

from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask_babel import Domain, get_locale

MESSAGES = Path("LC_MESSAGES") / "messages.po"


def read_translations(source: Path) -> NullTranslations:
    """Without a source the words stay as they are: those of the language that everything is written in."""
    if not source.exists():
        return NullTranslations()
    compiled = BytesIO()
    with source.open("rb") as file:
        write_mo(compiled, read_po(file))
    compiled.seek(0)
    return Translations(compiled)


class SourceDomain(Domain):  # type: ignore[misc] # Flask-Babel ships no types
    def __init__(self, folder: Path) -> None:
        super().__init__(str(folder))
        self._folder = folder
        self._known: dict[str, NullTranslations] = {}

    def get_translations(self) -> NullTranslations:
        locale = str(get_locale() or "")
        if locale not in self._known:
            self._known[locale] = read_translations(self._folder / locale / MESSAGES)
        return self._known[locale]
