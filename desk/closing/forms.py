from flask_babel import lazy_gettext
from werkzeug.datastructures import FileStorage
from wtforms import DateField, FileField, ValidationError

from base.forms import Form, line, required
from desk.closing.csv import LARGEST
from desk.closing.day_rules import LONGEST_NAME, DayChange, DayKind


class ClosingDayForm(Form):
    """A day on which the operator will be closed (R5-31)."""

    day = DateField(lazy_gettext("日付"), [required(lazy_gettext("日付を入力してください。"))])
    name = line(lazy_gettext("名称"), LONGEST_NAME)

    def change(self) -> DayChange:
        assert self.day.data is not None
        return DayChange(DayKind.CLOSE, self.day.data, self.name.data or "")


class ClosingDaysFileForm(Form):
    """Many at once (R8-7)."""

    file = FileField(lazy_gettext("CSVファイル"))

    def validate_file(self, field: FileField) -> None:
        if not (isinstance(field.data, FileStorage) and field.data.filename):
            raise ValidationError(lazy_gettext("ファイルを選んでください。"))

    def content(self) -> bytes:
        """One byte more than may be: then it is too large."""
        return bytes(self.file.data.stream.read(LARGEST + 1))
