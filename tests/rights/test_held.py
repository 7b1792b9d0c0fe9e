from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rights.codes import AskedRights, System
from rights.held import Held, begins_at, held_rights, standing_rights
from rights.request_parts import NOTHING_CHANGES, NOTHING_LEFT, Part, parts_between, parts_of_new, refusals_of_change

START = datetime(2026, 11, 1, tzinfo=UTC)
T, J, U, L = System.TAXIS, System.JOHS, System.JUJU, System.LOACUS
CODES = {T: ("1010", "1011", "1012"), J: ("J1010",), U: ("yes",), L: ("02010", "02011", "03010")}
HOLDINGS = st.builds(
    AskedRights, **{system.lower(): st.one_of(st.none(), st.sampled_from(codes)) for system, codes in CODES.items()}
)


def day(n: int) -> datetime:
    return START + timedelta(days=n)


def test_a_right_holds_from_its_first_instant_up_to_its_end() -> None:
    """R5-10, R5-18."""
    row = Held(T, "1010", day(5), day(9))
    tick = timedelta(microseconds=1)
    moments = (day(5) - tick, day(5), day(9) - tick, day(9))
    assert [bool(held_rights([row], at)) for at in moments] == [False, True, True, False]


def test_what_stands_is_what_is_left_when_everything_known_has_taken_effect() -> None:
    """R5-12, R5-15: a later row replaces an earlier one; a right whose end is known doesn't stand."""
    rows = [
        Held(T, "1010", day(0), day(8)),
        Held(T, "1011", day(8)),
        Held(J, "J1010", day(0), day(4)),
        Held(L, "02010", day(9)),
        Held(U, "yes", day(6), day(6)),
    ]
    assert standing_rights(rows, day(3)) == AskedRights(taxis="1011", loacus="02010")


def test_at_once_is_not_before_the_right_itself_begins() -> None:
    """R5-14."""
    to_come, held = Held(T, "1010", day(7)), Held(J, "J1010", day(0))
    assert begins_at([to_come, held], T, day(2)) == day(7)
    assert begins_at([to_come, held], J, day(2)) == day(2)
    assert begins_at([to_come, held], L, day(2)) == day(2)


@given(HOLDINGS, HOLDINGS)
def test_parts_are_exactly_what_differs(held: AskedRights, wanted: AskedRights) -> None:
    """R5-12."""
    parts = {part.system: part for part in parts_between(held, wanted)}
    before, after = dict(held.by_system()), dict(wanted.by_system())
    for system in (T, J, U, L):
        changed = before.get(system) != after.get(system)
        assert (system in parts) == changed
        if changed:
            assert (parts[system].code, parts[system].held) == (after.get(system), before.get(system))


@given(HOLDINGS, HOLDINGS)
def test_a_change_is_refused_where_nothing_is_left_or_nothing_changes(held: AskedRights, wanted: AskedRights) -> None:
    """R5-16."""
    reasons = [refusal.reason for refusal in refusals_of_change(held, wanted)]
    if not wanted.systems:
        assert reasons == [NOTHING_LEFT]
    else:
        assert reasons == ([NOTHING_CHANGES] if held == wanted else [])


@pytest.mark.parametrize(("system", "is_at_once"), [(T, True), (J, True), (U, False), (L, False)])
def test_taxis_and_johs_need_no_processing_date(system: System, *, is_at_once: bool) -> None:
    """R5-14, R5-15."""
    assert Part(system, "x", None).is_at_once == is_at_once
    assert [part.held for part in parts_of_new(AskedRights(taxis="1010", loacus="02010"))] == [None, None]
