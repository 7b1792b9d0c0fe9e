"""A session that a lock should have ended, though nobody used it while the lock stood (B4, R6-3)."""

import pytest
from flask import Flask
from sqlalchemy import select

from auth.locks import count_wrong
from auth.models import LoginSession
from base.db import db, transaction
from tests.auth.test_credential_views import change
from tests.browsing import Visitor, logged_in
from tests.cast import Cast, Person
from tests.certificates import NOW

CALL = {"identified_by": "折り返しの電話", "reason": "ご本人からの依頼"}


def of(person: Person, action: str = "") -> str:
    return f"/staff/users/{person.public_id}{action}"


def unlock(desk: Visitor, person: Person) -> None:
    assert desk.submit(of(person), of(person, "/unlock"), **CALL).status_code == 303


def open_in(app: Flask, person: Person) -> int:
    with app.app_context():
        theirs = (LoginSession.user_id == person.user_id, LoginSession.ended_at.is_(None))
        return len(db.session.scalars(select(LoginSession).where(*theirs)).all())


def test_a_session_nobody_used_while_staff_had_locked_is_dead_after_the_unlocking(
    any_app: Flask, any_cast: Cast
) -> None:
    """B4, R6-3: the thief who kept still for the length of a telephone call is out all the same."""
    person = any_cast.higashi_reader
    thief, desk = logged_in(any_app, person), logged_in(any_app, any_cast.reception)
    assert desk.submit(of(person, "/lock"), reason="PCの盗難").status_code == 303
    assert open_in(any_app, person) == 0
    unlock(desk, person)
    assert thief.get("/").status_code in {302, 303}
    assert thief.get("/").location == "/login"


@pytest.mark.parametrize("reason", ["password", "answer", "dormancy"])
def test_neither_does_one_outlive_a_lock_that_came_by_itself(app: Flask, cast: Cast, reason: str) -> None:
    """B4, R6-3: ended, at the latest, by the unlocking."""
    person = cast.higashi_reader
    thief, desk = logged_in(app, person), logged_in(app, cast.reception)
    if reason == "dormancy":
        change(app, person, locked_at=NOW, lock_reason=reason)
    else:
        with app.app_context(), transaction() as session:
            assert count_wrong(session, person.user_id, "answer" if reason == "answer" else "password", 1, NOW)
    unlock(desk, person)
    assert open_in(app, person) == 0
    assert thief.get("/").location == "/login"
