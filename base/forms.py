"""Forms whose labels and messages speak the viewer's language; what was typed is kept (R8-3). The CSRF token is checked for every POST before any form is read."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from flask_babel import LazyString, lazy_gettext
from flask_wtf import FlaskForm
from markupsafe import Markup
from wtforms import Field, SelectChoice, StringField
from wtforms.validators import DataRequired, Length
from wtforms.widgets import HiddenInput


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

        def render_field(self, field: Field, render_kw: Mapping[str, Any]) -> Markup:
            """Nobody looks for what isn't seen: without an id, two forms of a page may hold the same."""
            unseen = {"id": False} if isinstance(field.widget, HiddenInput) else {}
            return super().render_field(field, unseen | dict(render_kw))

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


def required(message: str | LazyString | None = None) -> DataRequired:
    return DataRequired(lazy_gettext("入力してください。") if message is None else message)


def at_most(characters: int) -> Length:
    return Length(max=characters, message=lazy_gettext("%(count)s文字以内で入力してください。", count=characters))


def line(label: str | LazyString, longest: int, *, is_required: bool = True, description: str = "") -> StringField:
    """A single line of text, without the white space around it."""
    checks = [required(), at_most(longest)] if is_required else [at_most(longest)]
    return StringField(label, checks, filters=[stripped], description=description)


def choices(pairs: list[tuple[str, str]]) -> list[SelectChoice]:
    return [SelectChoice(value, label) for value, label in pairs]
