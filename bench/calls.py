"""Requests to an application in this process, as a server hands them over."""

import io
import sys
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from flask import Flask

from bench.stage import Seat


class Unfit(SystemExit):
    """What was to be measured doesn't answer as it should."""


def environ_of(path: str, seat: Seat | None = None) -> dict[str, Any]:
    """Without a seat: somebody whom nginx found no certificate with."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "443",
        "HTTP_HOST": "localhost",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "",
        "HTTP_X_REQUEST_ID": "0123456789abcdef0123456789abcdef",
        "HTTP_X_CLIENT_ADDRESS": "192.0.2.7",
        "HTTP_X_CLIENT_VERIFY": "NONE",
        "HTTP_ACCEPT": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8",
        "HTTP_ACCEPT_LANGUAGE": "ja,en;q=0.5",
        "HTTP_USER_AGENT": "Mozilla/5.0 (X11; Linux x86_64)",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    if seat:
        certificate = quote(seat.client.pem, safe="")
        environ |= {"HTTP_COOKIE": seat.cookie, "HTTP_X_CLIENT_VERIFY": "SUCCESS", "HTTP_X_CLIENT_CERT": certificate}
    return environ


def call(app: Flask, environ: dict[str, Any]) -> tuple[int, bytes]:
    """Status and body."""
    answer = [""]

    def start(status: str, _headers: Iterable[tuple[str, str]], _fault: Any = None) -> Any:
        answer[0] = status

    parts = app.wsgi_app(dict(environ), start)
    try:
        body = b"".join(parts)
    finally:
        if close := getattr(parts, "close", None):
            close()
    return int(answer[0][:3]), body


def checked(app: Flask, path: str, seat: Seat | None, status: int, holds: str = "") -> int:
    """The answer's size; `Unfit` where status or content isn't as expected."""
    found, body = call(app, environ_of(path, seat))
    if found != status or holds.encode() not in body:
        raise Unfit(f"{path} for {seat.name if seat else 'nobody'}: {found} instead of {status}, or without “{holds}”")
    return len(body)


def check_refusals(app: Flask, seats: Iterable[Seat]) -> None:
    """Nobody is measured who sees what isn't meant for him."""
    by_name = {seat.name: seat for seat in seats}
    hidden = by_name["one page"]
    checked(app, f"/articles/{hidden.article}", by_name["ordinary"], 404)
    checked(app, hidden.list_path, by_name["ordinary"], 404)
    checked(app, hidden.list_path, by_name["none"], 404)
    checked(app, hidden.list_path, None, 403)
