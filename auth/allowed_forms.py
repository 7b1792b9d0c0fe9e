from datetime import date

from flask_babel import lazy_gettext
from wtforms import DateField, Field, SelectField, TextAreaField, ValidationError
from wtforms.validators import InputRequired

from auth.allowed_rules import refuse_review
from auth.models import Organization
from auth.names import LONGEST_KANJI
from auth.network_rules import read_network
from base.forms import Form, at_most, choices, line, required, stripped
from base.refusals import Refused

LONGEST_NETWORK = 64
LONGEST_REASON = 400


class AllowedAddressForm(Form):
    """A static address abroad (R2-8)."""

    organization = SelectField(
        lazy_gettext("事業者"), [required(lazy_gettext("事業者を選んでください。"))], validate_choice=False
    )
    network = line(lazy_gettext("IPアドレス"), LONGEST_NETWORK)
    reason = TextAreaField(
        lazy_gettext("国外から利用する理由"), [required(), at_most(LONGEST_REASON)], filters=[stripped]
    )
    approver = line(lazy_gettext("承認者"), LONGEST_KANJI)
    review_on = DateField(lazy_gettext("見直し期日"), [InputRequired(lazy_gettext("日付を入力してください。"))])

    def validate_network(self, field: Field) -> None:
        """So that all that is wrong is told together."""
        if field.errors:
            return
        try:
            read_network(field.data)
        except Refused as refusal:
            raise ValidationError(refusal.reason) from refusal

    def is_fit(self, today: date) -> bool:
        """What hangs on the day too, so that all that is wrong is told together."""
        is_valid = self.validate()
        if self.review_on.errors:
            return False
        try:
            refuse_review(self.review_on.data, today)
        except Refused as refusal:
            self.refuse([refusal])
            return False
        return is_valid

    def offer(self, organizations: list[Organization]) -> None:
        self.organization.choices = choices(
            [("", lazy_gettext("選んでください")), *((each.public_id, each.name) for each in organizations)]
        )
