"""A contact manager's own people at a stage, and those whose account is deleted while their rights still stand (R5-43, R5-44)."""

from collections.abc import Callable, Sequence
from datetime import datetime

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from auth.dormancy_csv import dormancy_csv
from auth.dormancy_shown import Shown, people_at_a_stage, shown, still_there
from auth.dormancy_words import STAGE_COLOURS, STAGE_LABELS
from auth.gate import viewer
from auth.models import User
from base import clock
from base.audience import CONTACT_MANAGER, audience
from base.db import db

# The deleted people of an organization who still hold rights that nobody asked to remove: the floor above knows them.
Unremoved = Callable[[Session, int, datetime], Sequence[User]]


def _at_a_stage(session: Session) -> list[Shown]:
    own = people_at_a_stage().where(User.organization_id == viewer().organization_id, still_there())
    return shown(session, session.scalars(own).all(), clock.now())


def dormancy_blueprint(unremoved: Unremoved) -> Blueprint:
    blueprint = Blueprint("dormancy", __name__)

    @blueprint.get("/dormancy")
    @audience(CONTACT_MANAGER)
    def show_own() -> str:
        session = db.session()
        deleted = shown(session, unremoved(session, viewer().organization_id, clock.now()), clock.now())
        return render_template(
            "dormancy/own.html",
            rows=_at_a_stage(session),
            deleted=deleted,
            labels=STAGE_LABELS,
            colours=STAGE_COLOURS,
        )

    @blueprint.get("/dormancy.csv")
    @audience(CONTACT_MANAGER)
    def export_own() -> ResponseReturnValue:
        session = db.session()
        deleted = shown(session, unremoved(session, viewer().organization_id, clock.now()), clock.now())
        return dormancy_csv([*_at_a_stage(session), *deleted], clock.now())

    return blueprint
