"""What a word needs stands in every text that holds it, wherever a long text is cut and whatever its letters are."""

import os
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from base.grams import needed, tokens
from content.search.pieces import LONGEST_PIECE, cuts
from content.search.words import OVERLAP, folded

LETTERS = st.text(st.sampled_from("検針託送の、ガｶﾞﾟ゛ 　\n１a1Aéß%_'\"\\&|!()*:^~-①㈱𠮷Ω\u0301"), max_size=60)
EXAMPLES = int(os.environ.get("PORTAL_EXAMPLES", "60"))


@settings(max_examples=EXAMPLES)
@given(LETTERS, st.integers(0, 60), st.integers(1, 9))
def test_what_a_word_needs_stands_in_the_text(raw: str, start: int, length: int) -> None:
    """R7-5: no miss."""
    whole = folded(raw)
    for word in whole[start : start + length].split():
        assert set(needed(word)) <= tokens(whole)


@pytest.mark.parametrize(
    ("word", "pieces"),
    [
        ("検針結果", ["検針", "針結", "結果"]),
        ("針", ["針"]),
        ("の", []),
        ("a", []),
        ("ab", ["ab"]),
        ("taxis", ["tax", "axi", "xis"]),
        ("検a1b針", ["検a", "a1b", "b針"]),
    ],
)
def test_what_is_needed_of_a_word(word: str, pieces: list[str]) -> None:
    assert needed(word) == pieces


@pytest.mark.parametrize("letter", ["検", "ｶﾞ", "e\u0301", "x "])
def test_every_word_of_a_long_text_stands_whole_in_a_piece(letter: str) -> None:
    """R7-5: also across the places where it is cut, with marks that belong to the letter before."""
    whole = "".join(f"{letter}{number:04}" for number in range(3 * LONGEST_PIECE // 5))
    pieces = [cut.text for cut in cuts(whole)]
    assert len(pieces) > 2
    said = folded(whole)
    for start in range(0, len(said), 37):
        for word in said[start : start + 40].split():
            assert any(word in piece for piece in pieces)


def test_a_piece_says_where_it_stands_in_its_text() -> None:
    whole = "前" * 5000 + "検針" + "後" * 5000
    for cut in cuts(whole):
        assert whole[cut.starts_at : cut.starts_at + len(cut.text)] == cut.text
    assert max(len(cut.text) for cut in cuts(whole)) <= LONGEST_PIECE + OVERLAP


def test_postgresql_sees_the_same_in_a_text(shared_engines: Callable[[str], Engine]) -> None:
    """R7-5: written twice, said once."""
    wanted = text("SELECT tsvector_to_array(search_tokens(:words, 'page1 whole'))")
    with shared_engines("postgresql").connect() as connection:

        @settings(max_examples=EXAMPLES)
        @given(LETTERS)
        def is_the_same(raw: str) -> None:
            words = " ".join(folded(raw).split())
            assert set(connection.execute(wanted, {"words": words}).scalar_one()) == tokens(words) | {"page1", "whole"}

        is_the_same()
