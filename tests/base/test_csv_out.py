import csv
import io
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from base.csv_out import Encoding, cell, csv_lines

FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠−")
VALUES = (
    st.none()
    | st.text(st.characters(codec="utf-8"))
    | st.text(alphabet="=+-@＝＋－＠;\t\r\n \"',\u200b\ufeff\u00a0あ1(", max_size=12)
)


def written(rows: list[list[object]], encoding: Encoding = "utf-8") -> str:
    content = b"".join(csv_lines(rows, encoding))
    return content.decode("utf-8-sig" if encoding == "utf-8" else encoding)


def read(text: str, separator: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("=1+1", "'=1+1"),
        ("+81-3-0000-0000", "'+81-3-0000-0000"),
        ("-1+cmd|' /C calc'!A0", "'-1+cmd|' /C calc'!A0"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t'=1"),
        ("\r=1", "'\r'=1"),
        ("\tあ", "'\tあ"),
        ("＝1", "'＝1"),
        ("＋1", "'＋1"),
        ("－1", "'－1"),
        ("＠1", "'＠1"),
        (";=1", "';'=1"),
        ("a;=1", "a;'=1"),
        ('a; "=1', "a;' \"=1"),
        ("一行目\n=二行目", "一行目\n'=二行目"),
        (" =1", "' =1"),
        ("\u200b=1", "'\u200b=1"),
        ("\ufeff=1", "'\ufeff=1"),
        ("\0=1", "'=1"),
        ('"=1', "'\"=1"),
        ("", ""),
        (None, ""),
        ("a=b", "a=b"),
        ("2026-11-22", "2026-11-22"),
        ("03-0000-0000", "03-0000-0000"),
        ("higashi@gas.example", "higashi@gas.example"),
        (-5, "-5"),
        (1011, "1011"),
    ],
)
def test_a_cell_is_never_a_formula(value: object, expected: str) -> None:
    """R8-7, E7."""
    assert cell(value) == expected


@given(VALUES)
def test_no_text_starts_a_formula_at_its_beginning_or_after_a_semicolon(value: str | None) -> None:
    """R8-7, E7."""
    text = cell(value)
    assert not text.startswith(FORMULA_STARTS)
    for part in text.split(";"):
        assert not part.lstrip(' "').startswith(FORMULA_STARTS[:4])


@given(st.lists(st.lists(VALUES, min_size=1, max_size=4), max_size=4), st.sampled_from([",", ";", "\t"]))
def test_an_export_has_no_formula_whatever_separates_its_cells(rows: list[list[object]], separator: str) -> None:
    """R8-7, E7: opened by a spreadsheet whose separator is another one."""
    for row in read(written(rows), separator):
        for value in row:
            assert not value.lstrip(' "').startswith(FORMULA_STARTS[:4])


@given(st.lists(st.lists(VALUES, min_size=1, max_size=4), max_size=4))
def test_what_was_written_is_read_back(rows: list[list[object]]) -> None:
    """R2-3, R8-7."""
    assert read(written(rows)) == [[cell(value) for value in row] for row in rows]


def test_utf8_begins_with_a_byte_order_mark_and_lines_end_as_on_windows() -> None:
    """R2-3, R8-7."""
    assert b"".join(csv_lines([["氏名", 1], ["髙橋", None]])) == (
        b"\xef\xbb\xbf" + '"氏名","1"\r\n"髙橋",""\r\n'.encode()
    )


def test_cp932_keeps_what_it_has_and_shows_what_it_lacks() -> None:
    """R2-3, R8-7: 髙 and ① exist in CP932, 𠮷 and an emoji don't."""
    assert written([["髙①㈱", "𠮷野", "😀"]], "cp932") == '"髙①㈱","〓野","〓"\r\n'


@given(st.text())
def test_every_text_can_be_written_in_both_encodings(value: str) -> None:
    """R2-3, R8-7."""
    for encoding in ("utf-8", "cp932"):
        assert b"".join(csv_lines([[value]], encoding)).endswith(b"\r\n")


def test_half_a_character_is_shown_as_lacking() -> None:
    """R8-3, R8-7."""
    assert written([["a\ud800b"]]) == '"a〓b"\r\n'


def test_rows_are_written_one_at_a_time() -> None:
    """R8-7: an export of any length needs the memory of one row."""
    numbers = count()
    lines = csv_lines(([number] for number in numbers), "cp932")
    assert next(lines) == b'"0"\r\n'
    assert next(numbers) == 1
