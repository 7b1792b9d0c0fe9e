"""Pressed twice, a button has one effect and gives one answer (G1)."""

import secrets
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse
from werkzeug.wrappers import Response

from auth.gate import actor, viewer
from auth.models import OrganizationSystem
from base.audience import READER, audience
from base.audit import AuditEntry, record
from base.closing_days import ClosingDay
from base.db import db, transaction
from base.form_keys import FormKey, new_form_key, once
from base.refusals import Refused
from tests.browsing import Visitor, forms_of, logged_in
from tests.cast import Cast, Person
from tests.certificates import NOW

DONE = "test.pressed"


CROSSING = {"there": ("JOHS", "TAXIS"), "back": ("TAXIS", "JOHS")}


class Crossing:
    """Two who hold one row each and want the other's: at their first try both wait until the other one holds his."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        self.meeting, self.tries = Barrier(2), Counter[str]()

    def lock(self, session: Session, thing: str) -> None:
        first, second = CROSSING[thing]
        self._lock(session, first)
        self.tries[thing] += 1
        if self.tries[thing] == 1 and session.get_bind().dialect.name == "postgresql":
            self.meeting.wait(10)
        self._lock(session, second)

    def _lock(self, session: Session, system: str) -> None:
        session.execute(select(OrganizationSystem.system).where(OrganizationSystem.system == system).with_for_update())


crossing = Crossing()


@audience(READER)
def press(thing: str) -> Response:
    def operation(session: Session, now: datetime) -> str:
        record(session, DONE, thing, by=actor(), now=now)
        if thing == "refused":
            raise Refused("まだできません。")
        if thing in CROSSING:
            crossing.lock(session, thing)
        if thing == "broken":
            session.add(ClosingDay(day=NOW.date(), name="もうある日"))
        return f"/done/{secrets.token_hex(8)}"

    return once(viewer().user_id, operation)


@pytest.fixture
def pressing(any_app: Flask, any_cast: Cast) -> Callable[[Person], Visitor]:
    any_app.add_url_rule("/press/<thing>", view_func=press, methods=["POST"])
    with any_app.app_context(), transaction() as session:
        session.add(ClosingDay(day=NOW.date(), name="休業日"))
    return lambda person: logged_in(any_app, person)


def token_of(visitor: Visitor) -> str:
    """The CSRF token of any page with a form."""
    page = visitor.get("/certificate-needed").text + visitor.get("/").text
    tokens = [form.values["csrf_token"] for form in forms_of(page) if "csrf_token" in form.values]
    return str(tokens[0])


def pressed(visitor: Visitor, thing: str, key: str | None) -> TestResponse:
    fields = {"csrf_token": token_of(visitor), "form_key": key}
    return visitor.post(f"/press/{thing}", {name: value for name, value in fields.items() if value is not None})


def effects(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(AuditEntry).where(AuditEntry.action == DONE)) or 0


def keys_used(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(FormKey)) or 0


def test_pressed_again_it_answers_as_before_and_does_nothing(
    any_cast: Cast, any_app: Flask, pressing: Callable[[Person], Visitor]
) -> None:
    """G1: F5, back and press again."""
    visitor, key = pressing(any_cast.higashi_reader), new_form_key()
    first, second = pressed(visitor, "one", key), pressed(visitor, "one", key)
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location
    assert effects(any_app) == 1


def test_fifty_presses_at_once_have_one_effect_and_one_answer(
    any_cast: Cast, any_app: Flask, pressing: Callable[[Person], Visitor]
) -> None:
    """G1."""
    visitor = pressing(any_cast.higashi_reader)
    fields = {"csrf_token": token_of(visitor), "form_key": new_form_key()}
    cookie = visitor.browser.get_cookie("__Host-session", domain="portal.example")
    assert cookie is not None

    def one_press(_number: int) -> TestResponse:
        twin = Visitor(any_app, visitor.client)
        twin.browser = any_app.test_client(use_cookies=False)
        return twin.post("/press/one", fields, {"Cookie": f"__Host-session={cookie.value}"})

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(one_press, range(50)))
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.location for answer in answers}) == 1
    assert effects(any_app) == 1


def test_of_two_who_wait_for_each_other_both_get_through(
    any_cast: Cast, any_app: Flask, pressing: Callable[[Person], Visitor]
) -> None:
    """G2: PostgreSQL ends one of them, whose press is tried again; SQLite lets one write at a time."""
    crossing.begin()
    visitors = {"there": pressing(any_cast.higashi_reader), "back": logged_in(any_app, any_cast.nishi_reader)}
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda thing: pressed(visitors[thing], thing, new_form_key()), CROSSING))
    assert [answer.status_code for answer in answers] == [303, 303]
    assert effects(any_app) == 2
    with any_app.app_context():
        is_postgresql = db.engine.dialect.name == "postgresql"
    assert crossing.tries.total() == (3 if is_postgresql else 2)


def test_a_refused_form_leaves_its_key_unused(
    any_cast: Cast, any_app: Flask, pressing: Callable[[Person], Visitor]
) -> None:
    """G1, R8-3: corrected, the same form may be sent again."""
    visitor, key = pressing(any_cast.higashi_reader), new_form_key()
    refused = pressed(visitor, "refused", key)
    assert refused.status_code == 400
    assert "まだできません。" in refused.text
    assert (effects(any_app), keys_used(any_app)) == (0, 0)
    assert pressed(visitor, "one", key).status_code == 303
    assert effects(any_app) == 1


def test_a_broken_rule_inside_is_not_shown_as_done_already(
    any_cast: Cast, any_app: Flask, pressing: Callable[[Person], Visitor]
) -> None:
    """G1: only the key's own collision means that it was done."""
    visitor, key = pressing(any_cast.higashi_reader), new_form_key()
    assert [pressed(visitor, "broken", key).status_code for _ in range(2)] == [500, 500]
    assert (effects(any_app), keys_used(any_app)) == (0, 0)


