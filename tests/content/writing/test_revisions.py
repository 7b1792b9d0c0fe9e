from hypothesis import given
from hypothesis import strategies as st

from content.writing.revisions import MOST_LINES, Change, Line, differences

TEXTS = st.lists(st.sampled_from(["", "a", "b", "c", "見出し"]), max_size=30).map("\n".join)


def test_nothing_differs_between_equal_texts() -> None:
    assert differences("一\n二", "一\n二") == []


def test_a_changed_line_stands_between_its_neighbours() -> None:
    """R7-4."""
    assert differences("一\n二\n三", "一\n弐\n三") == [
        Line(Change.SAME, 1, "一"),
        Line(Change.REMOVED, 2, "二"),
        Line(Change.ADDED, 2, "弐"),
        Line(Change.SAME, 3, "三"),
    ]


def test_what_is_far_from_any_change_is_left_out_and_counted() -> None:
    """R7-4: three lines around each change stay."""
    older = [str(number) for number in range(1, 21)]
    newer = ["new", *older, "end"]
    found = differences("\n".join(older), "\n".join(newer))
    assert [line.change for line in found] == [
        Change.ADDED,
        *[Change.SAME] * 3,
        Change.LEFT_OUT,
        *[Change.SAME] * 3,
        Change.ADDED,
    ]
    assert found[4] == Line(Change.LEFT_OUT, 14)


@given(TEXTS, TEXTS)
def test_both_texts_can_be_read_out_of_their_differences(older: str, newer: str) -> None:
    """R7-4: no line is lost, none is made up."""
    found = differences(older, newer)
    if not found:
        assert older == newer
        return
    left_out = sum(line.number for line in found if line.change is Change.LEFT_OUT)
    kept = {change: [line.text for line in found if line.change is change] for change in Change}
    assert len(kept[Change.SAME]) + left_out + len(kept[Change.ADDED]) == len(newer.split("\n"))
    assert len(kept[Change.SAME]) + left_out + len(kept[Change.REMOVED]) == len(older.split("\n"))
    after = newer.split("\n")
    shown = (line for line in found if line.change in {Change.SAME, Change.ADDED})
    assert all(after[line.number - 1] == line.text for line in shown)


def test_texts_of_very_many_lines_are_told_as_replaced() -> None:
    """E17: comparing them would take minutes."""
    older, newer = "\n" * MOST_LINES, "\n" * (MOST_LINES + 1)
    assert {line.change for line in differences(older, newer)} == {Change.REMOVED, Change.ADDED}
