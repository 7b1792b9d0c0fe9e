"""Fields for passwords: what was typed into them is never sent back (R8-3)."""

from collections.abc import Iterable

from flask_babel import gettext, lazy_gettext
from wtforms import PasswordField, SelectField, StringField, ValidationError

from auth.password_rules import ALLOWED as ALLOWED_CHARACTERS
from auth.password_rules import LONGEST, SHORTEST, SYMBOLS, Condition, failed_conditions
from auth.password_words import LABELS, REASONS
from auth.passwords import typed
from auth.questions import QUESTIONS, refusal_for_answer
from base.forms import Form, choices, required


class NewPasswordForm(Form):
    """A new password, twice; drawn by `parts/passwords.html`."""

    password = PasswordField(lazy_gettext("新しいパスワード"), [required()])
    again = PasswordField(lazy_gettext("新しいパスワード(確認)"), [required()])

    conditions = LABELS
    failed: frozenset[Condition] = frozenset()
    shortest, longest, allowed, symbols = SHORTEST, LONGEST, ALLOWED_CHARACTERS, SYMBOLS

    def validate_again(self, field: PasswordField) -> None:
        if typed(field.data) != typed(self.password.data or ""):
            raise ValidationError(lazy_gettext("2回の入力が違っています。"))

    def validate_for(self, login_id: str, *names: str) -> bool:
        """All that can be told without hashing anything (C7): fields and conditions together."""
        is_filled = self.validate()
        failed = failed_conditions(self.password.data, login_id, names=names) if self.password.data else []
        if failed:
            self.refuse_conditions(failed)
        return is_filled and not failed

    def refuse_conditions(self, failed: Iterable[Condition]) -> None:
        """Each beside the field, all at once (R6-4)."""
        self.failed = frozenset(failed)
        self.password.errors = [REASONS[condition] for condition in Condition if condition in self.failed]


class PasswordChangeForm(NewPasswordForm):
    """R6-6: the present one, the new one twice."""

    current = PasswordField(lazy_gettext("現在のパスワード"), [required()])

    def __init__(self) -> None:
        super().__init__()
        # In the order of the screen: whoever reads what is wrong goes from top to bottom.
        for field in [each for each in self._fields if each != "current"]:
            self._fields[field] = self._fields.pop(field)


class QuestionForm(Form):
    """The answer is typed in plain sight: no Japanese can be typed into a field for passwords."""

    current = PasswordField(lazy_gettext("現在のパスワード"), [required()])
    question = SelectField(lazy_gettext("秘密の質問"), [required()], validate_choice=False)
    answer = StringField(lazy_gettext("答え"), [required()])

    def __init__(self) -> None:
        super().__init__()
        asked = [(key, gettext(question)) for key, question in QUESTIONS.items()]
        self.question.choices = choices([("", lazy_gettext("選んでください")), *asked])

    def validate_for(self, login_id: str) -> bool:
        is_filled = self.validate()
        unlike = [login_id, self.current.data or ""]
        refusal = refusal_for_answer(self.question.data or "", self.answer.data or "", unlike=unlike)
        if refusal:
            field = self.answer if self.question.data in QUESTIONS else self.question
            field.errors = [refusal]
        return is_filled and refusal is None
