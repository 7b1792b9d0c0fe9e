"""What is shown beside an attachment."""

from typing import BinaryIO

from content.files.pdf_pages import pages_said


def page_count(stream: BinaryIO) -> int | None:
    """The pages that a PDF says it has; None where it doesn't."""
    stream.seek(0)
    return pages_said(stream.read())
