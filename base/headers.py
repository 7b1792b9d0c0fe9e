"""Headers of every answer: nothing personal is kept, nothing foreign is loaded, nobody frames us (B8, E19)."""

import base64
import hashlib
from functools import lru_cache
from pathlib import Path

from flask import Flask, request
from markupsafe import Markup
from werkzeug.wrappers import Response

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
FIXED = {
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


@lru_cache(maxsize=1)
def own_style(static_folder: str) -> tuple[Markup, str]:
    """The style for a page that may fetch nothing, and the policy that allows exactly this text."""
    text = (Path(static_folder) / "css" / "core.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; frame-ancestors 'none'"
    return Markup(text), policy  # noqa: S704 - our own file


def set_headers(response: Response) -> Response:
    for name, value in FIXED.items():
        response.headers[name] = value
    response.headers.setdefault("Content-Security-Policy", POLICY)
    if request.endpoint != "static" or response.status_code >= 400:
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def register_headers(app: Flask) -> None:
    app.after_request(set_headers)
