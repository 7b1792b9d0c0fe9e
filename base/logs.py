"""JSON lines with the request's reference and no secret: no query string, no token path, no Referer, no cookie (D8)."""

import json
import logging
import random
import re
import sys
import time
from contextlib import suppress
from functools import lru_cache
from json.encoder import encode_basestring_ascii as quoted
from typing import Any

import structlog
from flask import Flask
from flask.globals import app_ctx, request_ctx
from structlog.typing import EventDict, WrappedLogger
from werkzeug.wrappers import Response

from base import clock

SECRET_PATHS = re.compile(r"/+(verify|credentials|password/+reset)/+.+", re.IGNORECASE | re.DOTALL)
# Wherever a token may come to stand: nothing else in our addresses is as long.
SECRET_LETTERS = 40
SECRET_PART = re.compile(rf"[A-Za-z0-9._~-]{{{SECRET_LETTERS},}}")
REFERENCE_BITS = 32
# Made once: `json.dumps` makes a new one for each line.
_ENCODER = json.JSONEncoder(default=repr)
SECRET_WORDS = ("password", "token", "secret", "cookie", "answer")


@lru_cache(maxsize=256)
def _is_secret(key: str) -> bool:
    return any(word in key.lower() for word in SECRET_WORDS)


def _without_secrets(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    return {key: "***" if _is_secret(key) else value for key, value in event.items()}


def _as_json(_logger: WrappedLogger, _name: str, event: EventDict) -> str:
    return _ENCODER.encode(event)


def safe_path(path: str) -> str:
    found = SECRET_PATHS.match(path)
    if found:
        return f"/{found[1]}/***"
    return path if len(path) < SECRET_LETTERS else SECRET_PART.sub("***", path)


class StandardError:
    """Asked for at each line: a server may put another one in place after the start."""

    @staticmethod
    def msg(line: str) -> None:
        # A log that can't be written, because its disk is full, must not take the request with it (I3).
        with suppress(OSError):
            sys.stderr.write(line + "\n")
            sys.stderr.flush()

    debug = info = warning = error = critical = msg


def _standard_error(*_names: object) -> StandardError:
    return StandardError()


def set_up_logs() -> None:
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _without_secrets,
            structlog.processors.format_exc_info,
            _as_json,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=_standard_error,
        cache_logger_on_first_use=True,
    )


log: Any = structlog.get_logger()


def _begin() -> None:
    own = app_ctx.g
    # A name for the request, not a secret; the front's own stands in its place where there is a front.
    own.reference = f"{random.getrandbits(REFERENCE_BITS):08x}"
    own.began = time.perf_counter()


def _request_line(path: str, method: str, status: int, user: str | None, reference: str, spent: float) -> str:
    """As the processors would compose it, key by key in their order: every request writes one, and most of the words are ours."""
    at = clock.system_time().isoformat(timespec="microseconds")[:-6]
    return (
        f'{{"reference": {quoted(reference)}, "method": {quoted(method)}, "path": {quoted(safe_path(path))}, '
        f'"status": {status}, "milliseconds": {spent:.1f}, "user": {quoted(user) if user else "null"}, '
        f'"event": "request", "level": "info", "timestamp": "{at}Z"}}'
    )


def _end(response: Response) -> Response:
    asked, own = request_ctx.request, app_ctx.g
    if asked.endpoint == "static":
        return response
    spent = (time.perf_counter() - own.began) * 1000
    viewer = own.get("viewer")
    user = viewer.public_id if viewer else None
    StandardError.msg(_request_line(asked.path, asked.method, response.status_code, user, own.reference, spent))
    return response


def register_logs(app: Flask) -> None:
    app.before_request(_begin)
    app.after_request(_end)
