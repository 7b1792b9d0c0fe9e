"""All addresses of the site are on one host, which every request has been checked for: its name is taken apart once."""

from functools import lru_cache
from typing import Any
from wsgiref.types import WSGIEnvironment

from flask import Request
from werkzeug.routing import Map, MapAdapter
from werkzeug.wsgi import get_host


@lru_cache(maxsize=64)
def _name(scheme: str, host: str) -> str:
    return get_host({"wsgi.url_scheme": scheme, "HTTP_HOST": host}).lower()


def _read(text: str) -> str:
    """As WSGI hands bytes over."""
    return text.encode("latin1").decode(errors="replace")


class OneHostMap(Map):
    """Only what no browser sends, a request without a host or to another protocol, takes Werkzeug's longer way."""

    def bind_to_environ(self, environ: WSGIEnvironment | Any, *names: str | None, **named: str | None) -> MapAdapter:
        if isinstance(environ, Request) or "HTTP_HOST" not in environ or "HTTP_UPGRADE" in environ:
            return super().bind_to_environ(environ, *names, **named)
        scheme = environ["wsgi.url_scheme"]
        return MapAdapter(
            self,
            _name(scheme, environ["HTTP_HOST"]),
            _read(environ.get("SCRIPT_NAME") or "/"),
            self.default_subdomain,
            scheme,
            _read(environ.get("PATH_INFO", "")),
            environ["REQUEST_METHOD"],
            _read(environ.get("QUERY_STRING", "")),
        )
