from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface


class OneCookie(SecureCookieSessionInterface):
    """Of two cookies of its name neither is believed: one of them was planted (B6)."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if len(request.cookies.getlist(self.get_cookie_name(app))) > 1:
            return self.session_class()
        return super().open_session(app, request)
