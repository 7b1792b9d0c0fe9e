"""Which files may be attached, judged by their content; the name must agree with it (R7-4, E2..E6)."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from shutil import copyfileobj
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, Final
from zipfile import ZipFile, ZipInfo

from base.late import Late
from base.refusals import Refused
from base.sentences import say
from content.files.archives import name_of, opened
from content.files.inspection import Budget
from content.files.names import clean_name, extension
from content.files.office_files import EXCEL_PART, WORD_PART, refuse_unsafe_compound, refuse_unsafe_package
from content.files.pdf_files import refuse_unsafe_pdf
from content.files.sizes import size_text
from content.files.text_files import refuse_unsafe_text

if TYPE_CHECKING:
    from content.files import images
else:
    images = Late("content.files.images")


class Kind(StrEnum):
    PDF = "PDF"
    EXCEL = "Excel"
    WORD = "Word"
    ZIP = "ZIP"
    CSV = "CSV"
    IMAGE = "画像"
    TEXT = "テキスト"


@dataclass(frozen=True, slots=True)
class Accepted:
    """What a file is; `media_type` is ours, never the sender's."""

    kind: Kind
    media_type: str
    extension: str


_Inspect = Callable[[IO[bytes], int, Budget], None]


@dataclass(frozen=True, slots=True)
class _Format:
    kind: Kind
    media_type: str
    beginnings: tuple[bytes, ...]
    inspect: _Inspect


_ZIP_START = (b"PK\x03\x04",)
_COMPOUND_START = (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",)
_OPEN_XML = "application/vnd.openxmlformats-officedocument"
PACKED_BYTES: Final = 50 << 20
_MEMORY_BYTES = 1 << 20


def _zip(stream: IO[bytes], size: int, budget: Budget) -> None:
    with opened(stream, size) as archive:
        for entry in archive.infolist():
            if not entry.is_dir():
                _refuse_packed(archive, entry, budget)


def _refuse_packed(archive: ZipFile, entry: ZipInfo, budget: Budget) -> None:
    """What couldn't be attached alone can't be attached inside a ZIP either; a ZIP inside a ZIP is never opened."""
    name = name_of(entry).rpartition("/")[2]
    if entry.file_size > PACKED_BYTES:
        raise Refused(
            say(
                "ZIP の中の「%(name)s」が大きすぎます(%(limit)sまで)。",
                name=clean_name(name),
                limit=size_text(PACKED_BYTES),
            )
        )
    with archive.open(entry) as packed, SpooledTemporaryFile(_MEMORY_BYTES) as unpacked:
        copyfileobj(packed, unpacked)
        try:
            _inspect(name, unpacked, unpacked.tell(), budget, _PACKED_FORMATS)
        except Refused as refusal:
            raise Refused(
                say("ZIP の中の「%(name)s」: %(reason)s", name=clean_name(name), reason=refusal.reason)
            ) from refusal


def _word(stream: IO[bytes], size: int, budget: Budget) -> None:
    refuse_unsafe_package(stream, size, budget, WORD_PART)


def _excel(stream: IO[bytes], size: int, budget: Budget) -> None:
    refuse_unsafe_package(stream, size, budget, EXCEL_PART)


def _old_word(stream: IO[bytes], _size: int, _budget: Budget) -> None:
    refuse_unsafe_compound(stream, ("WordDocument",))


def _old_excel(stream: IO[bytes], _size: int, _budget: Budget) -> None:
    refuse_unsafe_compound(stream, ("Workbook", "Book"))


def _text(stream: IO[bytes], _size: int, _budget: Budget) -> None:
    refuse_unsafe_text(stream)


def _image(image_format: str) -> _Inspect:
    return lambda stream, size, _budget: images.refuse_unsafe_image(stream, size, image_format)


_JPEG = _Format(Kind.IMAGE, "image/jpeg", (b"\xff\xd8\xff",), _image("JPEG"))

FORMATS: Final[dict[str, _Format]] = {
    "pdf": _Format(Kind.PDF, "application/pdf", (b"%PDF-",), refuse_unsafe_pdf),
    "xlsx": _Format(Kind.EXCEL, f"{_OPEN_XML}.spreadsheetml.sheet", _ZIP_START, _excel),
    "xls": _Format(Kind.EXCEL, "application/vnd.ms-excel", _COMPOUND_START, _old_excel),
    "docx": _Format(Kind.WORD, f"{_OPEN_XML}.wordprocessingml.document", _ZIP_START, _word),
    "doc": _Format(Kind.WORD, "application/msword", _COMPOUND_START, _old_word),
    "zip": _Format(Kind.ZIP, "application/zip", _ZIP_START, _zip),
    "csv": _Format(Kind.CSV, "text/csv", (b"",), _text),
    "png": _Format(Kind.IMAGE, "image/png", (b"\x89PNG\r\n\x1a\n",), _image("PNG")),
    "jpg": _JPEG,
    "jpeg": _JPEG,
    "gif": _Format(Kind.IMAGE, "image/gif", (b"GIF87a", b"GIF89a"), _image("GIF")),
    "webp": _Format(Kind.IMAGE, "image/webp", (b"RIFF",), _image("WEBP")),
}
_PLAIN_TEXT = _Format(Kind.TEXT, "text/plain", (b"",), _text)
_PACKED_FORMATS: Final = {
    **{name: row for name, row in FORMATS.items() if name != "zip"},
    **dict.fromkeys(("txt", "json", "yaml", "yml"), _PLAIN_TEXT),
}
_RUNNABLE: Final = frozenset(
    {"app", "bat", "chm", "cmd", "com", "cpl", "dll", "exe", "hta", "iso", "jar", "js", "jse", "lnk", "msi", "ps1"}
    | {"pif", "reg", "scr", "sh", "swf", "url", "vbe", "vbs", "wsf"}
    | {"asp", "aspx", "htm", "html", "jsp", "php", "shtml", "svg", "xhtml", "xml"}
)


def check(name: str, stream: IO[bytes], limit: int) -> Accepted:
    """Say what a file is, or refuse it with what to change; `limit` bytes are still allowed (R7-4, E2..E6)."""
    size = stream.seek(0, os.SEEK_END)
    if size > limit:
        raise Refused(say("ファイルが大きすぎます(%(limit)sまで)。", limit=size_text(limit)))
    try:
        return _inspect(name, stream, size, Budget(), FORMATS)
    finally:
        stream.seek(0)


def _inspect(name: str, stream: IO[bytes], size: int, budget: Budget, formats: dict[str, _Format]) -> Accepted:
    suffix = _suffix(name, formats)
    found = formats[suffix]
    if size == 0:
        raise Refused(say("ファイルが空です。"))
    stream.seek(0)
    if not stream.read(8).startswith(found.beginnings):
        raise Refused(
            say(
                "拡張子は .%(suffix)s ですが、中身が違います。元のアプリケーションで保存し直してください。",
                suffix=suffix,
            )
        )
    found.inspect(stream, size, budget)
    return Accepted(found.kind, found.media_type, suffix)


def _suffix(name: str, formats: dict[str, _Format]) -> str:
    """The extension, when it is one of those allowed and no earlier one pretends otherwise (E2)."""
    cleaned = clean_name(name)
    suffix = extension(cleaned)
    if suffix not in formats:
        raise Refused(say("この種類のファイルは掲載できません(PDF、Excel、Word、ZIP、CSV、PNG、JPEG、GIF、WebP)。"))
    if any(part.strip() in _RUNNABLE for part in cleaned.lower().split(".")[1:-1]):
        raise Refused(say("ファイル名に拡張子が重なっています。拡張子を一つにしてください。"))
    return suffix
