from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from content.reading.fragments import Kept, Span, shortest
from tests.certificates import NOW

SECOND = timedelta(seconds=1)


def test_what_was_used_longest_ago_goes_first() -> None:
    kept: Kept[str, int] = Kept(2)
    kept.keep("a", 1)
    kept.keep("b", 2)
    assert kept.get("a") == 1
    kept.keep("c", 3)
    assert (kept.get("a"), kept.get("b"), kept.get("c")) == (1, None, 3)


def test_what_is_too_heavy_is_not_kept_and_drives_nothing_out() -> None:
    kept: Kept[str, str] = Kept(10)
    kept.keep("small", "s", weight=4)
    kept.keep("large", "l", weight=11)
    assert (kept.get("small"), kept.get("large"), kept.weight) == ("s", None, 4)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 12)), max_size=60))
def test_the_limit_holds_whatever_is_kept(steps: list[tuple[int, int]]) -> None:
    kept: Kept[int, int] = Kept(10)
    for key, weight in steps:
        kept.keep(key, weight, weight)
        assert kept.get(key) == (weight if weight <= 10 else None)
        assert kept.weight <= 10


def test_a_span_holds_from_its_beginning_until_before_its_end() -> None:
    """E12, E13."""
    span = Span(NOW, NOW + SECOND)
    assert [span.holds(NOW + offset) for offset in (-SECOND, 0 * SECOND, SECOND / 2, SECOND)] == [
        False,
        True,
        True,
        False,
    ]
    assert Span(NOW).holds(NOW + 10**6 * SECOND)


def test_the_first_to_end_ends_the_whole() -> None:
    """E13."""
    spans = (Span(NOW), Span(NOW - SECOND, NOW + 2 * SECOND), Span(NOW, NOW + SECOND))
    assert shortest(NOW, spans) == Span(NOW, NOW + SECOND)
    assert shortest(NOW, [Span(NOW)]) == Span(NOW)
