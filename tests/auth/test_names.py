import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth.names import kana_refusal_for, kanji_refusal_for, tidy_kana, tidy_kanji


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("キタジマ サブロウ", "キタジマ サブロウ"),
        ("キタジマ\u3000サブロウ", "キタジマ サブロウ"),
        ("  キタジマ \u3000 サブロウ ", "キタジマ サブロウ"),
        ("\uff77\uff80\uff7c\uff9e\uff8f \uff7b\uff8c\uff9e\uff9b\uff73", "キタジマ サブロウ"),
        ("\uff7c\uff9e\uff6e\uff70\uff9d\uff65\uff7d\uff90\uff7d", "ジョーン・スミス"),
        ("カ\u3099", "ガ"),
        ("ヴァイツゼッカー", "ヴァイツゼッカー"),
        ("ヶヵヷヺ", "ヶヵヷヺ"),
        ("きたじま さぶろう", "キタジマ サブロウ"),
        ("ゔぁいおりん", "ヴァイオリン"),
    ],
)
def test_kana_is_brought_to_full_width(typed: str, name: str) -> None:
    """R5-1."""
    assert tidy_kana(typed) == name
    assert kana_refusal_for(name) is None


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "入力して"),
        ("\u3000 ", "入力して"),
        ("きた島", "「島」"),
        ("北島", "「北」"),
        ("キタジマ3", "「3」"),
        ("キタジマ\uff13", "「3」"),
        ("Kitajima", "「K」"),
        ("キタ-ジマ", "「-」"),
        ("キタ―ジマ", "「―」"),
        ("キタ,ジマ", "「,」"),
        ("キタ゛", "使えません"),
        ("・ー・", "全角カタカナ"),
        ("キタ\tジマ", "U+0009"),
        ("キタ\u202eジマ", "U+202E"),
        ("キタ\u200bジマ", "U+200B"),
        ("ア" * 61, "60文字以内で入力してください(いま61文字"),
    ],
)
def test_what_is_not_kana_is_refused_with_the_reason(typed: str, why: str) -> None:
    """R5-1, R8-3."""
    reason = kana_refusal_for(tidy_kana(typed))
    assert reason is not None
    assert why in reason


@pytest.mark.parametrize(
    "typed",
    [
        "北島 三郎",
        "髙橋 花子",
        "山﨑 一郎",
        "\U00020bb7野 太郎",
        "葛\U000e0100城 次郎",
        "佐々木 〆子",
        "\ufa19田 守",
        "ジョン・スミス",
        "John O'Neil-Smith",
        "<script>",
        "あ" * 40,
    ],
)
def test_a_name_is_kept_as_its_owner_spells_it(typed: str) -> None:
    """R5-1."""
    assert tidy_kanji(typed) == typed
    assert kanji_refusal_for(typed) is None


@pytest.mark.parametrize("name", ["北島 三郎", "髙橋\u3000花子", "  山﨑 \u3000 一郎 "])
def test_blanks_in_a_name_become_single(name: str) -> None:
    """R5-1."""
    assert tidy_kanji(name).count(" ") == 1
    assert "\u3000" not in tidy_kanji(name)


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "入力して"),
        (" \u3000", "入力して"),
        ("あ" * 41, "40文字以内で入力してください(いま41文字"),
        ("北島\n三郎", "U+000A"),
        ("北島\x00三郎", "U+0000"),
        ("北島\x85三郎", "U+0085"),
        ("北島\u2028三郎", "U+2028"),
        ("北島\u202e三郎", "U+202E"),
        ("北島\u2066三郎", "U+2066"),
        ("北島\u200f三郎", "U+200F"),
        ("北島\ufeff三郎", "U+FEFF"),
        ("北島\ue000", "U+E000"),
        ("北島\udc00", "U+DC00"),
    ],
)
def test_what_cannot_be_seen_is_refused(typed: str, why: str) -> None:
    """R5-1, R8-3, F1."""
    reason = kanji_refusal_for(tidy_kanji(typed))
    assert reason is not None
    assert why in reason
    assert reason.encode()


@given(st.text())
def test_tidying_twice_changes_nothing_more(typed: str) -> None:
    """R5-1."""
    assert tidy_kanji(tidy_kanji(typed)) == tidy_kanji(typed)
    assert tidy_kana(tidy_kana(typed)) == tidy_kana(typed)


@given(st.text())
def test_a_taken_kana_name_has_nothing_but_kana(typed: str) -> None:
    """R5-1."""
    name = tidy_kana(typed)
    if kana_refusal_for(name) is None:
        assert all("\u30a1" <= sign <= "\u30fc" or sign == " " for sign in name)
