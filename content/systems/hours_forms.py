"""What staff type about hours: a day, and two times of the Japanese clock up to 24:00."""

import re
import unicodedata
from datetime import timedelta

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms import DateField, Field, StringField, ValidationError

from base.forms import required, stripped
from content.moment_fields import YEARS
from content.systems.forms import SystemForm
from content.systems.opening_hours import Hours

_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)|24:00", re.ASCII)


def _sensible_day(_form: object, field: Field) -> None:
    if field.data and field.data.year not in YEARS:
        raise ValidationError(_("日付を確かめてください。"))


def _normal(value: str | None) -> str:
    return unicodedata.normalize("NFKC", stripped(value))


def _is_clock(_form: object, field: Field) -> None:
    if not _CLOCK.fullmatch(field.data):
        raise ValidationError(_("時刻は 7:30 や 24:00 のように入力してください。"))


def _after_opening(form: "HoursForm", field: Field) -> None:
    if _CLOCK.fullmatch(form.opens.data) and since_midnight(field) <= since_midnight(form.opens):
        raise ValidationError(_("終了は、開始より後の時刻を入力してください。"))


def since_midnight(field: Field) -> timedelta:
    hours, minutes = field.data.split(":")
    return timedelta(hours=int(hours), minutes=int(minutes))


class HoursForm(SystemForm):
    """利用時間の変更 (R2-1)."""

    from_day = DateField(lazy_gettext("いつから"), [required(lazy_gettext("日付を入力してください。")), _sensible_day])
    opens = StringField(lazy_gettext("開始時刻"), [required(), _is_clock], filters=[_normal])
    closes = StringField(lazy_gettext("終了時刻"), [required(), _is_clock, _after_opening], filters=[_normal])

    @property
    def hours(self) -> Hours:
        return Hours(since_midnight(self.opens), since_midnight(self.closes))
