"""The rights chooser: tick what is to be done, get the code that suffices (R9-9)."""

import re
from collections.abc import Collection
from itertools import chain, combinations

import pytest
from flask import Flask

from auth.models import Organization
from base.db import transaction
from rights.allowed import MAY_ENTER, MAY_NOT_ENTER, YES, what_loacus_allows, what_taxis_allows
from rights.code_choices import AllowedTable, allowed_tables
from rights.codes import System
from rights.entry.tasks import Chooser, chooser
from tests.browsing import Visitor, logged_in
from tests.cast import Cast
from tests.rights.asking import all_requests

TAXIS, LOACUS = System.TAXIS, System.LOACUS
REFUSED_TO_SHIPPERS = {"03010": "製造事業者として登録された事業者だけが申請できます。"}
REFUSED_TO_PRODUCERS = {"02010": "託送供給依頼者だけです。", "02011": "託送供給依頼者だけです。"}


def table(system: System, *, has_approval: bool = False) -> AllowedTable:
    return allowed_tables(has_special_approval=has_approval)[system]


def taxis(*rows: int) -> Chooser:
    """With the tasks of these rows of R5-8's table ticked, the first one is 1."""
    return chooser(TAXIS, table(TAXIS), {}, {f"TAXIS-{row}" for row in rows})


def loacus(*keys: str, refused: dict[str, str] | None = None, has_approval: bool = False) -> Chooser:
    ticked = {f"LOACUS-{key}" for key in keys}
    return chooser(LOACUS, table(LOACUS, has_approval=has_approval), refused or {}, ticked)


def allowed_by(code: str) -> set[int]:
    """Straight from the table of R5-8."""
    place = ("1010", "1011", "1012").index(code)
    return {number for number, row in enumerate(what_taxis_allows(), start=1) if row.marks[place] == YES}


def test_every_choice_of_tasks_gets_the_least_code_that_allows_all() -> None:
    """R9-9, R5-8: all 1 023 of them, against the table itself."""
    every = range(1, len(what_taxis_allows()) + 1)
    for rows in chain.from_iterable(combinations(every, size) for size in every):
        sufficient = [code for code in ("1010", "1011", "1012") if set(rows) <= allowed_by(code)]
        assert taxis(*rows).code == min(sufficient, key=lambda code: len(allowed_by(code)))


@pytest.mark.parametrize(
    ("rows", "code"), [((2, 7, 8), "1010"), ((1,), "1012"), ((2,), "1010"), ((1, 7), "1011"), ((10, 9), "1012")]
)
def test_some_choices_of_taxis(rows: tuple[int, ...], code: str) -> None:
    """R9-9: reading alone is 1010, writing without metering and billing 1012, both 1011."""
    assert taxis(*rows).code == code


@pytest.mark.parametrize(
    ("keys", "refused", "code"),
    [
        (("2-enter",), REFUSED_TO_SHIPPERS, "02010"),
        (("2-view", "1"), REFUSED_TO_SHIPPERS, "02011"),
        (("3",), REFUSED_TO_SHIPPERS, "02011"),
        (("3", "6"), REFUSED_TO_PRODUCERS, "03010"),
        (("1", "6"), {}, None),
    ],
)
def test_some_choices_of_loacus(keys: tuple[str, ...], refused: dict[str, str], code: str | None) -> None:
    """R9-9, R5-9, R5-4: only among the codes that the organization may ask for; sometimes none allows everything."""
    assert loacus(*keys, refused=refused).code == code


def test_nothing_ticked_chooses_nothing() -> None:
    assert (taxis().code, taxis(99).code) == (None, None)


def test_the_special_approval_opens_its_tasks_and_without_it_they_say_why() -> None:
    """R5-9, R9-9: ticked by hand they count for nothing."""
    without, with_it = (loacus("7", refused=REFUSED_TO_PRODUCERS, has_approval=has) for has in (False, True))
    assert (without.code, with_it.code) == (None, "03010")
    lines = {row.area: lines[0] for row, lines in without.rows}
    assert "特例認可" in lines["GLG01"].refused
    assert "託送供給依頼者だけ" in lines["GLA01"].refused


def test_entering_and_viewing_are_tasks_of_their_own_as_the_table_marks_them() -> None:
    """R5-9: GLA02."""
    marks = {row.area: row.marks for row in what_loacus_allows(has_special_approval=False)}["GLA02"]
    found = {line.task.key: line.task.codes for row, lines in loacus().rows for line in lines if row.area == "GLA02"}
    assert marks[:2] == (MAY_ENTER, MAY_NOT_ENTER)
    assert found == {"LOACUS-2-enter": {"02010"}, "LOACUS-2-view": {"02010", "02011"}}


def chosen(page: str, field: str) -> Collection[str]:
    return re.findall(rf'name="{field}" value="(\w*)" checked', page)


@pytest.fixture
def manager(app: Flask, cast: Cast) -> Visitor:
    return logged_in(app, cast.higashi_manager)


def test_without_a_script_a_button_chooses_and_keeps_what_was_typed(manager: Visitor, app: Flask) -> None:
    """R9-9, R8-3: nothing is sent by it; a system without a tick keeps what was chosen."""
    answer = manager.submit(
        "/requests/new",
        step="choose",
        task=["TAXIS-1", "TAXIS-2", "LOACUS-2-view", "nonsense"],
        name_kanji="北島 三郎",
        johs="J1010",
        taxis="1010",
    )
    assert answer.status_code == 200
    assert [chosen(answer.text, field) for field in ("taxis", "johs", "juju", "loacus")] == [
        ["1012"],
        ["J1010"],
        [""],
        ["02011"],
    ]
    assert "選んだ仕事には、この権限で足ります: <b>1012 更新権限あり(業務限定あり)</b>" in answer.text
    assert 'value="北島 三郎"' in answer.text
    assert "12/14(月)以降</b> <span>LOACUSの利用開始" in answer.text
    assert all_requests(app) == []


def test_each_organization_is_offered_its_own_systems_and_approval(app: Flask, cast: Cast) -> None:
    """R5-4, R5-9, R9-9: the outsider uses JOHS alone; the producer has LOACUS, and GLG01 with the approval only."""
    assert "data-chooser" not in logged_in(app, cast.nishi_manager).page("/requests/new")
    producer = logged_in(app, cast.minato_manager)
    box = re.compile(r'value="LOACUS-7"[^>]*disabled')
    assert box.search(producer.page("/requests/new"))
    with app.app_context(), transaction() as session:
        session.get_one(Organization, cast.minato_manager.organization_id).has_special_approval = True
    assert not box.search(producer.page("/requests/new"))
