import pytest

from rights import allowed
from rights.codes import System, codes_of

TAXIS = """
託送契約管理|契約申し込み情報管理(新規、変更、継続、解約)|申し込み情報報告|×○○
託送契約管理|契約申し込み情報管理(新規、変更、継続、解約)|申し込み情報の検索・照会|○○○
託送契約管理|他小売からの解約取次情報管理|解約取次情報の検索・照会|○○○
託送契約管理|他小売からの解約取次情報管理|解約可否の回答報告|×○○
託送契約管理||マッチング処理状況の照会|○○○
託送契約管理||契約情報の検索・照会|○○○
検針||検針結果の照会・ダウンロード|○○×
料金計算・請求||請求情報(託送供給料金、精算額)の照会|○○×
その他|アラート情報管理|アラート情報の検索・照会|○○○
その他|アラート情報管理|アラート情報の消し込み|×○○
"""

LOACUS = """
GLA01|注入計画日量照会|○ ○ ×
GLA02|払出計画登録・照会|登録可 登録不可 ×
GLA07|注入指示(繰越調整指示込)照会|○ ○ ○
GLB01|注入指示-実績-調整指令照会|○ ○ ○
GLB02|注入指示-実績-調整指令ダウンロード|○ ○ ○
GLB05|調整指令照会|× × ○
GLG01|卸連結点卸注入計画登録・照会|× × ○
GLG02|卸連結点卸調整指令登録|× × ○
GLG03|卸連結点卸実績照会|× × ○
"""


def test_taxis_codes_allow_what_the_table_says() -> None:
    """R5-8."""
    rows = [f"{row.area}|{row.group}|{row.function}|{''.join(row.marks)}" for row in allowed.what_taxis_allows()]
    assert rows == TAXIS.split()


def test_loacus_codes_allow_what_the_table_says() -> None:
    """R5-9."""
    rows = allowed.what_loacus_allows(has_special_approval=True)
    assert [f"{row.area}|{row.function}|{' '.join(row.marks)}" for row in rows] == LOACUS.strip().splitlines()


def test_without_the_special_approval_its_functions_are_closed() -> None:
    """R5-9."""
    usual = {row.area: row.marks for row in allowed.what_loacus_allows(has_special_approval=False)}
    special = {row.area: row.marks for row in allowed.what_loacus_allows(has_special_approval=True)}
    assert {area for area in usual if usual[area] != special[area]} == {"GLG01", "GLG02", "GLG03"}
    assert {usual[area] for area in ("GLG01", "GLG02", "GLG03")} == {("×", "×", "×")}


def test_which_functions_the_approval_covers_is_data() -> None:
    """R5-9."""
    rows = allowed.what_loacus_allows(has_special_approval=False, needing_approval={"GLB05"})
    closed = [row.area for row in rows if set(row.marks) == {allowed.NO}]
    assert closed == ["GLB05"]


@pytest.mark.parametrize(
    ("system", "columns"), [(System.TAXIS, allowed.TAXIS_COLUMNS), (System.LOACUS, allowed.LOACUS_COLUMNS)]
)
def test_a_table_has_a_column_for_every_code(system: System, columns: tuple[str, ...]) -> None:
    """R5-2, R5-8, R5-9."""
    assert tuple(code.value for code in codes_of(system)) == columns


def test_the_marks_are_explained() -> None:
    """R5-8."""
    assert allowed.LEGEND == {"○": "利用可", "×": "利用不可"}
