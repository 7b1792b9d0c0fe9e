"""R4-5: what state a certificate is in, what follows it, when its end is told. All by the day in Japan."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth.certificate_states import (
    STAGES,
    Registered,
    Succession,
    days_left,
    due_stage,
    last_day_of,
    state_of,
    succession,
)
from base.jst import day_of, start_of
from tests.certificates import A_SECOND, NOW

START = NOW - timedelta(days=400)
END = NOW + timedelta(days=330)


def registered(**facts: object) -> Registered:
    given: dict[str, object] = {"pc_name": "PC-01", "not_before": START, "not_after": END, "registered_at": START}
    return Registered(**given | facts)  # type: ignore[arg-type] # each by its name


def ending_on(day: date) -> datetime:
    """As the CAs write it: the last second of a day in Japan."""
    return start_of(day + timedelta(days=1)) - A_SECOND


TODAY = day_of(NOW)
IN_NINETY = ending_on(TODAY + timedelta(days=90))


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ({}, "valid"),
        ({"not_before": NOW}, "valid"),
        ({"not_before": NOW + A_SECOND}, "not_yet"),
        ({"not_after": IN_NINETY + 2 * A_SECOND}, "valid"),
        ({"not_after": IN_NINETY + A_SECOND}, "expiring"),
        ({"not_after": IN_NINETY}, "expiring"),
        ({"not_after": NOW + A_SECOND}, "expiring"),
        ({"not_after": NOW}, "expired"),
        ({"suspended_at": NOW}, "suspended"),
        ({"suspended_at": NOW, "not_after": NOW + A_SECOND}, "suspended"),
        ({"suspended_at": NOW, "not_after": NOW}, "expired"),
        ({"suspended_at": NOW, "not_before": NOW + A_SECOND}, "suspended"),
        ({"revoked_at": NOW}, "revoked"),
        ({"revoked_at": NOW, "not_after": NOW}, "revoked"),
        ({"revoked_at": NOW, "suspended_at": NOW}, "revoked"),
    ],
)
def test_the_state_at_the_second(facts: dict[str, object], state: str) -> None:
    """A8, A9, R4-2: at `not_after` it is over; what is final comes first."""
    assert state_of(registered(**facts), NOW) == state


@pytest.mark.parametrize(
    ("not_after", "day"),
    [
        (datetime(2019, 1, 31, 14, 59, 59, tzinfo=UTC), date(2019, 1, 31)),
        (datetime(2019, 1, 31, 15, 0, 0, tzinfo=UTC), date(2019, 1, 31)),
        (datetime(2019, 1, 31, 15, 0, 1, tzinfo=UTC), date(2019, 2, 1)),
        (datetime(2019, 1, 31, 23, 59, 59, tzinfo=UTC), date(2019, 2, 1)),
    ],
)
def test_its_last_day_is_the_last_on_which_it_serves_in_japan(not_after: datetime, day: date) -> None:
    """R4-5, R8-2: a certificate that ends at midnight doesn't serve on the day that begins then."""
    assert last_day_of(not_after) == day
    assert days_left(not_after, day) == 0
    assert days_left(not_after, day + timedelta(days=1)) == -1


@pytest.mark.parametrize(
    ("left", "told", "stage"),
    [
        (91, (), None),
        (90, (), 90),
        (90, (90,), None),
        (89, (), 90),
        (61, (90,), None),
        (60, (90,), 60),
        (60, (), 60),
        (46, (90,), 60),
        (45, (90, 60), 45),
        (31, (90, 60, 45), None),
        (30, (90, 60, 45), 30),
        (15, (30,), None),
        (14, (30,), 14),
        (0, (90, 60, 45, 30), 14),
        (0, (14,), None),
        (-1, (), None),
        (20, (14,), None),
    ],
)
def test_the_stage_that_is_due(left: int, told: tuple[int, ...], stage: int | None) -> None:
    """R4-5: a missed day is made up for by the latest stage, and nothing is told twice."""
    assert due_stage(ending_on(TODAY + timedelta(days=left)), START, told, TODAY) == stage


@pytest.mark.parametrize(("ago", "stage"), [(0, None), (9, None), (10, 60), (11, 60)])
def test_what_had_passed_before_the_registration_is_not_told(ago: int, stage: int | None) -> None:
    """R4-5: fifty days left; the day of the sixty was ten days ago."""
    not_after = ending_on(TODAY + timedelta(days=50))
    assert due_stage(not_after, NOW - timedelta(days=ago), (), TODAY) == stage


@given(st.sets(st.integers(0, 99)))
def test_whatever_mornings_are_missed_each_stage_is_told_at_most_once_and_the_latest_is_never_lost(
    missed: set[int],
) -> None:
    """R4-5, against a plain model: at each morning the latest stage reached, if none like it was told."""
    told: list[int] = []
    not_after = ending_on(TODAY + timedelta(days=99))
    for morning in range(100):
        if morning in missed:
            continue
        stage = due_stage(not_after, START, told, TODAY + timedelta(days=morning))
        reached = [each for each in STAGES if 99 - morning <= each]
        assert stage == (min(reached) if reached and min(reached) not in told else None)
        told += [stage] if stage else []
    assert len(told) == len(set(told))
    assert told == sorted(told, reverse=True)
    if not missed:
        assert told == list(STAGES)


SOON = NOW + timedelta(days=20)
IT = registered(not_after=SOON)


def next_with(**facts: object) -> Registered:
    return registered(**{"not_after": END, "registered_at": NOW - timedelta(days=5)} | facts)


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ([], Succession.NONE),
        ([next_with()], Succession.SAME_PC),
        ([next_with(pc_name="ｐｃ－０１ ")], Succession.SAME_PC),
        ([next_with(registered_at=START - A_SECOND)], Succession.SAME_PC),
        ([next_with(not_after=SOON)], Succession.NONE),
        ([next_with(not_after=SOON + A_SECOND)], Succession.SAME_PC),
        ([next_with(suspended_at=NOW)], Succession.NONE),
        ([next_with(revoked_at=NOW)], Succession.NONE),
        ([next_with(not_before=NOW + A_SECOND)], Succession.SAME_PC),
        ([next_with(pc_name="PC-02")], Succession.OTHER_PC),
        ([next_with(pc_name="PC-02"), next_with()], Succession.SAME_PC),
        ([next_with(pc_name="PC-02", registered_at=START)], Succession.NONE),
        ([next_with(pc_name="PC-02", registered_at=NOW - timedelta(days=80))], Succession.NONE),
        ([next_with(pc_name="PC-02"), registered(pc_name="PC-02", not_after=NOW)], Succession.NONE),
    ],
)
def test_what_goes_on_in_its_place(others: list[Registered], expected: Succession) -> None:
    """R4-5: surely under the same PC's name, perhaps under a new one; never another PC's own renewal."""
    found, successor = succession(IT, [IT, *others], NOW)
    assert found is expected
    assert (successor is None) == (expected is Succession.NONE)
