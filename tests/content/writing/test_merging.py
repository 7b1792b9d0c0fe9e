"""Two people's changes of one text, put together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.writing.comparisons import Choice, compared
from content.writing.merging import CLASH_END, OWN_BEGIN, THEIRS_BEGIN, merged

BASE = "一\n二\n三\n四\n五"


@pytest.mark.parametrize(
    ("theirs", "own", "together"),
    [
        (BASE, BASE, BASE),
        ("零\n" + BASE, BASE + "\n六", "零\n" + BASE + "\n六"),
        ("一\n三\n四\n五", "一\n二\n三\n四\n改", "一\n三\n四\n改"),
        ("一\n改\n三\n四\n五", "一\n改\n三\n四\n五", "一\n改\n三\n四\n五"),
        (BASE, "", ""),
        ("一\n二\n甲\n三\n四\n五", "一\n二\n三\n四\n乙\n五", "一\n二\n甲\n三\n四\n乙\n五"),
    ],
)
def test_changes_in_different_places_are_both_there(theirs: str, own: str, together: str) -> None:
    """E18."""
    found = merged(BASE, theirs, own)
    assert found is not None
    assert (found.text, found.clashes) == (together, 0)


def test_where_both_changed_the_same_lines_both_stand_between_marks() -> None:
    """E18: nothing is lost, and what is beside is put together."""
    found = merged(BASE, "一\n甲\n三\n四\n五\n六", "零\n一\n乙\n三\n四\n五")
    assert found is not None
    clash = [THEIRS_BEGIN, "甲", OWN_BEGIN, "乙", CLASH_END]
    assert (found.text.split("\n"), found.clashes) == (["零", "一", *clash, "三", "四", "五", "六"], 1)


TEXTS = st.lists(st.sampled_from("一二三四"), max_size=8).map("\n".join)


@given(TEXTS, TEXTS, TEXTS)
def test_no_line_that_either_added_is_lost(base: str, theirs: str, own: str) -> None:
    """E18: whatever the three texts; and whoever changed it alone has it as he left it."""
    found = merged(base, theirs, own)
    assert found is not None
    kept = set(found.text.split("\n"))
    assert (set(theirs.split("\n")) | set(own.split("\n"))) - set(base.split("\n")) <= kept
    alone, other = merged(base, base, own), merged(base, theirs, base)
    assert (alone and alone.text, other and other.text) == (own, theirs)


def test_a_text_of_too_many_lines_is_not_put_together() -> None:
    """E17."""
    assert merged("あ\n" * 7000, "い", "う") is None


@pytest.mark.parametrize(
    ("base", "theirs", "own", "choice", "becomes"),
    [
        ({"title": "元", "source": "元"}, "元", "自分", Choice.OWN, "自分"),
        ({"title": "元", "source": "元"}, "相手", "元 ", Choice.THEIRS, "相手"),
        ({"title": "元", "source": "元"}, "相手", "自分", Choice.OWN, "自分"),
        ({}, "相手", "自分", Choice.OWN, "自分"),
    ],
)
def test_whoever_changed_a_field_alone_is_taken(
    base: dict[str, str], theirs: str, own: str, choice: Choice, becomes: str
) -> None:
    """E18: what the other has moved isn't moved back by somebody who never touched it."""
    (found,) = compared({"title": theirs}, {"title": own}, base, ())
    assert (found.choice, found.chosen("odd"), found.chosen("theirs")) == (choice, becomes, theirs)


def test_what_is_the_same_is_not_asked_about() -> None:
    """E18: nor is the order of tags; a long text is put together where that loses nothing."""
    base, now = {"source": BASE, "tags": "検針、API"}, {"source": "零\n" + BASE, "tags": "api 検針", "title": "件名"}
    (found,) = compared(now, {"source": BASE + "\n六", "tags": "検針、API", "title": "件名 "}, base, ("source",))
    assert (found.choice, found.chosen("")) == (Choice.BOTH, "零\n" + BASE + "\n六")
    assert [line.text for line in found.lines if line.change != "same"] == ["零", "六"]
