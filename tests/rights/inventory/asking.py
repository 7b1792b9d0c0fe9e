"""An inventory of the cast's organizations."""

from datetime import date, timedelta

from flask import Flask
from sqlalchemy import select

from auth.models import User
from base.db import db, transaction
from rights.inventory.campaigns import start_campaign
from rights.inventory.models import InventoryItem
from tests.cast import Cast
from tests.certificates import NOW
from tests.rights.entries import acting

NAME = "下期の棚卸"
BEGUN = NOW - timedelta(days=2)
DUE = date(2026, 12, 11)


def begun(app: Flask, cast: Cast) -> str:
    """Its public id."""
    with app.app_context(), transaction() as session:
        by = acting(session.get_one(User, cast.reception.user_id))
        return start_campaign(session, NAME, DUE, by=by, now=BEGUN).public_id


def answers(app: Flask) -> dict[str, str | None]:
    """By name."""
    with app.app_context():
        rows = db.session.execute(select(User.name_kanji, InventoryItem.answer).join(InventoryItem.user))
        return dict(rows.all())
