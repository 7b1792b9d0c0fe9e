from flask_babel import lazy_gettext
from wtforms import IntegerField, TextAreaField
from wtforms.validators import InputRequired
from wtforms.widgets import HiddenInput

from base.forms import Form, required
from base.refusals import Refused
from content.texts.queries import Source
from content.texts.site_texts import TextWords, text_words


class SiteTextForm(Form):
    """`revision` is the one that the person opened (E18). Who saved and when are no fields (E14)."""

    revision = IntegerField(widget=HiddenInput(), validators=[InputRequired()])
    source = TextAreaField(lazy_gettext("本文(Markdown)"), [required()])
    source_en = TextAreaField(lazy_gettext("本文(英語、Markdown)"))

    def words(self) -> TextWords | None:
        """None where something is wrong; each reason then stands beside its field (R8-3)."""
        if not self.validate():
            return None
        try:
            return text_words(self.source.data or "", self.source_en.data or "")
        except Refused as refusal:
            self.refuse([refusal])
            return None


class RestoreForm(Form):
    """`number`: the revision to go back to; `revision` as above."""

    revision = IntegerField(validators=[InputRequired()])
    number = IntegerField(validators=[InputRequired()])


def form_of(source: Source) -> SiteTextForm:
    values = {"revision": source.number, "source": source.source, "source_en": source.source_en}
    return SiteTextForm(formdata=None, data=values)
