"""Fields for passwords: what was typed into them is never sent back (R8-3)."""

from collections.abc import Iterable

from flask_babel import lazy_gettext
from wtforms import PasswordField, ValidationError

from auth.password_rules import ALLOWED as ALLOWED_CHARACTERS
from auth.password_rules import LONGEST, SHORTEST, SYMBOLS, Condition
from auth.password_words import LABELS, REASONS
from auth.passwords import typed
from base.forms import Form, required


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

    def refuse_conditions(self, failed: Iterable[Condition]) -> None:
        """Each beside the field, all at once (R6-4)."""
        self.failed = frozenset(failed)
        self.password.errors = [REASONS[condition] for condition in Condition if condition in self.failed]
