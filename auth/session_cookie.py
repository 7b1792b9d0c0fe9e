from copy import deepcopy
from functools import lru_cache
from typing import Any

from flask import Flask, Request, Response
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from itsdangerous import BadSignature
from werkzeug.sansio.http import parse_cookie

MOST_KEPT = 4096
LONGEST_KEPT = 1024


class OneCookie(SecureCookieSessionInterface):
    """Of two cookies of its name neither is believed: one of them was planted (B6).

    A header's signature is verified once: it can't change. Whether its session still serves, its row says at every request.
    """

    def __init__(self, app: Flask) -> None:
        self._name = self.get_cookie_name(app)
        self._signing = self.get_signing_serializer(app)
        self._oldest = int(app.permanent_session_lifetime.total_seconds())
        self._kept = lru_cache(MOST_KEPT)(self._content)

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession:  # noqa: ARG002 - Flask's signature
        header = request.environ.get("HTTP_COOKIE", "")
        content = self._kept(header) if len(header) <= LONGEST_KEPT else self._content(header)
        # A message is taken out of the very list that holds it: what is kept has to stay whole.
        is_plain = all(isinstance(value, str) for value in content.values())
        return self.session_class(content if is_plain else deepcopy(content))

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Only what has changed. `Vary: Cookie` is for caches, and no personal page may be kept by one."""
        if session.modified:
            super().save_session(app, session, response)

    def _content(self, header: str) -> dict[str, Any]:
        named = parse_cookie(header).getlist(self._name)
        if len(named) != 1 or self._signing is None:
            return {}
        try:
            content: dict[str, Any] = self._signing.loads(named[0], max_age=self._oldest)
        except BadSignature:
            return {}
        return content
