from hypothesis import given
from hypothesis import strategies as st

from content.search.passages import MOST_LINES, MOST_PASSAGES, Passage, passages
from content.search.words import Piece

LINES = st.lists(st.text(alphabet="検針停止 12", min_size=1, max_size=12), max_size=8)


def said(pieces: tuple[Piece, ...]) -> str:
    return "".join(piece.text for piece in pieces)


def test_the_words_that_differ_are_marked() -> None:
    """R9-12: within a line that stayed alike; a line that is another is marked whole."""
    older = "計画停止\n停止は 22:00 からです。\nご注意\n旧い連絡先はこちら"
    newer = "計画停止\n停止は 23:30 からです。\nご注意\nまったく別のこと\n追記です"
    first, second, third = passages(older, newer)
    assert [piece.text for piece in first.before if piece.is_hit] == ["22", "00"]
    assert said(first.after) == "停止は 23:30 からです。"
    assert second == Passage((Piece("旧い連絡先はこちら", is_hit=True),), (Piece("まったく別のこと", is_hit=True),))
    assert third == Passage((), (Piece("追記です", is_hit=True),))


@given(LINES, LINES)
def test_passages_show_the_lines_as_they_stand(before: list[str], after: list[str]) -> None:
    """R9-12: nothing that both texts say in the same place, and each line whole."""
    found = passages("\n".join(before), "\n".join(after))
    assert (found == ()) == (before == after)
    for passage in found:
        assert said(passage.before) in ["", *before]
        assert said(passage.after) in ["", *after]
        assert passage.before != passage.after


def test_what_nobody_would_read_is_not_compared() -> None:
    """E17: so many lines would take seconds."""
    assert len(passages("a", "\n".join(map(str, range(MOST_PASSAGES + 5))))) == MOST_PASSAGES
    assert passages("a", "b\n" * MOST_LINES) == ()
    (whole,) = passages("。" * 1000, "。" * 1001)
    assert whole == Passage((Piece("。" * 1000, is_hit=True),), (Piece("。" * 1001, is_hit=True),))
