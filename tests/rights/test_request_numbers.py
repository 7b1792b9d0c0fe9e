from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rights.request_numbers import LETTERS, request_number
from rights.request_states import RequestKind


@pytest.mark.parametrize(
    ("kind", "on", "sequence", "number"),
    [
        (RequestKind.NEW, date(2026, 11, 22), 142, "N-2611-0142"),
        (RequestKind.CHANGE, date(2027, 1, 1), 1, "C-2701-0001"),
        (RequestKind.REMOVAL, date(2026, 9, 30), 9999, "R-2609-9999"),
        (RequestKind.NEW, date(2026, 11, 22), 10000, "N-2611-10000"),
    ],
)
def test_a_number_names_kind_month_and_place(kind: RequestKind, on: date, sequence: int, number: str) -> None:
    """R5-17: a second request is refused by naming the first."""
    assert request_number(kind, on, sequence) == number


@given(
    st.tuples(st.sampled_from(RequestKind), st.integers(1, 12), st.integers(1, 20000)),
    st.tuples(st.sampled_from(RequestKind), st.integers(1, 12), st.integers(1, 20000)),
)
def test_two_requests_never_share_a_number(
    one: tuple[RequestKind, int, int], two: tuple[RequestKind, int, int]
) -> None:
    """R5-17."""
    numbers = {request_number(kind, date(2026, month, 1), sequence) for kind, month, sequence in (one, two)}
    assert len(numbers) == len({one, two})


@pytest.mark.parametrize("sequence", [0, -1])
def test_counting_begins_with_one(sequence: int) -> None:
    """R5-17."""
    with pytest.raises(ValueError, match="counted from 1"):
        request_number(RequestKind.NEW, date(2026, 11, 22), sequence)


def test_every_kind_has_a_letter() -> None:
    """R5-17."""
    assert set(LETTERS) == set(RequestKind)
