"""Fields for a date with its time, typed on a Japanese clock (R8-2)."""

from datetime import UTC, datetime

from flask_babel import LazyString, lazy_gettext
from flask_babel import gettext as _
from wtforms import DateTimeLocalField, Field, ValidationError
from wtforms.validators import Optional

from base.forms import required
from base.jst import JST, in_jst

YEARS = range(2020, 2100)
FORMAT = "%Y-%m-%dT%H:%M"


def _sensible(_form: object, field: Field) -> None:
    if field.data and field.data.year not in YEARS:
        raise ValidationError(_("日時を確かめてください。"))


def moment_field(label: str | LazyString) -> DateTimeLocalField:
    checks = [required(lazy_gettext("日時を入力してください。")), _sensible]
    return DateTimeLocalField(label, checks, format=FORMAT)


def optional_moment_field(label: str | LazyString) -> DateTimeLocalField:
    return DateTimeLocalField(label, [Optional(), _sensible], format=FORMAT)


def instant(field: DateTimeLocalField) -> datetime:
    typed: datetime = field.data
    return typed.replace(tzinfo=JST).astimezone(UTC)


def instant_if_any(field: DateTimeLocalField) -> datetime | None:
    return instant(field) if field.data else None


def typed(at: datetime | None) -> datetime | None:
    """As the field shows it."""
    return in_jst(at) if at else None
