from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rights.request_filters import Filters, read_filters
from rights.request_states import RequestState


@given(
    st.builds(
        Filters,
        state=st.none() | st.sampled_from(RequestState),
        words=st.text("北島kitajima@", max_size=20),
        entered_from=st.none() | st.dates(date(2000, 1, 1), date(2099, 12, 31)),
        entered_until=st.none() | st.dates(date(2000, 1, 1), date(2099, 12, 31)),
        processing_date=st.none() | st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    )
)
def test_filters_survive_in_the_address(filters: Filters) -> None:
    assert read_filters(filters.in_address(), RequestState.ENTERED) == filters


@pytest.mark.parametrize(
    "address",
    [
        {"state": "nonsense"},
        {"from": "2026-13-01"},
        {"until": "0001-01-01"},
        {"m": "9999-12-31"},
        {"from": "'; --"},
        {"q": "\0\n\u202e "},
    ],
)
def test_what_cannot_be_read_narrows_nothing(address: dict[str, str]) -> None:
    """R8-3."""
    assert read_filters(address) == Filters()


def test_without_a_state_in_the_address_the_screen_chooses() -> None:
    assert read_filters({}, RequestState.ENTERED).state is RequestState.ENTERED
    assert read_filters({"state": "all"}, RequestState.ENTERED).state is None
    assert len(read_filters({"q": "あ" * 1000}).words) == 100
