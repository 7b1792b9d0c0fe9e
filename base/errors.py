"""Error pages (R2-7): what happened, what to do, whom to call; a code and a reference that the log line has too."""

from types import TracebackType

from flask import Flask, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from base import clock
from base.jst import show_error_time
from base.logs import log, safe_path
from base.refusals import Refused

DATABASE_CODE = "DB0001"
UNKNOWN_CODE = "EF9999"
RETRY_SECONDS = "5"
OWN_PAGES = {400, 403, 404, 405, 408, 409, 413, 414, 429, 503}


def _page(status: int | str, number: int, **words: object) -> ResponseReturnValue:
    return render_template("errors/error.html", status=status, **words), number


def show_http_error(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None:
        return error.response
    code = error.code or 500
    if code >= 500 and code not in OWN_PAGES:
        return show_fault(error)
    page = render_template("errors/error.html", status=code if code in OWN_PAGES else 400)
    # What the protocol asks for stays: Allow with 405, Retry-After with 429 and 503.
    headers = [(name, value) for name, value in error.get_headers(request.environ) if name != "Content-Type"]
    return page, code, headers


def show_expired_form(_error: CSRFError) -> ResponseReturnValue:
    return _page("form_expired", 400)


def show_refusal(refusal: Refused) -> ResponseReturnValue:
    return _page(refusal.status, refusal.status, advice=refusal.reason)


def _fault_words(code: str, fault: BaseException) -> dict[str, str]:
    now = clock.now()
    log.error("fault", reference=g.get("reference"), code=code, exc_info=fault)
    return {"error_code": code, "reference": g.get("reference", ""), "error_time": show_error_time(now)}


def show_database_fault(fault: SQLAlchemyError) -> ResponseReturnValue:
    """The database is away or busy: nothing was saved, and nobody is taken for somebody else (B10, I5)."""
    is_away = isinstance(fault, PoolTimeout) or (isinstance(fault, DBAPIError) and _is_operational(fault))
    if not is_away:
        return show_fault(fault)
    page = render_template("errors/error.html", status=503, **_fault_words(DATABASE_CODE, fault))
    return page, 503, {"Retry-After": RETRY_SECONDS}


def _is_operational(fault: DBAPIError) -> bool:
    return type(fault).__name__ == "OperationalError" or fault.connection_invalidated


def show_fault(fault: Exception) -> ResponseReturnValue:
    return _page(500, 500, **_fault_words(UNKNOWN_CODE, fault))


Escaped = tuple[type, BaseException, TracebackType] | tuple[None, None, None]


def log_escaped(exc_info: Escaped) -> None:
    """What happened outside the views, which no handler of theirs sees; Flask's own line would name a token's path (D8)."""
    log.error("escaped fault", reference=g.get("reference"), path=safe_path(request.path), exc_info=exc_info)


def register_errors(app: Flask) -> None:
    app.log_exception = log_escaped  # type: ignore[method-assign] # Flask asks for it by this name
    app.register_error_handler(HTTPException, show_http_error)
    app.register_error_handler(CSRFError, show_expired_form)
    app.register_error_handler(Refused, show_refusal)
    app.register_error_handler(SQLAlchemyError, show_database_fault)
    app.register_error_handler(Exception, show_fault)
