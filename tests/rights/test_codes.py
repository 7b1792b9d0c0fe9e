from itertools import product

import pytest

from rights.codes import (
    CODES,
    JUJU_YES,
    KIND_LABELS,
    SYSTEMS_WITH_RIGHTS,
    AskedRights,
    BusinessKind,
    Code,
    System,
    code_for,
    codes_of,
    refusals_for,
)

ALL_SYSTEMS = frozenset({"TAXIS", "JOHS", "JUJU", "LOACUS", "API"})
ALL_KINDS = frozenset({"retailer", "shipper", "producer"})


@pytest.mark.parametrize(
    ("system", "values"),
    [
        (System.TAXIS, ["1010 更新権限なし", "1011 更新権限あり", "1012 更新権限あり(業務限定あり)"]),
        (System.JOHS, ["J1010 権限あり"]),
        (System.JUJU, ["権限あり"]),
        (
            System.LOACUS,
            ["02010 託送供給依頼者(更新権限)", "02011 託送供給依頼者(参照権限)", "03010 製造事業者"],
        ),
        (System.API, []),
    ],
)
def test_each_system_has_its_codes(system: System, values: list[str]) -> None:
    """R5-2."""
    assert [code.title for code in codes_of(system)] == values


def test_every_code_is_explained_in_one_line() -> None:
    """R5-2, R5-8."""
    assert all(code.explanation and "\n" not in code.explanation for code in CODES)
    assert len({(code.system, code.value) for code in CODES}) == len(CODES)


@pytest.mark.parametrize("code", CODES, ids=lambda code: code.title)
def test_a_code_is_found_only_in_its_own_system(code: Code) -> None:
    """R5-2."""
    assert {system: code_for(system, code.value) for system in System} == {
        system: code if system is code.system else None for system in System
    }


@pytest.mark.parametrize(
    "asked",
    [
        AskedRights(taxis="1010"),
        AskedRights(taxis="1011", johs="J1010"),
        AskedRights(taxis="1012", juju=JUJU_YES, loacus="02010"),
        AskedRights(loacus="02011"),
        AskedRights(johs="J1010", loacus="03010"),
    ],
)
def test_a_sound_choice_is_not_refused(asked: AskedRights) -> None:
    """R5-2, R5-4."""
    assert refusals_for(asked, ALL_SYSTEMS, ALL_KINDS) == []


def test_something_must_be_asked_for() -> None:
    """R5-13."""
    (refusal,) = refusals_for(AskedRights(), ALL_SYSTEMS, ALL_KINDS)
    assert refusal.field == "rights"
    assert "少なくとも1つ" in refusal.reason


def test_the_abolished_code_is_refused_and_names_its_successor() -> None:
    """R5-3."""
    (refusal,) = refusals_for(AskedRights(taxis="1110"), ALL_SYSTEMS, ALL_KINDS)
    assert refusal.field == "taxis"
    assert "2022/01/24" in refusal.reason
    assert "1011" in refusal.reason


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (AskedRights(taxis="J1010"), "taxis"),
        (AskedRights(taxis=""), "taxis"),
        (AskedRights(taxis="\uff11\uff10\uff11\uff10"), "taxis"),
        (AskedRights(johs="1110"), "johs"),
        (AskedRights(juju="no"), "juju"),
        (AskedRights(loacus="02012"), "loacus"),
    ],
)
def test_an_unknown_code_is_refused_beside_its_field(asked: AskedRights, field: str) -> None:
    """R5-2, R8-3: full-width digits are another code."""
    (refusal,) = refusals_for(asked, ALL_SYSTEMS, ALL_KINDS)
    assert refusal.field == field
    assert "権限コードはありません" in refusal.reason
    codes = {"taxis": "1010・1011・1012", "johs": "J1010", "juju": "あり", "loacus": "02010・02011・03010"}
    assert f"使えるのは {codes[field]} です" in refusal.reason


@pytest.mark.parametrize(
    ("code", "kinds"),
    list(product(CODES, [{"retailer"}, {"shipper"}, {"producer"}, {"retailer", "shipper"}, {"shipper", "producer"}])),
    ids=lambda value: value.title if isinstance(value, Code) else "+".join(sorted(value)),
)
def test_loacus_asks_what_the_organization_is(code: Code, kinds: set[str]) -> None:
    """R5-4: over every code and kind."""
    asked = AskedRights(**{code.system.lower(): code.value})
    needed = {"02010": {"shipper"}, "02011": {"shipper"}, "03010": {"producer"}}.get(code.value, set())
    reasons = refusals_for(asked, ALL_SYSTEMS, kinds)
    assert bool(reasons) == (not needed <= kinds)
    assert all("として登録された事業者だけ" in refusal.reason for refusal in reasons)


@pytest.mark.parametrize("system", SYSTEMS_WITH_RIGHTS)
def test_a_system_not_in_use_cannot_be_asked_for(system: System) -> None:
    """R5-4."""
    asked = AskedRights(taxis="1010", johs="J1010", juju=JUJU_YES, loacus="02010")
    (refusal,) = refusals_for(asked, ALL_SYSTEMS - {system}, ALL_KINDS)
    assert refusal.field == system.lower()
    assert f"{system} を利用していない" in refusal.reason


def test_every_fault_is_named_at_once() -> None:
    """R8-3."""
    asked = AskedRights(taxis="1110", johs="J1010", juju=JUJU_YES, loacus="03010")
    refusals = refusals_for(asked, {"TAXIS", "JUJU", "LOACUS"}, {"shipper"})
    assert [refusal.field for refusal in refusals] == ["taxis", "johs", "loacus"]


def test_api_has_pages_but_no_rights() -> None:
    """R5-2."""
    assert System.API not in SYSTEMS_WITH_RIGHTS
    assert set(KIND_LABELS) == set(BusinessKind)


def test_what_is_asked_comes_in_the_order_of_the_screens() -> None:
    """R5-1."""
    asked = AskedRights(loacus="02010", johs="J1010")
    assert list(asked.by_system()) == [(System.JOHS, "J1010"), (System.LOACUS, "02010")]
    assert asked.systems == {System.JOHS, System.LOACUS}
