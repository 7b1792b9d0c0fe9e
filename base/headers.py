"""Headers of every answer: nothing personal is kept, nothing foreign is loaded, nobody frames us (B8, E19)."""

import base64
import hashlib
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask
from markupsafe import Markup

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
FIXED = {
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}

Headers = list[tuple[str, str]]

_FIXED: Headers = list(FIXED.items())


@lru_cache(maxsize=1)
def own_style(static_folder: str) -> tuple[Markup, str]:
    """The style for a page that may fetch nothing, and the policy that allows exactly this text."""
    text = (Path(static_folder) / "css" / "core.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; frame-ancestors 'none'"
    return Markup(text), policy  # noqa: S704 - our own file


def with_fixed(headers: Headers, path: str, status: str) -> Headers:
    """Policy and caching only where the answer doesn't bring its own; a static file may be kept, what refuses one may not."""
    named = {name.lower() for name, _ in headers}
    added = list(_FIXED)
    if "content-security-policy" not in named:
        added.append(("Content-Security-Policy", POLICY))
    if "cache-control" not in named and not (path.startswith("/static/") and status < "4"):
        added.append(("Cache-Control", "no-store"))
    return headers + added


class FixedHeaders:
    """Around the application: one list for every answer, whoever made it."""

    def __init__(self, wsgi_app: WSGIApplication) -> None:
        self._wsgi_app = wsgi_app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: Headers, fault: Any = None) -> Any:
            return start_response(status, with_fixed(headers, environ["PATH_INFO"], status), fault)

        return self._wsgi_app(environ, start)


def register_headers(app: Flask) -> None:
    app.wsgi_app = FixedHeaders(app.wsgi_app)  # type: ignore[method-assign] # Flask's own way to wrap
