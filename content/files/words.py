"""What can be searched in a file: a text, bounded, or the reason why there is none (R7-5)."""

import codecs
import os
import re
from collections.abc import Callable, Iterator
from typing import IO, TYPE_CHECKING

from base.late import Late
from base.refusals import Refused
from content.files.archives import name_of, opened
from content.files.office_words import words_of_document, words_of_workbook

if TYPE_CHECKING:
    from content.files import pdf_words
else:
    pdf_words = Late("content.files.pdf_words")

LONGEST_TEXT = 1_000_000

_PIECE = 1 << 16
# No database keeps these alike, and nobody types them.
_UNREADABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")

_Words = Callable[[IO[bytes], int], Iterator[str]]


def words_of(extension: str, stream: IO[bytes]) -> Iterator[str]:
    """Pieces of the file's text in their order, at most `LONGEST_TEXT` letters in all; `Refused` where it can't be read."""
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    left = LONGEST_TEXT
    for piece in _READERS.get(extension, _unknown)(stream, size):
        kept = _UNREADABLE.sub("", piece)[:left]
        left -= len(kept)
        yield kept
        if not left:
            return


def _plain(stream: IO[bytes], size: int) -> Iterator[str]:
    """CSV and other text as Japanese Windows writes it."""
    for encoding in ("utf-8-sig", "cp932"):
        stream.seek(0)
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            text = decoder.decode(stream.read(min(size, 4 * LONGEST_TEXT)), final=size <= 4 * LONGEST_TEXT)
        except UnicodeDecodeError:
            continue
        yield text
        return
    raise Refused("文字コードを判別できないため、読み取れません。")


def _names_in_archive(stream: IO[bytes], size: int) -> Iterator[str]:
    with opened(stream, size) as archive:
        for entry in archive.infolist():
            yield f"{name_of(entry)}\n"


def _old(_stream: IO[bytes], _size: int) -> Iterator[str]:
    raise Refused("古い形式(.xls、.doc)のため、読み取れません。.xlsx か .docx で保存し直すと、検索の対象になります。")


def _picture(_stream: IO[bytes], _size: int) -> Iterator[str]:
    return iter(())


def _unknown(_stream: IO[bytes], _size: int) -> Iterator[str]:
    raise Refused("この種類のファイルは、読み取れません。")


_READERS: dict[str, _Words] = {
    "pdf": lambda stream, _size: pdf_words.words_of_pdf(stream),
    "xlsx": words_of_workbook,
    "docx": words_of_document,
    "csv": _plain,
    "txt": _plain,
    "zip": _names_in_archive,
    **dict.fromkeys(("xls", "doc"), _old),
    **dict.fromkeys(("png", "jpg", "jpeg", "gif", "webp"), _picture),
}
