from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from content.reading.blanks import Blanks, Sheet


def test_a_sheet_is_filled_for_each_reader_anew() -> None:
    """R7-5: drawn once, filled with each one's own."""
    blanks = Blanks()
    sheet = blanks.cut(f"<p>{blanks.blank('name')}</p>{blanks.blank('row', 7)}.")
    assert sheet == Sheet((("<p>", "name", 0), ("</p>", "row", 7)), ".")
    for name in ("東野", "西田"):
        assert sheet.filled({"name": {0: name}.__getitem__, "row": str}) == f"<p>{name}</p>7."


@given(st.text(), st.text())
def test_no_text_is_taken_for_a_blank(written: str, other: str) -> None:
    """E1: what authors and readers write stays what it is, also where it imitates another process's blanks."""
    blanks = Blanks()
    foreign = Blanks().blank("csrf")
    text = f"{escape(written)}{foreign}[ csrf 0]{escape(other)}"
    sheet = blanks.cut(f"{text}{blanks.blank('csrf')}{text}")
    assert sheet.parts == ((text, "csrf", 0),)
    assert sheet.end == text
    assert sheet.weight == 2 * len(text)


def test_what_fills_a_blank_is_not_filled_again() -> None:
    """E1: a reader's name that is a blank is a name."""
    blanks = Blanks()
    assert blanks.cut(blanks.blank("name")).filled({"name": lambda _: blanks.blank("csrf")}) == blanks.blank("csrf")
