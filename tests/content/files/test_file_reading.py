"""Files that are made to break their reader break a program of its own."""

import io

import pytest

from content.files.reading import CUT_SHORT, PICTURE, FoundText, Limits, TextState, judged, read_apart
from content.files.reading_child import NO_MEMORY
from tests import hostile_files as files


def endless_pdf() -> bytes:
    """A first page with a word; the second one never ends."""
    pages = b"<< /Type /Pages /Kids [3 0 R 4 0 R] /Count 2 >>"
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents %d 0 R /Resources << /Font << /F 7 0 R >> >> >>"
    first, second = b"BT /F 9 Tf 1 1 Td (metering) Tj ET", b"BT /F 9 Tf (a) Tj ET\n" * 1_500_000
    streams = [files.packed_stream(first), files.packed_stream(second)]
    return files.pdf_of([b"<< /Type /Catalog /Pages 2 0 R >>", pages, page % 5, page % 6, *streams, font])


def test_what_takes_too_long_is_ended_and_what_was_read_before_stays() -> None:
    """R7-5, E5."""
    found = read_apart("pdf", io.BytesIO(endless_pdf()), Limits(cpu_seconds=1))
    assert found == FoundText(TextState.READ, "metering", CUT_SHORT)


def test_what_takes_too_much_memory_is_ended() -> None:
    """E5."""
    found = read_apart("pdf", io.BytesIO(endless_pdf()), Limits(memory=90 << 20))
    assert (found.state, found.why_not) == (TextState.FAILED, NO_MEMORY)


@pytest.mark.parametrize(
    ("answer", "is_late", "found"),
    [
        ("検針\0", False, FoundText(TextState.READ, "検針", None)),
        (" \n\0", False, FoundText(TextState.EMPTY, "", PICTURE)),
        (
            "検針\0壊れているため、読み取れません。",
            False,
            FoundText(TextState.FAILED, "", "壊れているため、読み取れません。"),
        ),
        ("検針", False, FoundText(TextState.FAILED, "", NO_MEMORY)),
        ("検針", True, FoundText(TextState.READ, "検針", CUT_SHORT)),
    ],
)
def test_an_answer_without_its_end_is_none(answer: str, *, is_late: bool, found: FoundText) -> None:
    assert judged(answer, is_late) == found
