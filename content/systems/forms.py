"""What staff type about stops and disturbances; times are typed on a Japanese clock."""

from datetime import datetime

from flask_babel import lazy_gettext
from wtforms import HiddenField, SelectField, TextAreaField

from base.forms import Form, at_most, choices, line, required, stripped
from base.jst import in_jst
from content.models import Page, SystemStop
from content.moment_fields import moment_field
from content.systems.stops import LONGEST_EFFECT, LONGEST_WORDS


class SystemForm(Form):
    system = SelectField(lazy_gettext("システム"))

    def offer(self, pages: list[Page]) -> None:
        self.system.choices = choices([(page.system or "", page.name) for page in pages])


class PlannedStopForm(SystemForm):
    """計画停止 (R2-1)."""

    from_at = moment_field(lazy_gettext("停止の開始"))
    until_at = moment_field(lazy_gettext("停止の終了"))
    effect = line(lazy_gettext("停止の内容"), LONGEST_EFFECT)


class SeenForm(Form):
    """About a stop as it stood when its page was opened (E18)."""

    version = HiddenField()

    @property
    def seen(self) -> int:
        """0 for none that there ever was."""
        typed = self.version.data or ""
        return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0


class CancelForm(SeenForm):
    pass


class PlannedChangeForm(SeenForm):
    from_at = moment_field(lazy_gettext("停止の開始"))
    until_at = moment_field(lazy_gettext("停止の終了"))
    effect = line(lazy_gettext("停止の内容"), LONGEST_EFFECT)


def change_form_of(row: SystemStop) -> PlannedChangeForm:
    until = in_jst(row.until_at) if row.until_at else None
    typed = {"from_at": in_jst(row.from_at), "until_at": until, "effect": row.effect, "version": str(row.version)}
    return PlannedChangeForm(formdata=None, data=typed)


class DisturbanceForm(SystemForm):
    """障害 (R9-7)."""

    from_at = moment_field(lazy_gettext("発生した日時"))
    effect = line(lazy_gettext("障害の内容と影響"), LONGEST_EFFECT)
    next_update_at = moment_field(lazy_gettext("次のお知らせの予定"))


class WordsForm(SeenForm):
    words = TextAreaField(lazy_gettext("経過"), [required(), at_most(LONGEST_WORDS)], filters=[stripped])
    next_update_at = moment_field(lazy_gettext("次のお知らせの予定"))


def words_form_of(row: SystemStop) -> WordsForm:
    return WordsForm(formdata=None, prefix="told-", data={"version": str(row.version)})


class EndForm(SeenForm):
    ended_at = moment_field(lazy_gettext("復旧した日時"))
    words = TextAreaField(lazy_gettext("復旧のお知らせ"), [required(), at_most(LONGEST_WORDS)], filters=[stripped])


def end_form_of(row: SystemStop, words: str, now: datetime) -> EndForm:
    typed = {"version": str(row.version), "words": words, "ended_at": in_jst(now)}
    return EndForm(formdata=None, prefix="end-", data=typed)
