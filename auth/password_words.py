"""The conditions for a password in words: what stands in the list on the screen, and what is said where one fails (R6-4)."""

from flask_babel import LazyString, lazy_gettext

from auth.password_rules import LONGEST, SHORTEST, SYMBOLS, Condition

LABELS: dict[Condition, LazyString] = {
    Condition.LENGTH: lazy_gettext("%(least)s文字以上%(most)s文字以内", least=SHORTEST, most=LONGEST),
    Condition.CHARACTERS: lazy_gettext("半角の英数字と記号だけ"),
    Condition.WITHOUT_ID: lazy_gettext("IDと、IDの@より前の部分を含まない(大文字と小文字は区別しません)"),
    Condition.ANOTHER: lazy_gettext("直前のパスワードと違う"),
    Condition.NOT_GUESSABLE: lazy_gettext("よく使われる言葉や並びでなく、推測されにくい"),
}
REASONS: dict[Condition, LazyString] = {
    Condition.LENGTH: lazy_gettext(
        "%(least)s文字以上%(most)s文字以内で入力してください。", least=SHORTEST, most=LONGEST
    ),
    Condition.CHARACTERS: lazy_gettext(
        "使えない文字があります。使えるのは、半角の英数字と %(symbols)s です。", symbols=" ".join(SYMBOLS)
    ),
    Condition.WITHOUT_ID: lazy_gettext("IDや、IDの@より前の部分は含めないでください。"),
    Condition.ANOTHER: lazy_gettext("直前のパスワードとは違うものにしてください。"),
    Condition.NOT_GUESSABLE: lazy_gettext(
        "推測されやすいパスワードです。よく使われる言葉、名前、日付や並びに数字を足しただけのものは避けてください。"
    ),
}
