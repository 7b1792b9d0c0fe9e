"""Forms with Japanese messages; what was typed is kept (R8-3). The CSRF token is checked for every POST before any form is read."""

from collections.abc import Iterable
from typing import Protocol

from flask_wtf import FlaskForm
from wtforms import SelectChoice, StringField
from wtforms.validators import DataRequired, Length


class Reason(Protocol):
    """Why not, and beside which field that stands."""

    @property
    def field(self) -> str | None: ...
    @property
    def reason(self) -> str: ...


class Form(FlaskForm):
    form_errors: list[str]

    class Meta(FlaskForm.Meta):
        csrf = False
        locales = ("ja",)

    def refuse(self, reasons: Iterable[Reason]) -> None:
        """Put each reason beside its field, where the form itself found nothing; the rest stands above."""
        for reason in reasons:
            field = self._fields.get(reason.field or "")
            if field is None:
                self.form_errors = [*self.form_errors, reason.reason]
            elif not field.errors:
                field.errors = [reason.reason]


def stripped(value: str | None) -> str:
    return (value or "").strip(" \t\r\n　")


def required(message: str = "入力してください。") -> DataRequired:
    return DataRequired(message)


def at_most(characters: int) -> Length:
    return Length(max=characters, message=f"{characters}文字以内で入力してください。")


def line(label: str, longest: int, *, is_required: bool = True, description: str = "") -> StringField:
    """A single line of text, without the white space around it."""
    checks = [required(), at_most(longest)] if is_required else [at_most(longest)]
    return StringField(label, checks, filters=[stripped], description=description)


def choices(pairs: list[tuple[str, str]]) -> list[SelectChoice]:
    return [SelectChoice(value, label) for value, label in pairs]
