"""Forms with Japanese messages; what was typed is kept (R8-3). The CSRF token is checked for every POST before any form is read."""

from flask_wtf import FlaskForm
from wtforms import SelectChoice, StringField
from wtforms.validators import DataRequired, Length


class Form(FlaskForm):
    class Meta(FlaskForm.Meta):
        csrf = False
        locales = ("ja",)


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
