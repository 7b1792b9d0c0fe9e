"""The words in Word and Excel files, read part by part as a stream: nothing is ever held whole (R7-5, E5)."""

import re
from collections.abc import Callable, Iterator
from typing import IO
from xml.parsers import expat
from zipfile import ZipFile

from base.refusals import Refused
from content.files.archives import BROKEN, opened
from content.files.office_files import DECLARATIONS

_PIECE = 1 << 16
_WORD_PARTS = re.compile(r"word/(?:document|footnotes|endnotes|comments|header\d*|footer\d*)\.xml")
_DRAWINGS = re.compile(r"xl/(?:drawings/drawing|comments|threadedComments/threadedComment)\d*\.xml")
_SHEETS = re.compile(r"xl/worksheets/[^/]+\.xml")
_BREAKS = frozenset({"p", "br", "cr", "row", "si", "text", "comment"})
_GAPS = frozenset({"tab", "c", "tc"})
# Readings above Japanese names, what is only there for older programs, and what was deleted.
_PASSED_OVER = frozenset({"rPh", "Fallback", "moveFrom"})


class _Part:
    """Gathers the text of some elements of one part; `wanted` decides by an element's name and attributes."""

    def __init__(self, wanted: Callable[[str, dict[str, str]], bool]) -> None:
        self._wanted = wanted
        self._words: list[str] = []
        self._passed_over = 0
        self._is_gap = True
        self._open: list[bool] = []
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = _refuse_doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text

    def taken(self) -> str:
        text = "".join(self._words)
        self._words.clear()
        return text

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(" ")[2]
        self._passed_over += local in _PASSED_OVER
        self._open.append(self._wanted(local, attributes))

    def _end(self, name: str) -> None:
        local = name.rpartition(" ")[2]
        self._passed_over -= local in _PASSED_OVER
        self._open.pop()
        if not self._is_gap and local in _BREAKS | _GAPS:
            self._words.append("\n" if local in _BREAKS else " ")
            self._is_gap = True

    def _text(self, text: str) -> None:
        if self._open and self._open[-1] and not self._passed_over:
            self._words.append(text)
            self._is_gap = False


def words_of_document(stream: IO[bytes], size: int) -> Iterator[str]:
    """What a docx says: text, tables, notes, headers, comments."""
    with opened(stream, size) as archive:
        for name in sorted(archive.namelist(), key=lambda name: (name != "word/document.xml", name)):
            if _WORD_PARTS.fullmatch(name):
                yield from _words(archive, name, _Part(lambda local, _: local == "t"))


def words_of_workbook(stream: IO[bytes], size: int) -> Iterator[str]:
    """What an xlsx says: names of its sheets, texts, drawings and comments, then numbers as they are stored."""
    with opened(stream, size) as archive:
        names = archive.namelist()
        yield from _sheet_names(archive)
        for name in names:
            if name == "xl/sharedStrings.xml" or _DRAWINGS.fullmatch(name):
                yield from _words(archive, name, _Part(lambda local, _: local in {"t", "text"}))
        for name in names:
            if _SHEETS.fullmatch(name):
                yield from _words(archive, name, _Part(_Cells().is_wanted))


class _Cells:
    """A sheet's own words: written in the cell, or a number; where it only counts into the shared texts it says nothing."""

    def __init__(self) -> None:
        self._has_value = False

    def is_wanted(self, local: str, attributes: dict[str, str]) -> bool:
        if local == "c":
            self._has_value = attributes.get("t", "n") in {"n", "str"}
        return local == "t" or (local == "v" and self._has_value)


def _sheet_names(archive: ZipFile) -> Iterator[str]:
    names: list[str] = []

    def note(local: str, attributes: dict[str, str]) -> bool:
        if local == "sheet":
            names.append(attributes.get("name", ""))
        return False

    for _ in _words(archive, "xl/workbook.xml", _Part(note)):
        pass
    yield "".join(f"{name}\n" for name in names)


def _words(archive: ZipFile, name: str, part: _Part) -> Iterator[str]:
    try:
        with archive.open(name) as packed:
            while piece := packed.read(_PIECE):
                part.parser.Parse(piece, False)
                yield part.taken()
            part.parser.Parse(b"", True)
            yield part.taken()
    except (expat.ExpatError, LookupError, ValueError) as fault:
        raise Refused(BROKEN) from fault


def _refuse_doctype(*_: object) -> None:
    raise Refused(DECLARATIONS)
