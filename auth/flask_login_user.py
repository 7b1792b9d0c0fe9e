from flask import Flask, g
from flask_login import LoginManager
from werkzeug.wrappers import Response


class NothingRemembered(LoginManager):
    """No cookie of ours remembers anybody: there is none to write anew after each request."""

    def _update_remember_cookie(self, response: Response) -> Response:
        return response


def register_flask_login(app: Flask) -> None:
    """`current_user` is whom the gate let in at this very request."""
    logins = NothingRemembered(app)
    logins.session_protection = None
    logins.request_loader(lambda _request: g.get("viewer"))
