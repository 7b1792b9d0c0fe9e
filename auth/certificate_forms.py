from flask_babel import lazy_gettext
from wtforms import Field, SelectField, ValidationError

from auth.models import Organization
from auth.names import LONGEST_PC, pc_refusal_for, tidy_kanji
from base.forms import Form, choices, line, required

LONGEST_REASON = 200


class OrganizationChoice(Form):
    organization = SelectField(
        lazy_gettext("事業者"), [required(lazy_gettext("事業者を選んでください。"))], validate_choice=False
    )

    def offer(self, organizations: list[Organization]) -> None:
        self.organization.choices = choices(
            [("", lazy_gettext("選んでください")), *((each.public_id, each.name) for each in organizations)]
        )


class AddForm(OrganizationChoice):
    """A known certificate for one more organization (R4-4)."""

    pc_name = line(lazy_gettext("PC名"), LONGEST_PC)

    def validate_pc_name(self, field: Field) -> None:
        if not field.errors and (reason := pc_refusal_for(tidy_kanji(field.data))):
            raise ValidationError(reason)


class ReasonForm(Form):
    """Why a certificate is suspended or revoked: the trail keeps it (R8-1)."""

    reason = line(lazy_gettext("理由"), LONGEST_REASON)


class SuspendForm(ReasonForm, OrganizationChoice):
    """For one of the organizations that it is registered for (R4-5)."""
