"""For probes on the application's own socket; the front answers 404 for them."""

from flask import Blueprint
from flask.typing import ResponseReturnValue
from sqlalchemy import text

from base.audience import PROBE, audience
from base.db import db


@audience(PROBE)
def healthz() -> ResponseReturnValue:
    return "ok\n", 200, {"Content-Type": "text/plain; charset=utf-8"}


@audience(PROBE)
def readyz() -> ResponseReturnValue:
    """Ready where the database answers and holds our tables; the error handler turns its absence into 503."""
    db.session.execute(text("SELECT version_num FROM alembic_version")).one()
    return "ready\n", 200, {"Content-Type": "text/plain; charset=utf-8"}


def health_blueprint() -> Blueprint:
    blueprint = Blueprint("health", __name__)
    blueprint.add_url_rule("/healthz", view_func=healthz)
    blueprint.add_url_rule("/readyz", view_func=readyz)
    return blueprint
