"""Names of people, in kanji and in kana (R5-1), and of PCs (R4-3)."""

import re
import unicodedata

from base.sentences import say

LONGEST_KANJI = 40
LONGEST_KANA = 60
LONGEST_PC = 60
# More is no name: marks without end would take minutes to be brought into one form.
LONGEST_READ = 400

_UNSEEN = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})
_BLANKS = re.compile(r"[ \u3000]+")
# ぁ to ゖ and the signs of repetition stand in the same order in both.
_AS_KATAKANA = {sign: sign + 0x60 for sign in (*range(0x3041, 0x3097), 0x309D, 0x309E)}
_KANA_LETTER = re.compile(r"[ァ-ヺ]")
_KANA_MARKS = frozenset("ー・ ")


def tidy_kanji(typed: str) -> str:
    """The name as typed with single blanks; nothing else changes, since 﨑 and 髙 are people's own spelling."""
    return _BLANKS.sub(" ", typed).strip(" ")


def tidy_kana(typed: str) -> str:
    """Half-width kana as full-width, hiragana as katakana, with single blanks."""
    whole = unicodedata.normalize("NFKC", typed) if len(typed) <= LONGEST_READ else typed
    whole = whole.translate(_AS_KATAKANA)
    return _BLANKS.sub(" ", whole).strip(" ")


def kanji_refusal_for(name: str) -> str | None:
    """Why a tidied name can't be the kanji name."""
    return _reason_against_length(name, LONGEST_KANJI) or _reason_against_unseen(name)


def pc_refusal_for(name: str) -> str | None:
    """Why a tidied name can't be a PC's."""
    return _reason_against_length(name, LONGEST_PC) or _reason_against_unseen(name)


def kana_refusal_for(name: str) -> str | None:
    """Why a tidied name can't be the kana name: full-width katakana, ー, ・ and blanks only."""
    reason = _reason_against_length(name, LONGEST_KANA) or _reason_against_unseen(name)
    if reason:
        return reason
    odd = next((sign for sign in name if not (_KANA_LETTER.match(sign) or sign in _KANA_MARKS)), None)
    if odd:
        return say(
            "「%(odd)s」は使えません。全角カタカナで入力してください(長音「ー」、中点「・」、空白は使えます)。", odd=odd
        )
    if not _KANA_LETTER.search(name):
        return say("全角カタカナで入力してください。")
    return None


def _reason_against_length(name: str, longest: int) -> str | None:
    if not name:
        return say("入力してください。")
    if len(name) > longest:
        return say("%(longest)s文字以内で入力してください(いま%(count)s文字です)。", longest=longest, count=len(name))
    return None


def _reason_against_unseen(name: str) -> str | None:
    unseen = next((sign for sign in name if unicodedata.category(sign) in _UNSEEN), None)
    if unseen is None:
        return None
    return say(
        "改行・制御文字・外字など、表示できない文字が含まれています(U+%(unseen)s)。取り除いてください。",
        unseen=f"{ord(unseen):04X}",
    )
