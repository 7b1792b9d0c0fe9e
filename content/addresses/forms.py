from collections.abc import Callable

from flask_babel import lazy_gettext
from wtforms import Field, SelectField, ValidationError

from auth.models import Organization
from auth.names import LONGEST_KANJI
from base.forms import Form, choices, line, required
from base.refusals import Refused
from content.addresses.syntax import contact_address, contact_name

LONGEST_ADDRESS = 254


class AddressForm(Form):
    """仮登録 (R7-10)."""

    organization = SelectField(
        lazy_gettext("事業者"), [required(lazy_gettext("事業者を選んでください。"))], validate_choice=False
    )
    person_name = line(lazy_gettext("氏名"), LONGEST_KANJI)
    address = line(lazy_gettext("メールアドレス"), LONGEST_ADDRESS)

    def validate_person_name(self, field: Field) -> None:
        self._ask(contact_name, field)

    def validate_address(self, field: Field) -> None:
        self._ask(contact_address, field)

    @staticmethod
    def _ask(rule: Callable[[str], str], field: Field) -> None:
        """So that all that is wrong is told together; what is wrong already needs no second reason."""
        if field.errors:
            return
        try:
            rule(field.data)
        except Refused as refusal:
            raise ValidationError(refusal.reason) from refusal

    def offer(self, organizations: list[Organization]) -> None:
        self.organization.choices = choices(
            [("", lazy_gettext("選んでください")), *((each.public_id, each.name) for each in organizations)]
        )
