"""Word and Excel files: the right kind inside, no macros, no XML that declares entities (E3, E5)."""

import re
from typing import IO
from xml.parsers import expat
from zipfile import ZipFile

from base.refusals import Refused
from base.sentences import say
from content.files.archives import opened
from content.files.inspection import Budget

WORD_PART = "word/document.xml"
EXCEL_PART = "xl/workbook.xml"

_TYPES_PART = "[Content_Types].xml"
_HEAD = 1 << 16
_ENTRY_COST = 1 << 14
_MACRO_PARTS = re.compile(r"vbaproject\.bin$|/macrosheets/|/activex/", re.IGNORECASE)
_MACRO_TYPE = re.compile(rb"macroEnabled", re.IGNORECASE)
_XML_NAME = re.compile(r"\.(?:xml|rels|vml)$", re.IGNORECASE)
_XML_START = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\s\x00]*<")
_PIECE = 1 << 20
_ENTRY_BYTES = 128

MACROS = say("マクロを含むファイルは掲載できません。マクロのない形式で保存し直してください。")
DECLARATIONS = say("ファイルの中に許されない宣言(DOCTYPE)があります。Word や Excel で保存し直してください。")
PROTECTED = say("パスワードの付いたファイルは中を確認できないため、掲載できません。パスワードを外してください。")


def refuse_unsafe_package(stream: IO[bytes], size: int, budget: Budget, main_part: str) -> None:
    """Inspect an xlsx or docx without expanding anything of it (E5)."""
    with opened(stream, size) as archive:
        names = archive.namelist()
        if not {_TYPES_PART, main_part} <= set(names):
            raise Refused(say("拡張子とファイルの中身が合っていません。Word や Excel で保存し直してください。"))
        if any(_MACRO_PARTS.search(name) for name in names) or _has_macro_type(archive):
            raise Refused(MACROS)
        for name in names:
            budget.spend(_ENTRY_COST)
            _refuse_declarations(name, _head(archive, name))


def refuse_unsafe_compound(stream: IO[bytes], main_names: tuple[str, ...]) -> None:
    """Inspect an xls or doc by the names in its directory."""
    found = _compound_names(stream, {*main_names, "_VBA_PROJECT", "EncryptedPackage"})
    if "EncryptedPackage" in found:
        raise Refused(PROTECTED)
    if "_VBA_PROJECT" in found:
        raise Refused(MACROS)
    if not found:
        raise Refused(say("拡張子とファイルの中身が合っていません。Word や Excel で保存し直してください。"))


def _has_macro_type(archive: ZipFile) -> bool:
    with archive.open(_TYPES_PART) as part:
        return bool(_MACRO_TYPE.search(part.read(_PIECE)))


def _head(archive: ZipFile, name: str) -> bytes:
    with archive.open(name) as part:
        return part.read(_HEAD)


class _RootReachedError(Exception):
    """The first element has begun: no declaration can follow."""


def _refuse_declarations(name: str, head: bytes) -> None:
    """Let a real parser read up to the first element: it knows every encoding and stops at a DOCTYPE."""
    if not (_XML_NAME.search(name) or _XML_START.match(head)):
        return
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler = _stop
    try:
        parser.Parse(head, False)
    except _RootReachedError:
        return
    except (expat.ExpatError, LookupError, ValueError) as fault:
        raise Refused(say("ファイルが壊れています。Word や Excel で保存し直してください。")) from fault
    raise Refused(DECLARATIONS)


def _refuse_doctype(*_: object) -> None:
    raise Refused(DECLARATIONS)


def _stop(*_: object) -> None:
    raise _RootReachedError


def _compound_names(stream: IO[bytes], wanted: set[str]) -> set[str]:
    """Which of these names stand in a compound file's directory: its entries lie on multiples of 128 bytes."""
    letters = {name: f"{name}\0".encode("utf-16-le") for name in wanted}
    found: set[str] = set()
    stream.seek(0)
    while piece := stream.read(_PIECE):
        found |= {name for name, text in letters.items() if name not in found and _stands_aligned(piece, text)}
    return found


def _stands_aligned(piece: bytes, text: bytes) -> bool:
    return any(match.start() % _ENTRY_BYTES == 0 for match in re.finditer(re.escape(text), piece))
