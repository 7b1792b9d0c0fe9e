"""The words in a PDF, page by page; lines that only the paper's width broke are joined again (R7-5)."""

import re
from collections.abc import Iterator
from typing import IO

from pypdf import PageObject, PdfReader
from pypdf.errors import PyPdfError

from base.refusals import Refused

# pypdf fails in all these ways on broken files
BROKEN_PDF = (PyPdfError, LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError, OSError)
# A cell or a heading is shorter than a line that the paper's width broke.
SHORTEST_BROKEN = 8
_JAPANESE = re.compile(r"[々〆ヶぁ-ヿ㐀-鿿豈-﫿⺀-⿟]")


def words_of_pdf(stream: IO[bytes]) -> Iterator[str]:
    """`Refused` where nothing of it can be read; a broken page is passed over."""
    try:
        reader = PdfReader(stream)
        if reader.is_encrypted:
            raise Refused("パスワードや制限の付いた PDF のため、読み取れません。")
        pages = len(reader.pages)
    except BROKEN_PDF as fault:
        raise Refused("PDF が壊れているため、読み取れません。") from fault
    for number in range(pages):
        yield from _page(reader, number)


def _page(reader: PdfReader, number: int) -> Iterator[str]:
    try:
        yield joined_lines(_text(reader.pages[number])) + "\n"
    except BROKEN_PDF:
        return


def _text(page: PageObject) -> str:
    return page.extract_text()


def joined_lines(text: str) -> str:
    """Japanese has no blanks between words: one that runs on in the next line would be found in none of the two."""
    lines: list[str] = []
    for line in text.split("\n"):
        if lines and _runs_on(lines[-1].rstrip(), line.lstrip()):
            lines[-1] = lines[-1].rstrip() + line.lstrip()
        else:
            lines.append(line)
    return "\n".join(lines)


def _runs_on(before: str, after: str) -> bool:
    is_long = len(before) >= SHORTEST_BROKEN
    return is_long and bool(_JAPANESE.match(before[-1:]) and _JAPANESE.match(after[:1]))
