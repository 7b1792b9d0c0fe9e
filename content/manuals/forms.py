"""What staff type about a manual. Numbers, days and who are no fields (E14)."""

from typing import Any

from flask_babel import lazy_gettext
from wtforms import FileField, IntegerField, TextAreaField
from wtforms.validators import InputRequired
from wtforms.widgets import HiddenInput

from base.forms import Form, at_most, line, required, stripped
from content.files.attachments import Upload
from content.manuals.manuals import LONGEST_CHANGE, LONGEST_NAME


def _change(label: Any, *, is_required: bool) -> TextAreaField:
    checks = [required()] if is_required else []
    return TextAreaField(label, [*checks, at_most(LONGEST_CHANGE)], filters=[stripped])


class BeginForm(Form):
    name = line(lazy_gettext("資料の名前"), LONGEST_NAME)
    what_changed = _change(lazy_gettext("変更点"), is_required=False)


class NameForm(Form):
    name = line(lazy_gettext("資料の名前"), LONGEST_NAME)


class VersionForm(Form):
    """`after`: the last number that there was when the form was opened."""

    after = IntegerField(widget=HiddenInput(), validators=[InputRequired()])
    files = FileField(lazy_gettext("新しい版のファイル"), [InputRequired(lazy_gettext("ファイルを選んでください。"))])
    what_changed = _change(lazy_gettext("変更点"), is_required=True)

    def upload(self) -> Upload:
        return Upload(self.files.data.filename, self.files.data.stream)


class ChangeForm(Form):
    what_changed = _change(lazy_gettext("変更点"), is_required=True)
