"""What a bulk file says, row by row; no database (R9-13, R8-7)."""

import pytest

from base.refusals import Refused
from rights.bulk.columns import HEADINGS, code_in
from rights.bulk.lines import Line, Unread, read_lines
from rights.codes import AskedRights, System
from rights.request_states import RequestKind

T, J, U, L = System.TAXIS, System.JOHS, System.JUJU, System.LOACUS


def file_of(*rows: str, headings: str = ",".join(HEADINGS), encoding: str = "utf-8-sig") -> bytes:
    return "\r\n".join([headings, *rows]).encode(encoding)


def lines_in(content: bytes) -> list[Line | Unread]:
    return list(read_lines(content))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_a_row_is_an_order_in_each_encoding(encoding: str) -> None:
    """R9-13, R8-7."""
    row = '新規,,北島 三郎,ｷﾀｼﾞﾏ ｻﾌﾞﾛｳ,kita@higashi.example,1011,あり,,2010,"業務を\r\n引き継ぐため"'
    (line,) = lines_in(file_of(row, encoding=encoding))
    assert isinstance(line, Line)
    assert (line.row, line.kind, line.name_kana) == (2, RequestKind.NEW, "キタジマ サブロウ")
    assert line.asked() == AskedRights(taxis="1011", johs="J1010", loacus="02010")
    assert line.memo == "業務を\r\n引き継ぐため"


def test_a_blank_cell_takes_nothing_away_and_a_word_does() -> None:
    """R8-7: a blank cell never deletes anything."""
    (line,) = lines_in(file_of("変更,,,,kita@higashi.example,,なし,あり,,"))
    assert isinstance(line, Line)
    held = AskedRights(taxis="1010", johs="J1010", loacus="02011")
    assert line.wanted(held) == AskedRights(taxis="1010", juju="yes", loacus="02011")


def test_rows_without_an_order_are_passed_over_and_odd_words_are_named() -> None:
    """R8-7."""
    blank, odd = lines_in(file_of(",,北島 三郎,,kita@higashi.example,,,,,", "削除,,,,kita@higashi.example,,,,,"))
    assert isinstance(blank, Unread)
    assert isinstance(odd, Unread)
    assert (blank.row, blank.reason, odd.row, odd.reason is None) == (2, None, 3, False)


@pytest.mark.parametrize(
    ("system", "cell", "code"),
    [
        (T, "1011", "1011"),
        (T, "1011 更新権限あり", "1011"),
        (T, "1110", "1110"),
        (J, "○", "J1010"),
        (J, "J1010", "J1010"),
        (U, "あり", "yes"),
        (U, "権限あり", "yes"),
        (L, "2010", "02010"),
        (L, "03010 製造事業者", "03010"),
        (L, "あり", "あり"),
        (T, "=1+1", "=1+1"),
    ],
)
def test_a_cell_names_a_code_as_people_and_spreadsheets_write_it(system: System, cell: str, code: str) -> None:
    """R5-2, R9-13: what is no code stays as typed, and is refused by the rule that names it."""
    assert code_in(system, cell) == code


def test_columns_are_found_by_their_headings_and_others_are_passed_over() -> None:
    """R9-13."""
    (line,) = lines_in(file_of("x,kita@higashi.example,抹消", headings="備考,メールアドレス(ID),申請種別"))
    assert isinstance(line, Line)
    assert (line.login_id, line.kind, line.codes) == ("kita@higashi.example", RequestKind.REMOVAL, {})


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "見出し"),
        ("氏名,ID\r\n".encode(), "見出し"),
        (file_of(), "申請の行がありません"),
        (b"\x00\x01\x02", "CSV"),
        (file_of("新規", headings="申請種別,メールアドレス(ID),TAXIS,TAXIS"), "2つ"),
        (file_of('新規,"', headings="申請種別,メールアドレス(ID)"), "CSV"),
    ],
)
def test_what_is_no_such_file_is_refused_as_a_whole(content: bytes, word: str) -> None:
    """R8-7."""
    with pytest.raises(Refused, match=word):
        lines_in(content)
