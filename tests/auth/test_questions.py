import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth.passwords import Passwords
from auth.questions import LONGEST, QUESTIONS, answer_hash, is_right_answer, normalized, refusal_for_answer

ASKED = "first_pet"


@pytest.mark.parametrize(
    ("answer", "same"),
    [
        ("ポチ", "ﾎﾟﾁ"),
        ("Pochi", " ｐｏｃｈｉ "),
        ("ひがし 小学校", "ひがし 小学校"),
        ("ＨＩＧＡＳＨＩ\t第一", "higashi第一"),
        ("Straße", "STRASSE"),
        ("㈱ひがし", "(株)ひがし"),
        ("プードル", "プードル"),
    ],
)
def test_the_same_answer_typed_another_way_is_the_same(answer: str, same: str) -> None:
    """C10: NFKC, without case and blanks."""
    passwords = Passwords(8, 1)
    assert is_right_answer(answer_hash(answer, passwords), same, passwords)


def test_another_answer_is_another() -> None:
    """C10."""
    passwords = Passwords(8, 1)
    stored = answer_hash("ポチ", passwords)
    assert "ポチ" not in stored
    assert not any(is_right_answer(stored, other, passwords) for other in ("ぽち", "ポチ2", "ポ", "", " "))
    assert not is_right_answer(None, "ポチ", passwords)


@given(st.text(max_size=LONGEST))
def test_normalizing_twice_changes_nothing(answer: str) -> None:
    """C10: what was stored once is found again."""
    once = normalized(answer)
    assert normalized(once) == once
    assert not any(letter.isspace() for letter in once)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("", "答えを入力"),
        ("  \t ", "答えを入力"),
        ("ポ", "2文字以上"),
        (" ポ ", "2文字以上"),
        ("ポ" * (LONGEST + 1), "100文字以内"),
        ("\ufdfa" * 99, "100文字以内"),
        (QUESTIONS[ASKED], "質問とは違う"),
        ("初めて飼った 生き物の名前は何ですか ", "質問とは違う"),
        ("HIGASHINO@higashi-gas.example", "IDやパスワード"),
        ("higashino", "IDやパスワード"),
        ("correct-horse7", "IDやパスワード"),
    ],
)
def test_what_is_no_answer_is_refused_with_its_reason(answer: str, words: str) -> None:
    """C10: empty, the question itself, the ID, the password."""
    reason = refusal_for_answer(ASKED, answer, unlike=["higashino@higashi-gas.example", "correct-Horse7"])
    assert reason is not None
    assert words in reason


def test_an_answer_is_taken() -> None:
    """R6-1."""
    assert refusal_for_answer(ASKED, "ポチ", unlike=["higashino@higashi-gas.example", ""]) is None
    assert refusal_for_answer(ASKED, "ポ" * LONGEST) is None


def test_only_a_question_of_the_list_is_asked() -> None:
    """R6-1: each is another one, and no answer is set to what nobody asks."""
    assert refusal_for_answer("", "ポチ") == refusal_for_answer("what?", "ポチ") == "秘密の質問を選んでください。"
    assert len({normalized(question) for question in QUESTIONS.values()}) == len(QUESTIONS) >= 8
