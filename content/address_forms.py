from wtforms import SelectField

from auth.models import Organization
from auth.names import LONGEST_KANJI
from base.forms import Form, choices, line, required
from base.refusals import Refused

LONGEST_ADDRESS = 254


class AddressForm(Form):
    """仮登録 (R7-10)."""

    form_errors: list[str]

    organization = SelectField("事業者", [required("事業者を選んでください。")], validate_choice=False)
    person_name = line("氏名", LONGEST_KANJI)
    address = line("メールアドレス", LONGEST_ADDRESS)

    def offer(self, organizations: list[Organization]) -> None:
        self.organization.choices = choices(
            [("", "選んでください"), *((each.public_id, each.name) for each in organizations)]
        )

    def refuse(self, refusal: Refused) -> None:
        """Put the reason beside its field; what belongs to none stands above."""
        field = self._fields.get(refusal.field or "")
        if field is None:
            self.form_errors = [*self.form_errors, refusal.reason]
        else:
            field.errors = [*field.errors, refusal.reason]
