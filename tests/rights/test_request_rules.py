from typing import Any

import pytest

from rights.codes import AskedRights, BusinessKind
from rights.request_rules import Terms, reasons_against
from tests.rights.entries import HIGASHI_SYSTEMS, entry

SHIPPER = frozenset({BusinessKind.RETAILER, BusinessKind.SHIPPER})
JUJU = AskedRights(juju="yes")


def fields_refused(taken: int = 0, **changes: Any) -> list[str]:
    terms = Terms(frozenset(HIGASHI_SYSTEMS), SHIPPER, taken)
    return [refusal.field for refusal in reasons_against(entry(**changes), terms)]


def test_an_entry_in_order_meets_no_reason() -> None:
    """R5-1."""
    assert fields_refused() == []


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"name_kanji": ""}, ["name_kanji"]),
        ({"name_kana": "きたじま"}, ["name_kana"]),
        ({"login_id": "kita jima@higashi-gas.example"}, ["login_id"]),
        ({"asked": AskedRights()}, ["rights"]),
        ({"asked": AskedRights(taxis="1110")}, ["taxis"]),
        ({"asked": AskedRights(loacus="03010")}, ["loacus"]),
        ({"memo": "あ" * 1001}, ["memo"]),
        ({"name_kanji": "", "name_kana": "", "login_id": "", "asked": AskedRights()}, 4),
    ],
)
def test_each_fault_is_told_beside_its_field(changes: dict[str, Any], refused: list[str] | int) -> None:
    """R8-3, R5-1, R5-3, R5-4, R5-6, R5-13: all of them at once."""
    found = fields_refused(**changes)
    assert (len(found) if isinstance(refused, int) else found) == refused


@pytest.mark.parametrize(
    ("taken", "memo", "refused"),
    [(4, "", []), (5, "", ["memo"]), (5, "夜間当番の交代要員のため", []), (7, "", ["memo"])],
)
def test_the_sixth_juju_user_needs_a_reason_and_is_not_refused(taken: int, memo: str, refused: list[str]) -> None:
    """R5-5."""
    assert fields_refused(taken, asked=JUJU, memo=memo) == refused


def test_seats_taken_say_nothing_against_other_systems() -> None:
    """R5-5."""
    assert fields_refused(9) == []
