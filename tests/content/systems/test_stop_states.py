from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.systems.stop_states import StopState, StopTimes, is_word_due, stop_state
from tests.certificates import NOW

MINUTE = timedelta(minutes=1)
BEGIN, END = NOW, NOW + 60 * MINUTE


@pytest.mark.parametrize(
    ("until_at", "ended_at", "now", "state"),
    [
        (END, None, BEGIN - MINUTE, StopState.UPCOMING),
        (END, None, BEGIN, StopState.RUNNING),
        (END, None, END - MINUTE, StopState.RUNNING),
        (END, None, END, StopState.OVER),
        (END, BEGIN - MINUTE, BEGIN - MINUTE, StopState.CALLED_OFF),
        (END, BEGIN, END, StopState.CALLED_OFF),
        (END, BEGIN + MINUTE, BEGIN + MINUTE, StopState.OVER),
        (None, None, END, StopState.RUNNING),
        (None, END, END - MINUTE, StopState.RUNNING),
        (None, END, END, StopState.OVER),
    ],
)
def test_a_stop_stands_by_its_times(
    until_at: datetime | None, ended_at: datetime | None, now: datetime, state: StopState
) -> None:
    """R2-1, R9-7."""
    assert stop_state(StopTimes(BEGIN, until_at, ended_at), now) is state


MOMENTS = st.integers(-120, 120).map(lambda minutes: BEGIN + minutes * MINUTE)


@given(st.none() | MOMENTS, st.none() | MOMENTS, st.lists(MOMENTS, min_size=2))
def test_time_alone_never_brings_a_stop_back(
    until_at: datetime | None, ended_at: datetime | None, moments: list[datetime]
) -> None:
    """R2-1: to come, going on, over: in this order."""
    order = [StopState.UPCOMING, StopState.RUNNING, StopState.OVER]
    times = StopTimes(BEGIN, until_at, ended_at)
    states = [stop_state(times, now) for now in sorted(moments)]
    if StopState.CALLED_OFF in states:
        assert set(states) == {StopState.CALLED_OFF}
    else:
        assert states == sorted(states, key=order.index)


def test_a_promised_word_is_due_from_its_minute_until_the_end() -> None:
    """R9-7."""
    promised = StopTimes(BEGIN, next_update_at=END)
    assert [is_word_due(promised, now) for now in (END - MINUTE, END, END + MINUTE)] == [False, True, True]
    assert not is_word_due(StopTimes(BEGIN, ended_at=END, next_update_at=END), END)
    assert not is_word_due(StopTimes(BEGIN, END), END)
