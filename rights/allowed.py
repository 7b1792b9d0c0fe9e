"""What each code lets its holder do, shown where a code is chosen and on one's own rights (R5-8, R5-9)."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from base.sentences import say

TAXIS_COLUMNS = ("1010", "1011", "1012")
LOACUS_COLUMNS = ("02010", "02011", "03010")

YES = "○"
NO = "×"
MAY_ENTER = say("登録可")
MAY_NOT_ENTER = say("登録不可")

LEGEND = {YES: say("利用可"), NO: say("利用不可")}

SPECIAL_APPROVAL_FUNCTIONS = frozenset({"GLG01", "GLG02", "GLG03"})


@dataclass(frozen=True, slots=True)
class AllowedRow:
    """One function and its marks, in the order of the table's columns; `group` is empty where it has none."""

    area: str
    group: str
    function: str
    marks: tuple[str, str, str]


_CONTRACT = say("託送契約管理")
_APPLICATION = say("契約申し込み情報管理(新規、変更、継続、解約)")
_RELAY = say("他小売からの解約取次情報管理")
_ALERT = say("アラート情報管理")

_READS = (YES, YES, YES)
_WRITES = (NO, YES, YES)
_BEYOND_CONTRACTS = (YES, YES, NO)

_TAXIS = (
    AllowedRow(_CONTRACT, _APPLICATION, say("申し込み情報報告"), _WRITES),
    AllowedRow(_CONTRACT, _APPLICATION, say("申し込み情報の検索・照会"), _READS),
    AllowedRow(_CONTRACT, _RELAY, say("解約取次情報の検索・照会"), _READS),
    AllowedRow(_CONTRACT, _RELAY, say("解約可否の回答報告"), _WRITES),
    AllowedRow(_CONTRACT, "", say("マッチング処理状況の照会"), _READS),
    AllowedRow(_CONTRACT, "", say("契約情報の検索・照会"), _READS),
    AllowedRow(say("検針"), "", say("検針結果の照会・ダウンロード"), _BEYOND_CONTRACTS),
    AllowedRow(say("料金計算・請求"), "", say("請求情報(託送供給料金、精算額)の照会"), _BEYOND_CONTRACTS),
    AllowedRow(say("その他"), _ALERT, say("アラート情報の検索・照会"), _READS),
    AllowedRow(say("その他"), _ALERT, say("アラート情報の消し込み"), _WRITES),
)

_SHIPPER = (YES, YES, NO)
_EVERYONE = (YES, YES, YES)
_PRODUCER = (NO, NO, YES)

_LOACUS = (
    AllowedRow("GLA01", "", say("注入計画日量照会"), _SHIPPER),
    AllowedRow("GLA02", "", say("払出計画登録・照会"), (MAY_ENTER, MAY_NOT_ENTER, NO)),
    AllowedRow("GLA07", "", say("注入指示(繰越調整指示込)照会"), _EVERYONE),
    AllowedRow("GLB01", "", say("注入指示-実績-調整指令照会"), _EVERYONE),
    AllowedRow("GLB02", "", say("注入指示-実績-調整指令ダウンロード"), _EVERYONE),
    AllowedRow("GLB05", "", say("調整指令照会"), _PRODUCER),
    AllowedRow("GLG01", "", say("卸連結点卸注入計画登録・照会"), _PRODUCER),
    AllowedRow("GLG02", "", say("卸連結点卸調整指令登録"), _PRODUCER),
    AllowedRow("GLG03", "", say("卸連結点卸実績照会"), _PRODUCER),
)


def what_taxis_allows() -> tuple[AllowedRow, ...]:
    """Rows with a mark for each of TAXIS_COLUMNS (R5-8)."""
    return _TAXIS


def what_loacus_allows(
    *, has_special_approval: bool, needing_approval: AbstractSet[str] = SPECIAL_APPROVAL_FUNCTIONS
) -> tuple[AllowedRow, ...]:
    """Rows with a mark for each of LOACUS_COLUMNS; without the approval nobody has its functions (R5-9)."""
    closed = frozenset[str]() if has_special_approval else needing_approval
    return tuple(_closed(row) if row.area in closed else row for row in _LOACUS)


def _closed(row: AllowedRow) -> AllowedRow:
    return AllowedRow(row.area, row.group, row.function, (NO, NO, NO))
