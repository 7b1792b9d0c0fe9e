from datetime import datetime, timedelta

import pytest

from content.manuals.states import has_latest, in_hand, is_revised, next_version
from tests.certificates import NOW

FIRST, SECOND, THIRD = (NOW + timedelta(days=number) for number in range(3))


def test_a_version_that_was_taken_back_is_never_given_again() -> None:
    """R9-12: somebody may have it on his disk."""
    assert [next_version(numbers) for numbers in ([], [1], [1, 2, 3], [1, 3])] == [1, 2, 4, 4]


@pytest.mark.parametrize(
    ("fetched", "latest", "mark"),
    [
        ({}, 1, "never read"),
        ({1: FIRST}, 1, "has it"),
        ({1: FIRST}, 2, "revised"),
        ({1: FIRST, 2: SECOND}, 2, "has it"),
        # An older one was opened beside the latest, to compare.
        ({2: FIRST, 1: SECOND}, 2, "has it"),
        # The third was taken back after the person had fetched it; then he fetched the second again.
        ({3: FIRST}, 2, "revised"),
        ({2: FIRST, 3: SECOND}, 2, "revised"),
        ({2: THIRD, 3: SECOND}, 2, "has it"),
    ],
)
def test_who_has_the_latest_version(fetched: dict[int, datetime], latest: int, mark: str) -> None:
    """R9-12: marked is who has read some version and hasn't the latest in hand."""
    assert has_latest(fetched, latest) == (mark == "has it")
    assert is_revised(fetched, latest) == (mark == "revised")


def test_what_was_fetched_last_is_in_hand() -> None:
    """R9-12."""
    assert in_hand({}) is None
    assert in_hand({1: SECOND, 2: FIRST}) == 1
    assert in_hand({1: FIRST, 2: FIRST}) == 2
