"""What no form of ours sends is refused before anybody reads it: NUL anywhere, a query without end, a body that is no form (B7, C7, C12, E17)."""

from collections.abc import Iterator

from flask import Flask, abort, request
from flask.globals import request_ctx

# What nginx lets through in one line; no address of ours is nearly as long.
LONGEST_QUERY = 8 * 1024
READING = {"GET", "HEAD", "OPTIONS"}
FORM_TYPES = {"application/x-www-form-urlencoded", "multipart/form-data"}


def _texts() -> Iterator[str]:
    for texts in (request.args, request.form):
        for name, value in texts.items(multi=True):
            yield from (name, value)
    for name, file in request.files.items(multi=True):
        yield from (name, file.filename or "")


def _names_nul(path: str, query: bytes) -> bool:
    """A query has to spell it: there is nothing to take apart where it doesn't."""
    return "\0" in path or b"%00" in query or b"\0" in query


def refuse_odd_input() -> None:
    asked = request_ctx.request
    if len(asked.query_string) > LONGEST_QUERY or _names_nul(asked.path, asked.query_string):
        abort(400)
    if asked.method in READING:
        return
    if asked.mimetype not in FORM_TYPES or any("\0" in text for text in _texts()):
        abort(400)


def refuse_doubles() -> None:
    """For forms before the login: a field that comes twice is no form of ours (C12)."""
    if any(len(values) > 1 for values in request.form.listvalues()):
        abort(400)


def register_plain_input(app: Flask) -> None:
    app.before_request(refuse_odd_input)
