"""From which standpoints a page exists, without any person."""

import pytest

from content.visibility import PageFacts
from content.writing.standpoints import Reader, Sight, standpoint

COMMON = PageFacts(1, "common", None)
TAXIS = PageFacts(2, "taxis", "TAXIS")
NARROWED = PageFacts(2, "taxis", "TAXIS", is_narrowed=True)


@pytest.mark.parametrize(
    ("reader", "systems", "page", "sight"),
    [
        (Reader.MANAGER, {"TAXIS", "JOHS"}, TAXIS, Sight.SEEN),
        (Reader.MANAGER, {"TAXIS", "JOHS"}, NARROWED, Sight.SEEN),
        (Reader.MANAGER, {"JOHS"}, TAXIS, Sight.NOT_IN_USE),
        (Reader.MANAGER, set(), COMMON, Sight.SEEN),
        (Reader.HOLDER, {"TAXIS", "JOHS"}, NARROWED, Sight.SEEN),
        (Reader.HOLDER, {"JOHS"}, NARROWED, Sight.NOT_IN_USE),
        (Reader.HOLDER, {"JOHS"}, COMMON, Sight.SEEN),
        (Reader.HOLDER, {"API"}, COMMON, Sight.NOBODY),
        (Reader.OTHER, {"TAXIS", "JOHS"}, TAXIS, Sight.SEEN),
        (Reader.OTHER, {"TAXIS", "JOHS"}, NARROWED, Sight.NARROWED),
        (Reader.OTHER, {"JOHS"}, TAXIS, Sight.NOT_IN_USE),
        (Reader.OTHER, {"TAXIS", "API"}, TAXIS, Sight.NOBODY),
    ],
)
def test_the_page_exists_for_whom_the_one_rule_says(
    reader: Reader, systems: set[str], page: PageFacts, sight: Sight
) -> None:
    """R9-2, R7-2, R7-3, R8-6."""
    assert standpoint(reader, frozenset(systems), page).sight is sight
