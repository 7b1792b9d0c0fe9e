"""What stands in a form, as plain texts by the field's name: so it is kept, compared and filled in again."""

import json
from collections.abc import Mapping

from wtforms import BooleanField, Field, HiddenField, MultipleFileField, SelectField, TextAreaField
from wtforms.form import BaseForm
from wtforms.widgets import HiddenInput

from content.article_text import kept_source

TICKED = "y"


def is_typed(field: Field) -> bool:
    """By a person: neither what the form carries for itself nor files, which aren't kept in any form."""
    return not isinstance(field, HiddenField | MultipleFileField) and not isinstance(field.widget, HiddenInput)


def is_long(field: Field) -> bool:
    return isinstance(field, TextAreaField)


def words_of(form: BaseForm) -> dict[str, str]:
    return {field.name: _words(field) for field in form if is_typed(field)}


def _words(field: Field) -> str:
    if isinstance(field, BooleanField):
        return TICKED if field.data else ""
    if isinstance(field, SelectField):
        return str(field.data or "")
    return kept_source(str(field._value() or ""))  # noqa: SLF001 - what its widget writes


def written(words: Mapping[str, str]) -> str:
    return json.dumps(dict(words), ensure_ascii=False, sort_keys=True)


def read_again(text: str) -> dict[str, str]:
    """What can't be read is nothing: it may come out of a form."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return {name: value for name, value in found.items() if isinstance(value, str)} if isinstance(found, dict) else {}
