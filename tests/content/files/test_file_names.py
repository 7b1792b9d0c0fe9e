import re
import unicodedata
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.http import parse_options_header

from content.files.names import LONGEST_BYTES, clean_name, content_disposition, extension

NAMES = st.text(st.characters(), max_size=400) | st.text(alphabet='./\\ :"\0\r\n\u202eaN.COu1あ́　', max_size=20)
ANY = st.lists(NAMES | st.sampled_from(["CON", "nul", "COM1", ".pdf", "..", "/", "\\", "%", "'", "\ud800"])).map(
    "".join
)


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("手順書.pdf", "手順書.pdf"),
        ("手順書 第3版(案).PDF", "手順書 第3版(案).PDF"),
        ("report.v1.2.xlsx", "report.v1.2.xlsx"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\windows\\system32\\a.dll", "a.dll"),
        ("C:\\Users\\hanako\\手順書.pdf", "手順書.pdf"),
        ("/", "ファイル"),
        ("..", "ファイル"),
        ("...", "ファイル"),
        ("a/..", "a"),
        ("", "ファイル"),
        ("   ", "ファイル"),
        ("\0\0", "ファイル"),
        ("a.pdf\0.exe", "a.pdf.exe"),
        ("a\r\nSet-Cookie: x=1.pdf", "aSet-Cookie_ x=1.pdf"),
        ("a\u2028b\u0085c.pdf", "abc.pdf"),
        ("見積\u202efdp.exe", "見積fdp.exe"),
        ("\u2066a\u2069\u200b\ufeff.pdf", "a.pdf"),
        ('a"b;c.pdf', "a_b;c.pdf"),
        ("<script>.pdf", "_script_.pdf"),
        ("a.pdf:evil.exe", "a.pdf_evil.exe"),
        ("a|b?c*.pdf", "a_b_c_.pdf"),
        ("CON", "_CON"),
        ("con.pdf", "_con.pdf"),
        ("Con .pdf", "_Con.pdf"),
        ("NUL.tar.zip", "_NUL.tar.zip"),
        ("COM1.csv", "_COM1.csv"),
        ("LPT¹.csv", "_LPT¹.csv"),
        ("CONTROL.pdf", "CONTROL.pdf"),
        (".htaccess", "htaccess"),
        ("a.pdf. . ", "a.pdf"),
        ("a.pdf                    .exe", "a.pdf.exe"),
        ("か\u3099す.pdf", "がす.pdf"),
        ("\ud800a.pdf", "a.pdf"),
    ],
)
def test_a_name_is_cleaned_of_what_harms_or_misleads(raw: str, cleaned: str) -> None:
    """E2."""
    assert clean_name(raw) == cleaned


@pytest.mark.parametrize("letter", ["a", "あ", "😀"])
def test_a_name_of_three_hundred_characters_keeps_its_extension(letter: str) -> None:
    """E2."""
    cleaned = clean_name(letter * 300 + ".xlsx")
    assert cleaned.endswith(letter + ".xlsx")
    assert LONGEST_BYTES - 4 < len(cleaned.encode()) <= LONGEST_BYTES


def test_an_extension_too_long_to_be_one_is_cut_with_the_rest() -> None:
    """E2."""
    assert clean_name("a." + "b" * 300) == "a." + "b" * (LONGEST_BYTES - 2)


@given(ANY)
def test_whatever_the_name_the_cleaned_one_is_safe(raw: str) -> None:
    """E2."""
    cleaned = clean_name(raw)
    assert cleaned
    assert len(cleaned.encode()) <= LONGEST_BYTES
    assert not re.search(r'[/\\<>:"|?*\x00-\x1f\x7f-\x9f]', cleaned)
    assert not any(unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for letter in cleaned)
    assert cleaned == cleaned.strip(". ")
    assert not re.fullmatch(r"(?i)(con|prn|aux|nul|com\d|lpt\d)\s*(\..*)?", cleaned)


@given(ANY)
def test_cleaning_twice_changes_nothing(raw: str) -> None:
    """E2."""
    assert clean_name(clean_name(raw)) == clean_name(raw)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.PDF", "pdf"),
        ("a.tar.gz", "gz"),
        ("a", ""),
        (".pdf", ""),
        ("a.", ""),
        ("a." + "b" * 17, ""),
        ("a.pdf.exe", "exe"),
    ],
)
def test_the_extension_is_what_follows_the_last_dot(name: str, expected: str) -> None:
    """E2."""
    assert extension(name) == expected


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("report.pdf", "attachment; filename=\"report.pdf\"; filename*=UTF-8''report.pdf"),
        (
            "手順書 3.pdf",
            "attachment; filename=\"___ 3.pdf\"; filename*=UTF-8''%E6%89%8B%E9%A0%86%E6%9B%B8%203.pdf",
        ),
        ("手順書.pdf", "attachment; filename=\"file.pdf\"; filename*=UTF-8''%E6%89%8B%E9%A0%86%E6%9B%B8.pdf"),
        (
            'a"; filename="b.exe',
            "attachment; filename=\"a__ filename__b.exe\"; filename*=UTF-8''a_%3B%20filename%3D_b.exe",
        ),
        ("50%41.pdf", "attachment; filename=\"50_41.pdf\"; filename*=UTF-8''50%2541.pdf"),
        ("a\r\nX: y", "attachment; filename=\"aX_ y\"; filename*=UTF-8''aX_%20y"),
        ("it's.pdf", "attachment; filename=\"it_s.pdf\"; filename*=UTF-8''it%27s.pdf"),
    ],
)
def test_the_header_carries_the_name_and_an_ascii_fallback(name: str, header: str) -> None:
    """E2: RFC 6266 and RFC 5987."""
    assert content_disposition(name) == header


@given(ANY)
def test_the_header_is_one_line_of_ascii_from_which_the_name_is_read_back(raw: str) -> None:
    """E2."""
    header = content_disposition(raw)
    assert re.fullmatch(
        r"attachment; filename=\"[0-9A-Za-z ._()+-]+\"; filename\*=UTF-8''([0-9A-Za-z!#$&+.^_`|~-]|%[0-9A-F]{2})+",
        header,
    )
    assert unquote(header.partition("filename*=UTF-8''")[2]) == clean_name(raw)
    assert parse_options_header(header)[1]["filename"] == clean_name(raw)