def test_another_person_with_the_same_key_is_another_matter(
    any_cast: Cast, any_app: Flask, pressing: Callable[[Person], Visitor]
) -> None:
    """G1, R8-4: nobody reads another's answer by his key."""
    key = new_form_key()
    first = pressed(pressing(any_cast.higashi_reader), "one", key)
    second = pressed(pressing(any_cast.nishi_reader), "one", key)
    assert first.location != second.location
    assert effects(any_app) == 2


def test_one_key_beside_many_rows_counts_for_each_of_them(
    any_cast: Cast, any_app: Flask, pressing: Callable[[Person], Visitor]
) -> None:
    """G1: the second row's button is not taken for the first one's."""
    visitor, key = pressing(any_cast.higashi_reader), new_form_key()
    assert pressed(visitor, "one", key).location != pressed(visitor, "two", key).location
    assert effects(any_app) == 2


@pytest.mark.parametrize(
    "key", [None, "", "x", "0" * 31, "0" * 33, "G" * 32, "A" * 32, "0" * 31 + "\n", "' OR 1=1 --", "０" * 32]
)
def test_without_a_key_of_ours_nothing_happens(
    any_cast: Cast, any_app: Flask, pressing: Callable[[Person], Visitor], key: str | None
) -> None:
    """G1, B7."""
    assert pressed(pressing(any_cast.higashi_reader), "one", key).status_code == 400
    assert effects(any_app) == 0


def test_keys_are_never_the_same() -> None:
    assert len({new_form_key() for _ in range(1000)}) == 1000


def test_an_address_too_long_to_be_ours_is_refused(
    any_cast: Cast, any_app: Flask, pressing: Callable[[Person], Visitor]
) -> None:
    """C12: no address of ours is as long."""
    assert pressed(pressing(any_cast.higashi_reader), "a" * 5000, new_form_key()).status_code == 400
    assert effects(any_app) == 0
