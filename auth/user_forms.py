from flask_babel import lazy_gettext
from wtforms import TextAreaField

from base.forms import Form, at_most, line, required, stripped

LONGEST_REASON = 400
LONGEST_IDENTIFICATION = 200


class LockForm(Form):
    """R6-3."""

    reason = TextAreaField(lazy_gettext("ロックする理由"), [required(), at_most(LONGEST_REASON)], filters=[stripped])


class UnlockForm(Form):
    """R6-3: both are recorded."""

    identified_by = line(lazy_gettext("ご本人を確認した方法"), LONGEST_IDENTIFICATION)
    reason = line(lazy_gettext("解除する理由"), LONGEST_REASON)
