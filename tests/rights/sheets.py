"""Requests of one processing date in the cast's rooms, for the tests of the processing-date desk."""

from collections.abc import Sequence
from datetime import date, datetime

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.models import Organization, User
from base.actors import Actor
from base.db import db, transaction
from rights.changes import Wanted, enter_change
from rights.codes import AskedRights, System
from rights.models import RightsRequest
from rights.processing.run import carry_out
from rights.removals import enter_removal
from rights.requests import accept_request
from tests.cast import Cast, Person
from tests.rights.entries import CALENDAR, at, entered

# Accepted on the day the cast lives in: 2026-11-22 is a Sunday, M follows from 11-24.
ACCEPTED, M = date(2026, 11, 24), date(2026, 12, 1)


def actor_of(person: Person) -> Actor:
    return Actor(person.login_id, person.user_id, person.organization_id)


def new_people(app: Flask, cast: Cast, people: Sequence[tuple[str, AskedRights]], on: date = ACCEPTED) -> list[str]:
    """Accepted requests of ひがしガス for these; answers their public ids."""
    with app.app_context(), transaction() as session:
        organization = session.get_one(Organization, cast.higashi_manager.organization_id)
        ids = []
        for name, asked in people:
            login_id, by = f"{name}@higashi-gas.example", actor_of(cast.higashi_manager)
            row = entered(session, organization, by, at(on), asked=asked, login_id=login_id, memo="人数の確認済み")
            accept_request(session, row, CALENDAR, by=actor_of(cast.reception), now=at(on, 11))
            ids.append(row.public_id)
        return ids


def change_and_removal(app: Flask, cast: Cast, on: date = ACCEPTED) -> tuple[str, str]:
    """LOACUS of one changes, all rights of another end."""
    with app.app_context(), transaction() as session:
        organization = session.get_one(Organization, cast.higashi_manager.organization_id)
        by = actor_of(cast.higashi_manager)
        reader, own = (session.get_one(User, who.user_id) for who in (cast.higashi_reader, cast.higashi_manager))
        rights = AskedRights(taxis="1011", johs="J1010", juju="yes", loacus="02011")
        change = enter_change(
            session, organization, reader, Wanted(rights, "人数の確認済み"), CALENDAR, by=by, now=at(on)
        )
        removal = enter_removal(session, organization, own, "", CALENDAR, by=by, now=at(on))
        return change.public_id, removal.public_id


def run(app: Flask, m: date = M) -> None:
    with app.app_context(), transaction() as session:
        carry_out(session, m, 1000, by=Actor("worker"), now=at(m, 0))


def request_by(app: Flask, public_id: str) -> RightsRequest:
    with app.app_context():
        row = db.session.scalars(select(RightsRequest).where(RightsRequest.public_id == public_id)).one()
        assert row.parts is not None
        return row


def done_systems(row: RightsRequest) -> set[System]:
    return {System(part.system) for part in row.parts if part.done_at is not None}


def effect_of(session: Session, row: RightsRequest, system: System) -> datetime | None:
    return next(part.effect_at for part in row.parts if part.system == system)
