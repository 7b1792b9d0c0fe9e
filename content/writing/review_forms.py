from flask_babel import lazy_gettext
from wtforms import HiddenField, IntegerField, TextAreaField
from wtforms.validators import InputRequired
from wtforms.widgets import HiddenInput

from base.forms import Form, at_most, required, stripped
from content.writing.reviews import LONGEST_WORD


class ApprovalForm(Form):
    """What the person looked at."""

    revision = IntegerField(widget=HiddenInput(), validators=[InputRequired()])
    files = HiddenField(default="")


class ReturnForm(Form):
    word = TextAreaField(lazy_gettext("差し戻す理由"), [required(), at_most(LONGEST_WORD)], filters=[stripped])
