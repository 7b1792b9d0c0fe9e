from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from content.reading.blanks import Blanks, Marks, Sheet


def test_a_sheet_is_filled_for_each_reader_anew() -> None:
    """R7-5: drawn once, filled with each one's own."""
    blanks = Blanks()
    sheet = blanks.cut(f"<p>{blanks.blank('name')}</p>{blanks.blank('row', 7)}.")
    assert sheet == Sheet(((b"<p>", "name", 0), (b"</p>", "row", 7)), b".")
    for name in ("東野", "西田"):
        assert sheet.filled({"name": {0: name}.__getitem__, "row": str}) == f"<p>{name}</p>7.".encode()


@given(st.text(), st.text())
def test_no_text_is_taken_for_a_blank(written: str, other: str) -> None:
    """E1: what authors and readers write stays what it is, also where it imitates another process's blanks."""
    blanks = Blanks()
    foreign = Blanks().blank("csrf")
    text = f"{escape(written)}{foreign}[ csrf 0]{escape(other)}"
    sheet = blanks.cut(f"{text}{blanks.blank('csrf')}{text}")
    assert sheet.parts == ((text.encode(), "csrf", 0),)
    assert sheet.end == text.encode()
    assert sheet.weight == 2 * len(text.encode())


def test_what_fills_a_blank_is_not_filled_again() -> None:
    """E1: a reader's name that is a blank is a name."""
    blanks = Blanks()
    assert (
        blanks.cut(blanks.blank("name")).filled({"name": lambda _: blanks.blank("csrf")})
        == blanks.blank("csrf").encode()
    )


def test_what_is_marked_stands_out_and_the_others_are_as_usual() -> None:
    """R7-5."""
    blanks = Blanks()
    sheet = blanks.cut("".join(f"{blanks.blank('row', number)};" for number in (1, 2, 1, 3)), {"row": "old"})
    assert sheet.filled({"row": Marks("new", {1, 9})}) == b"new;old;new;old;"
    assert sheet.filled({"row": Marks("new", frozenset())}) == b"old;old;old;old;"
    assert sheet.filled({"row": "x"}) == b"x;x;x;x;"
