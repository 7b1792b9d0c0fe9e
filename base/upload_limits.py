"""Forms are small, uploads aren't: the views that take files say so, and only they read more (E4)."""

from collections.abc import Callable
from typing import TypeVar

from flask import Flask, current_app, request

View = TypeVar("View", bound=Callable[..., object])


def takes_files(view: View) -> View:
    view.takes_files = True  # type: ignore[attr-defined] # a function takes attributes, as for its audience
    return view


def allow_files() -> None:
    """What surrounds a file may be as large as any other form."""
    view = current_app.view_functions.get(request.endpoint or "")
    if getattr(view, "takes_files", False):
        form_limit = current_app.config["MAX_CONTENT_LENGTH"]
        request.max_content_length = current_app.config["PORTAL"].attachment_limit + form_limit


def register_upload_limits(app: Flask) -> None:
    """After the gate, so that strangers send nothing large; before the CSRF check, which reads the form."""
    app.before_request(allow_files)
