import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from content.search.words import EXCERPT_LENGTH, MOST_WORDS, excerpt_around, folded, marked, search_words

TEXTS = st.text(st.sampled_from("検針結果ｶﾞガが ｱaAＡ１1①㈱İßﬁ…é\n"), max_size=40)
WORDS = st.lists(TEXTS.map(folded).map(str.strip).filter(bool).filter(lambda word: not word.isspace()), max_size=3)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("検針", ("検針",)),
        ("ＴＡＸＩＳ　taxis", ("taxis",)),
        ("ｶﾞｽ  検針", ("ガス", "検針")),
        ("  ", ()),
        ("%_", ("%_",)),
        ("あ" * 300, ("あ" * 100,)),
        (" ".join(f"w{number}" for number in range(20)), tuple(f"w{number}" for number in range(MOST_WORDS))),
    ],
)
def test_a_query_is_words_in_one_form(query: str, words: tuple[str, ...]) -> None:
    """R7-5, E17."""
    assert search_words(query) == words


@pytest.mark.parametrize(
    ("text", "words", "hits"),
    [
        ("検針結果の再配信", ["検針"], ["検針"]),
        ("ＴＡＸＩＳの検針", ["taxis", "検針"], ["ＴＡＸＩＳ", "検針"]),
        ("ｶﾞｽの使用量", ["ガス"], ["ｶﾞｽ"]),
        ("㈱みなみ", ["(株)"], ["㈱"]),
        ("検針検針", ["検針"], ["検針", "検針"]),
        ("検針結果", ["検針結果", "検針"], ["検針結果"]),
        ("なし", ["検針"], []),
    ],
)
def test_hits_are_marked_in_the_words_of_the_text_itself(text: str, words: list[str], hits: list[str]) -> None:
    """R7-5."""
    assert [piece.text for piece in marked(text, words) if piece.is_hit] == hits


@given(TEXTS, WORDS)
@example("1Aﾞ", ["a"])
def test_marking_changes_no_letter(text: str, words: list[str]) -> None:
    assert "".join(piece.text for piece in marked(text, words)) == text


@given(TEXTS, WORDS)
def test_an_excerpt_is_a_piece_of_the_text(text: str, words: list[str]) -> None:
    excerpt = "".join(piece.text for piece in excerpt_around(text * 9, words))
    assert len(excerpt) <= EXCERPT_LENGTH + 2
    assert excerpt.removeprefix("…").removesuffix("…") in text * 9 or "…" in text


@given(TEXTS, st.integers(0, 3000), WORDS.filter(bool))
def test_an_excerpt_shows_a_word_wherever_it_stands(text: str, far: int, words: list[str]) -> None:
    """R7-5: also across the stretches that a long text is looked through in."""
    pieces = excerpt_around("。" * far + "検針結果ｶﾞ" + text + "。" * 3000, ["針結", *words])
    assert any(piece.is_hit for piece in pieces)


def test_an_excerpt_shows_the_hit_far_down() -> None:
    """R7-5."""
    pieces = excerpt_around("前" * 500 + "検針" + "後" * 500, ["検針"])
    assert [piece.text for piece in pieces if piece.is_hit] == ["検針"]
    assert pieces[0].text == pieces[-1].text == "…"
