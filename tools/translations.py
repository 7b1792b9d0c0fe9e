"""Every word that is marked for translation has its English, and each English sentence keeps its placeholders."""

import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "site" / "translations" / "en" / "LC_MESSAGES" / "messages.po"
METHODS = [("site/templates/**.html", "jinja2"), ("**.py", "python")]
# `say`: what rules say, which know nothing of screens.
KEYWORDS = {**DEFAULT_KEYWORDS, "lazy_gettext": None, "say": None}
IGNORED = {"tests", "demo", "bench", "tools", "migrations"}


def marked_words() -> Iterator[tuple[str, str]]:
    """Each word with the file it stands in."""
    found = extract_from_dir(str(ROOT), METHODS, keywords=KEYWORDS, directory_filter=_is_ours)
    for file, _line, message, _comments, _context in found:
        yield file, message if isinstance(message, str) else message[0]


def _is_ours(folder: str) -> bool:
    name = Path(folder).name
    return not name.startswith(".") and name not in IGNORED


def faults_of(catalog: Catalog) -> Iterator[str]:
    known = {message.id if isinstance(message.id, str) else message.id[0] for message in catalog if message.string}
    for file, word in sorted(set(marked_words())):
        if word not in known:
            yield f"{file}: no English for 「{word}」"
    for message, errors in catalog.check():
        yield from (f"{SOURCE.name}:{message.lineno}: {error}" for error in errors)
    yield from (
        f"{SOURCE.name}:{message.lineno}: marked as fuzzy" for message in catalog if message.id and message.fuzzy
    )


def repeated() -> Iterator[str]:
    """What stands twice: the reader of the file takes the last one and says nothing."""
    entries = re.findall(r'^msgid ((?:".*"\n)+)', SOURCE.read_text(encoding="utf-8"), re.MULTILINE)
    yield from (
        f"{SOURCE.name}: stands twice: {entry.strip()}" for entry, count in Counter(entries).items() if count > 1
    )


def main() -> None:
    with SOURCE.open("rb") as file:
        catalog = read_po(file, locale="en", abort_invalid=True)
    if faults := [*faults_of(catalog), *repeated()]:
        sys.exit("\n".join(faults))


if __name__ == "__main__":
    main()
