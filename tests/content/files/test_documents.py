import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfWriter

from content.files.documents import page_count
from content.files.sizes import size_text
from tests import hostile_files as make

WHOLE = make.pdf(3)


@pytest.mark.parametrize("pages", [1, 2, 120])
def test_the_pages_of_a_pdf_are_counted(pages: int) -> None:
    """R7-4: shown beside the attachment."""
    assert page_count(io.BytesIO(make.pdf(pages))) == pages


def revised() -> bytes:
    """Three pages, and a fourth in a revision that was written behind them."""
    writer, buffer = PdfWriter(io.BytesIO(WHOLE), incremental=True), io.BytesIO()
    writer.add_blank_page(100, 100)
    writer.write(buffer)
    return buffer.getvalue()


PACKED = (
    b"1 0 2 40 << /Type /Pages /Kids [] /Count 7 /Resources << /A << >> >> >> << /Type /Pages /Parent 1 0 R /Count 5 >>"
)


@pytest.mark.parametrize(
    ("content", "pages"),
    [
        (revised(), 4),
        (make.pdf_of([b"<< /Type /Catalog >>", make.packed_stream(PACKED, b"/Type /ObjStm /N 2 /First 9")]), 7),
        (make.pdf_of([b"<< /Count 2 /Kids [] /Type/Pages >>", b"<< /Type /Pages /Parent 1 0 R /Count 9 >>"]), 2),
    ],
)
def test_the_latest_root_of_all_pages_counts_wherever_it_stands(content: bytes, pages: int) -> None:
    """R7-4: in a later revision, packed, before or behind its branches."""
    assert page_count(io.BytesIO(content)) == pages


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"%PDF-1.7",
        b"not a PDF",
        WHOLE[:200],
        make.workbook(),
        make.pdf_of([]),
        make.pdf_of([b"<< /Type /Catalog >>"]),
        make.pdf_of([b"<< /Type /Catalog /Pages 1 0 R >>"]),
        make.pdf_of([b"<< /Type /Catalog /Pages [] >>"]),
        make.pdf_of([b"<< /Type /Catalog /Pages << /Count -1 >> >>"]),
        make.pdf_of([b"<< /Type /Catalog /Pages << /Count 99999999999 >> >>"]),
        make.pdf_of([b"<< /Type /Catalog /Pages << /Count (3) >> >>"]),
        make.pdf_of([b"<< /Type /Catalog /Pages << /Count 2 0 R >> >>", b"2 0 R"]),
        make.pdf_of([b"[" * 5000]),
        WHOLE.replace(b"/Root", b"/Prev 0 /Root"),
        b"%PDF-1.7\nxref\n0 1\ntrailer\n<< /Prev 9 /Root 1 0 R >>\nstartxref\n9\n%%EOF\n",
    ],
)
def test_a_pdf_that_tells_no_sensible_number_has_none(content: bytes) -> None:
    """E3, R8-3: broken and hostile files raise nothing."""
    assert page_count(io.BytesIO(content)) in {None, 3}


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_a_damaged_pdf_is_never_an_error(data: st.DataObject) -> None:
    """E3, R8-3."""
    content = WHOLE
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(content) - 1))
        content = content[:at] + data.draw(st.binary(max_size=4)) + content[at + data.draw(st.integers(0, 6)) :] or b"x"
    page_count(io.BytesIO(content))


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0B"),
        (1, "1B"),
        (1023, "1023B"),
        (1024, "1KB"),
        (24 * 1024, "24KB"),
        (640 * 1024, "640KB"),
        (1024 * 1024 - 600, "1023KB"),
        (1024 * 1024 - 1, "1.0MB"),
        (1024 * 1024, "1.0MB"),
        (2_200_000, "2.1MB"),
        (10 * 1024 * 1024 - 1, "10MB"),
        (35 * 1024 * 1024, "35MB"),
    ],
)
def test_a_size_is_written_as_people_read_it(size: int, text: str) -> None:
    """R7-4."""
    assert size_text(size) == text


@given(st.integers(1, 10**10))
def test_nothing_that_has_content_is_shown_as_empty(size: int) -> None:
    """R7-4."""
    assert not size_text(size).startswith("0")
