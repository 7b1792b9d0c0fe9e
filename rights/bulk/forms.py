from flask_babel import lazy_gettext
from wtforms import FileField

from base.forms import Form


class BulkForm(Form):
    """R9-13: one CSV file."""

    file = FileField(lazy_gettext("CSVファイル"))
