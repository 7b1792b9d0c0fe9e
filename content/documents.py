"""What is shown beside an attachment."""

from typing import BinaryIO

from pypdf import PdfReader
from pypdf.errors import PyPdfError
from pypdf.generic import DictionaryObject, NumberObject

MOST_PAGES = 100_000

_BROKEN = (PyPdfError, LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError, OSError)


def page_count(stream: BinaryIO) -> int | None:
    """The pages that a PDF says it has; None where it can't be read, for pypdf breaks in many ways on broken files."""
    try:
        pages = PdfReader(stream).root_object["/Pages"]
        count = pages["/Count"] if isinstance(pages, DictionaryObject) else None
    except _BROKEN:
        return None
    return int(count) if isinstance(count, NumberObject) and 0 < count <= MOST_PAGES else None
