from flask.globals import request_ctx
from flask_wtf.csrf import CSRFProtect

from base.plain_input import READING


class FormsProtect(CSRFProtect):  # type: ignore[misc] # Flask-WTF ships no types
    """Whether a view is exempt is asked only where a form could have come: what reads alone is never checked (B7)."""

    def protect(self, apply_exemptions: bool = False) -> None:  # noqa: FBT001, FBT002 - Flask-WTF's signature
        if request_ctx.request.method not in READING:
            super().protect(apply_exemptions=apply_exemptions)
