"""What is Japanese on a page that should be in English, once nobody's names and words are."""

import re
import zlib
from collections.abc import Iterator
from html.parser import HTMLParser

from sqlalchemy import String, select, text, update
from sqlalchemy.orm import Session

from base.db import Base

# The middle dot stands between words of any language here.
JAPANESE = re.compile(r"[\u3040-\u30fa\u30fc-\u30ff\u3400-\u9fff\uff66-\uff9f]+")
# Mails and labels of mails are Japanese; so is what names a language in itself.
QUOTED = re.compile(r"「[^」]*」|【[^】]*】")
ITSELF = {"日本語", "表示の言語 / Language"}
# Names that the product itself brings are to be translated where they are shown.
OURS = {"page", "category", "article_kind"}
OUR_COLUMNS = {("mail", "failure"), ("mail", "hold_reason"), ("contact_address", "hold_reason")}
SHOWN_ATTRIBUTES = {"aria-label", "alt", "title", "placeholder", "content", "data-label", "data-sending", "label"}
VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "use", "path", "rect"}


def roman(words: str) -> str:
    return JAPANESE.sub(lambda match: f"w{zlib.crc32(match[0].encode()):x}", words)


def romanize(session: Session) -> None:
    """Everything that somebody wrote, in all tables: what is Japanese on a screen afterwards is ours."""
    for name in session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
        session.execute(text(f'DROP TRIGGER "{name}"'))
    for table in Base.metadata.sorted_tables:
        columns = [column for column in table.columns if isinstance(column.type, String)]
        keys = list(table.primary_key.columns)
        if table.name in OURS or not columns:
            continue
        for row in session.execute(select(table)).mappings().all():
            here = [key == row[key.name] for key in keys]
            changed = {
                column.name: roman(row[column.name])
                for column in columns
                if (table.name, column.name) not in OUR_COLUMNS and JAPANESE.search(row[column.name] or "")
            }
            if changed:
                session.execute(update(table).where(*here).values(changed))


class _Words(HTMLParser):
    """Text and spoken attributes, but for what says that it is Japanese."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._open: list[tuple[str, bool]] = []

    @property
    def _is_japanese(self) -> bool:
        return any(is_japanese for _tag, is_japanese in self._open)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        facts = dict(attrs)
        is_japanese = facts.get("lang") == "ja"
        if not is_japanese and not self._is_japanese:
            self.found += [value for name, value in attrs if name in SHOWN_ATTRIBUTES and value]
        if tag not in VOID:
            self._open.append((tag, is_japanese))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not self._is_japanese and (not self._open or self._open[-1][0] not in {"script", "style", "textarea"}):
            self.found.append(data)


def japanese_in(page: str) -> Iterator[str]:
    if not JAPANESE.search(page):
        return
    words = _Words()
    words.feed(page)
    words.close()
    said = (" ".join(each.split()) for each in words.found)
    yield from (each for each in said if each not in ITSELF and JAPANESE.search(QUOTED.sub("", each)))
