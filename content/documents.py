"""What is shown beside an attachment."""

import os
from typing import BinaryIO

from pypdf import PdfReader
from pypdf.errors import PyPdfError
from pypdf.generic import DictionaryObject, NumberObject

MOST_PAGES = 100_000
REPAIRED_BYTES = 1 << 20

# pypdf fails in all these ways on broken files
BROKEN_PDF = (PyPdfError, LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError, OSError)


def page_count(stream: BinaryIO) -> int | None:
    """The pages that a PDF says it has; None where it can't be read. Only small files are repaired: that takes long."""
    try:
        size = stream.seek(0, os.SEEK_END)
        pages = PdfReader(stream, strict=size > REPAIRED_BYTES).root_object["/Pages"]
        count = pages["/Count"] if isinstance(pages, DictionaryObject) else None
    except BROKEN_PDF:
        return None
    return int(count) if isinstance(count, NumberObject) and 0 < count <= MOST_PAGES else None
