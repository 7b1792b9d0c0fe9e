from flask_babel import lazy_gettext
from werkzeug.datastructures import FileStorage
from wtforms import FileField, ValidationError

from auth.ca_rules import LARGEST_BUNDLE
from auth.list_sources import LONGEST_SOURCE, source_refusal
from base.forms import Form, line


class CaFileForm(Form):
    """The file of the next CA, checked before anything is kept (R4-2)."""

    file = FileField(lazy_gettext("認証局の証明書のファイル"))

    def validate_file(self, field: FileField) -> None:
        if not (isinstance(field.data, FileStorage) and field.data.filename):
            raise ValidationError(lazy_gettext("ファイルを選んでください。"))

    def content(self) -> bytes:
        """One byte more than may be: then it is too large."""
        return bytes(self.file.data.stream.read(LARGEST_BUNDLE + 1))


class SourceForm(Form):
    """Where a CA's revocation list comes from (R4-5)."""

    source = line(lazy_gettext("失効リストの取得元"), LONGEST_SOURCE)

    def validate_source(self, field: FileField) -> None:
        if not field.errors and (refusal := source_refusal(field.data)):
            raise ValidationError(refusal)
