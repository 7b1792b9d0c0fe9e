"""What the readers of each kind find in a file; hostile ones are refused before they cost anything."""

import io
import zipfile
from collections.abc import Callable

import pytest

from base.refusals import Refused
from content.files.pdf_words import joined_lines
from content.files.words import LONGEST_TEXT, words_of
from demo.papers import make_pdf, make_workbook
from tests import hostile_files as files

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def said(extension: str, content: bytes) -> str:
    return "".join(words_of(extension, io.BytesIO(content)))


def document(body: str, **parts: str) -> bytes:
    whole = f'<w:document xmlns:w="{WORD}" xmlns:mc="mc"><w:body>{body}</w:body></w:document>'
    return files.package("docx", word__document_dot_xml=whole, **parts)


def workbook(**parts: str) -> bytes:
    return files.package(
        "xlsx", xl__workbook_dot_xml='<x:workbook xmlns:x="s"><x:sheet name="検針一覧"/></x:workbook>', **parts
    )


def test_a_pdf_says_what_it_shows_also_where_its_lines_break() -> None:
    """R7-5: a two-character word that runs on in the next line."""
    paper = make_pdf(
        "手順", ["# 手順書", *["託送契約管理システムの操作を説明します。" * 9], "| 項目 | 日時 |", "| 検針 | 12/05 |"]
    )
    text = said("pdf", paper.getvalue())
    assert text.replace("\n", "").count("託送契約管理システムの操作を説明します。") == 9
    assert text.count("託送契約管理システムの操作を説明します。") == 9
    assert "検針" in text.splitlines()


@pytest.mark.parametrize(
    ("lines", "joined"),
    [
        ("検針結果の再配信につ\nいて", "検針結果の再配信について"),
        ("検針結果の再配信につ \n いて", "検針結果の再配信について"),
        ("項目\n日時", "項目\n日時"),
        ("The meter reading\nresult", "The meter reading\nresult"),
        ("検針結果の再配信。\n次の行", "検針結果の再配信。\n次の行"),
    ],
)
def test_only_lines_that_the_paper_broke_are_joined(lines: str, joined: str) -> None:
    assert joined_lines(lines) == joined


def test_a_document_says_its_paragraphs_notes_and_headers() -> None:
    """R7-5: a word in two runs is one word; readings, deleted text and copies for old programs are none."""
    body = (
        "<w:p><w:r><w:t>検</w:t></w:r><w:r><w:t>針</w:t></w:r><w:del><w:r><w:delText>旧</w:delText></w:r></w:del></w:p>"
        "<mc:AlternateContent><mc:Choice><w:p><w:t>新図</w:t></w:p></mc:Choice><mc:Fallback><w:t>旧図</w:t></mc:Fallback></mc:AlternateContent>"
        "<w:tbl><w:tr><w:tc><w:p><w:t>項目</w:t></w:p></w:tc></w:tr></w:tbl>"
    )
    note = f'<w:footnotes xmlns:w="{WORD}"><w:p><w:t>脚注</w:t></w:p></w:footnotes>'
    assert said("docx", document(body, word__footnotes_dot_xml=note)).split() == ["検針", "新図", "項目", "脚注"]


def test_a_workbook_says_names_of_sheets_texts_and_numbers() -> None:
    """R7-5: shared and written in the cell; a number that only counts into the shared texts is none."""
    shared = "<x:sst xmlns:x='s'><x:si><x:r><x:t>託</x:t></x:r><x:r><x:t>送</x:t></x:r><x:rPh><x:t>タクソウ</x:t></x:rPh></x:si></x:sst>"
    cells = '<x:c t="s"><x:v>77</x:v></x:c><x:c t="inlineStr"><x:is><x:t>直書き</x:t></x:is></x:c><x:c><x:v>1010</x:v></x:c>'
    sheet = f"<x:worksheet xmlns:x='s'><x:row>{cells}</x:row></x:worksheet>"
    made = workbook(xl__sharedStrings_dot_xml=shared, xl__worksheets__sheet1_dot_xml=sheet)
    assert said("xlsx", made).split() == ["検針一覧", "託送", "直書き", "1010"]
    whole = make_workbook("", ["# 一覧", "コード|名前", "1010|検針"]).getvalue()
    assert said("xlsx", whole).split() == ["一覧", "コード", "名前", "1010", "検針"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_plain_text_is_read_in_the_encodings_of_windows(encoding: str) -> None:
    assert said("csv", "検針,①髙\r\n託送".encode(encoding)) == "検針,①髙\r\n託送"


def test_an_archive_says_the_names_in_it() -> None:
    """R7-5: also as Japanese Windows wrote them."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("手順/検針.csv", "託送")
    assert said("zip", buffer.getvalue()) == "手順/検針.csv\n"


def test_what_nobody_can_search_is_left_out_and_what_is_too_long_is_cut_off() -> None:
    assert said("csv", b"a\x00b\x07c") == "abc"
    assert len(said("csv", b"x" * (LONGEST_TEXT + 5))) == LONGEST_TEXT
    assert said("png", files.image("PNG")) == ""


@pytest.mark.parametrize(
    ("extension", "content"),
    [
        ("xls", files.compound("Workbook")),
        ("doc", files.compound("WordDocument")),
        ("csv", b"\x81\xff\xff"),
        ("pdf", b"%PDF-1.7\nnothing"),
        ("exe", b"MZ"),
    ],
)
def test_what_can_t_be_read_says_why(extension: str, content: bytes) -> None:
    with pytest.raises(Refused, match="読み取れません"):
        said(extension, content)


@pytest.mark.parametrize(
    ("extension", "make"),
    [
        ("xlsx", files.laughing_workbook),
        ("docx", lambda: document("検針")[:-30]),
        ("docx", lambda: files.package("docx", word__document_dot_xml=files.EXTERNAL_ENTITY)),
        ("docx", lambda: files.package("docx", word__document_dot_xml=files.QUADRATIC)),
        ("zip", files.overlapping_bomb),
    ],
)
def test_bombs_are_refused_before_they_are_unpacked(extension: str, make: Callable[[], bytes]) -> None:
    """E5: by the same look at the directory as when they are uploaded (`test_file_kinds`)."""
    with pytest.raises(Refused):
        said(extension, make())
