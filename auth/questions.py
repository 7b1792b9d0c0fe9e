"""Secret questions and what may be an answer to one (R6-1, C10). No question of one's own: people write the answer into it."""

import unicodedata
from collections.abc import Iterable

from auth.passwords import Passwords
from base.sentences import say

QUESTIONS: dict[str, str] = {
    "first_school": "初めて通った学校の名前は何ですか",
    "childhood_place": "子どものころに住んでいた町の名前は何ですか",
    "first_teacher": "小学校で最初の担任の先生の名前は何ですか",
    "childhood_friend": "幼なじみの呼び名は何ですか",
    "first_pet": "初めて飼った生き物の名前は何ですか",
    "first_job": "初めて働いた場所はどこですか",
    "first_trip": "初めて飛行機か新幹線で行った場所はどこですか",
    "favourite_book": "子どものころに好きだった本の題名は何ですか",
    "grandparent_place": "祖父母が住んでいた町の名前は何ですか",
    "memorable_dish": "いちばん思い出に残っている料理は何ですか",
}
SHORTEST = 2
LONGEST = 100
# More is no answer, nor anything that an answer could be equal to; marks without end would take minutes.
LONGEST_READ = 400


def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).split())


def normalized(answer: str) -> str:
    """What is compared: NFKC, without case and blanks, so that ｶﾅ and カナ, Ａ and a are one answer."""
    folded = _folded(answer[:LONGEST_READ])
    # Where a blank goes, an accent behind it may join the letter before.
    while (again := _folded(folded)) != folded:
        folded = again
    return folded


def refusal_for_answer(question: str, answer: str, *, unlike: Iterable[str] = ()) -> str | None:
    """Why it can't be an answer. `question`: a key of `QUESTIONS`; `unlike`: the ID and the password."""
    if question not in QUESTIONS:
        return say("秘密の質問を選んでください。")
    meant = normalized(answer)
    if not meant:
        return say("秘密の質問の答えを入力してください。")
    if len(meant) < SHORTEST or len(answer) > LONGEST or len(meant) > LONGEST:
        return say(
            "答えは、空白を除いて%(shortest)s文字以上%(longest)s文字以内で入力してください。",
            shortest=SHORTEST,
            longest=LONGEST,
        )
    if meant == normalized(QUESTIONS[question]):
        return say("質問とは違う答えを入力してください。")
    if meant in {part for text in unlike for part in _parts(text)}:
        return say("IDやパスワードとは違う答えを入力してください。")
    return None


def _parts(text: str) -> set[str]:
    """An ID counts as a whole, and the part before its @ too."""
    return {normalized(text), normalized(text.partition("@")[0])} - {""}


def answer_hash(answer: str, passwords: Passwords) -> str:
    return passwords.hash(normalized(answer))


def is_right_answer(stored: str | None, answer: str, passwords: Passwords) -> bool:
    """Costs the same whether or not there is an answer to compare with (C2)."""
    return passwords.check(stored, normalized(answer[:LONGEST]))
