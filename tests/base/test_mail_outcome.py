from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from base.mail_outcome import LONGEST_PAUSE, SHORTEST_PAUSE, Answer, Result, outcome, pause, put_off

NOW = datetime(2026, 11, 22, 13, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("tries", "shortest", "longest"),
    [(1, 5, 10), (2, 10, 20), (3, 20, 40), (4, 40, 80), (5, 80, 160), (6, 120, 240), (7, 120, 240), (48, 120, 240)],
)
def test_pauses_double_up_to_four_hours(tries: int, shortest: int, longest: int) -> None:
    """F4."""
    assert pause(tries, 0.0) == timedelta(minutes=shortest)
    assert pause(tries, 1.0) == timedelta(minutes=longest)


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
def test_no_pause_is_shorter_than_five_minutes_or_longer_than_four_hours(tries: int, chance: float) -> None:
    """F4."""
    assert SHORTEST_PAUSE <= pause(tries, chance) <= LONGEST_PAUSE


@pytest.mark.parametrize("result", [Result.DEFERRED, Result.LOST])
def test_the_forty_eighth_try_is_the_last(result: Result) -> None:
    """F4, F6."""
    answer = Answer(result, "451 later")
    assert outcome(answer, 47, NOW, 0.0)["state"] == "waiting"
    assert outcome(answer, 48, NOW, 0.0) == {"state": "failed", "tries": 48, "failure": "451 later"}


def test_a_mail_that_is_put_off_says_when_it_goes_again() -> None:
    """F4."""
    assert put_off(1, "451 later", NOW, 0.0)["next_try_at"] == NOW + timedelta(minutes=5)


def test_a_refused_mail_fails_at_once_with_the_servers_words() -> None:
    """F5."""
    failed = {"state": "failed", "tries": 1, "failure": "550 no such user"}
    assert outcome(Answer(Result.REJECTED, "550 no such user"), 1, NOW, 0.0) == failed


def test_a_mail_that_was_never_offered_has_lost_no_try() -> None:
    """F7."""
    back = {"state": "waiting", "tries": 2, "failure": "away"}
    assert outcome(Answer(Result.UNREACHED, "away"), 3, NOW, 0.0) == back
