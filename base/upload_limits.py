"""Forms are small, uploads aren't: the views that take files say so, and only they read more (E4)."""

from collections.abc import Callable
from typing import TypeVar

from flask import Flask
from flask.globals import app_ctx, request_ctx

from base.plain_input import READING

View = TypeVar("View", bound=Callable[..., object])


def takes_files(view: View) -> View:
    view.takes_files = True  # type: ignore[attr-defined] # a function takes attributes, as for its audience
    return view


def allow_files() -> None:
    """What surrounds a file may be as large as any other form."""
    asked = request_ctx.request
    if asked.method in READING:
        return
    app = app_ctx.app
    if getattr(app.view_functions.get(asked.endpoint or ""), "takes_files", False):
        form_limit = app.config["MAX_CONTENT_LENGTH"]
        asked.max_content_length = app.config["PORTAL"].attachment_limit + form_limit


def register_upload_limits(app: Flask) -> None:
    """After the gate, so that strangers send nothing large; before the CSRF check, which reads the form."""
    app.before_request(allow_files)
