"""Registered certificate, then ID and password; everything else sounds the same (R6-2, R6-3)."""

import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select, update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from auth.models import Organization, User
from auth.next_page import local_path
from auth.passwords import DUMMY, LONGEST, Passwords
from base.audit import AuditEntry
from base.db import db, transaction
from rights.models import HeldRight
from tests import make
from tests.browsing import Visitor, logged_in
from tests.cast import Cast, Person
from tests.certificates import NOW
from tests.conftest import Hands
from tests.make import PASSWORD

FAILED = "【エラー】認証に失敗しました。"
INACTIVE = "【エラー】このユーザーはアクティブではありません。ブラウザを閉じてやりなおしてください。"
WRONG = "wrong-password"
UNKNOWN = "nobody@higashi-gas.example"


def change(app: Flask, person: Person, **values: Any) -> None:
    with app.app_context(), transaction() as session:
        session.execute(update(User).where(User.id == person.user_id).values(values))


def locked(app: Flask, person: Person) -> None:
    change(app, person, locked_at=NOW, lock_reason="staff")


def deleted(app: Flask, person: Person) -> None:
    change(app, person, deleted_at=NOW)


def without_credentials(app: Flask, person: Person) -> None:
    change(app, person, password_hash=None, password_set_at=None)


def without_rights(app: Flask, person: Person) -> None:
    with app.app_context(), transaction() as session:
        session.execute(update(HeldRight).where(HeldRight.user_id == person.user_id).values(until_at=NOW))


def of_an_ended_organization(app: Flask, person: Person) -> None:
    with app.app_context(), transaction() as session:
        end = update(Organization).where(Organization.id == person.organization_id).values(ended_at=NOW)
        session.execute(end)


def row_of(app: Flask, person: Person) -> User:
    with app.app_context():
        return db.session.get_one(User, person.user_id)


def trail_of(app: Flask, action: str) -> list[AuditEntry]:
    with app.app_context():
        lines = select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.id)
        return list(db.session.scalars(lines))


def normalised(answer: TestResponse, login_id: str) -> tuple[int, str, list[str]]:
    """The answer without what differs for everybody: the CSRF token, the ID as it was typed."""
    body = re.sub(r'name="csrf_token" value="[^"]+"', "", answer.text).replace(login_id, "ID")
    return answer.status_code, body, sorted(name for name, _ in answer.headers if name != "Content-Length")


def test_a_registered_certificate_an_id_and_its_password_let_in(any_app: Flask, any_cast: Cast) -> None:
    """R6-2, R4-4, R6-8."""
    visitor = Visitor(any_app, any_cast.higashi_reader.client)
    answer = visitor.log_in(any_cast.higashi_reader.login_id)
    assert (answer.status_code, answer.location) == (303, "/")
    assert row_of(any_app, any_cast.higashi_reader).last_login_at == NOW
    (line,) = trail_of(any_app, "login.in")
    assert (line.user_id, line.address) == (any_cast.higashi_reader.user_id, "192.0.2.7")
    assert json.loads(line.after) == {"pc": "PC-03"}


def test_the_answer_tells_nothing_of_what_was_wrong(app: Flask, cast: Cast) -> None:
    """R6-2, C1: byte by byte."""
    answers: dict[str, tuple[int, str, list[str]]] = {}

    def note(what: str, person: Person, login_id: str, password: str) -> None:
        answers[what] = normalised(Visitor(app, person.client).log_in(login_id, password), login_id)

    insider, outsider = cast.higashi_reader, cast.nishi_reader
    note("unknown", insider, UNKNOWN, PASSWORD)
    note("no ID at all", insider, "not an id", PASSWORD)
    note("wrong password", insider, insider.login_id, WRONG)
    note("no password", insider, insider.login_id, "")
    note("right password, foreign certificate", outsider, insider.login_id, PASSWORD)
    note("wrong password, foreign certificate", outsider, insider.login_id, WRONG)
    for state in (locked, deleted, without_credentials, without_rights):
        person = {
            locked: cast.higashi_manager,
            deleted: cast.higashi_deputy,
            without_credentials: cast.higashi_johs_only,
            without_rights: cast.higashi_contractor,
        }[state]
        state(app, person)
        note(state.__name__ + ", wrong password", person, person.login_id, WRONG)
        if state is not locked:
            note(state.__name__ + ", right password", person, person.login_id, PASSWORD)
    of_an_ended_organization(app, cast.minato_manager)
    note("ended organization", insider, cast.minato_manager.login_id, PASSWORD)
    first = answers["unknown"]
    assert first[0] == 403
    assert FAILED in first[1]
    assert [what for what, answer in answers.items() if answer != first] == []


def test_every_failure_is_in_the_trail_with_its_reason(app: Flask, cast: Cast) -> None:
    """R6-8: the outside hears one answer, the trail tells them apart."""
    insider = cast.higashi_reader
    visitor = Visitor(app, insider.client)
    visitor.log_in(UNKNOWN, PASSWORD)
    visitor.log_in(insider.login_id, WRONG)
    Visitor(app, cast.nishi_reader.client).log_in(insider.login_id, PASSWORD)
    without_rights(app, insider)
    visitor.log_in(insider.login_id, PASSWORD)
    lines = trail_of(app, "login.failed")
    assert [json.loads(line.after)["why"] for line in lines] == [
        "unknown ID or foreign certificate",
        "wrong password",
        "unknown ID or foreign certificate",
        "no right",
    ]
    assert [line.user_id for line in lines] == [None, insider.user_id, None, insider.user_id]
    assert {line.fingerprint for line in lines} == {
        make_fingerprint(app, insider),
        make_fingerprint(app, cast.nishi_reader),
    }


def make_fingerprint(app: Flask, person: Person) -> str:
    with app.app_context():
        return make.certificate_of(db.session(), person.client).fingerprint


@pytest.mark.parametrize("typed", ["correct-Horse7", "東野\x0b花子", "a" * 5000, "no at sign", "é@x.example"])
def test_the_trail_keeps_no_password_that_slipped_into_the_ids_field(app: Flask, cast: Cast, typed: str) -> None:
    """D8, R6-8."""
    Visitor(app, cast.higashi_reader.client).log_in(typed, "x")
    (line,) = trail_of(app, "login.failed")
    assert (line.actor, line.subject) == ("no ID", "login:no ID")


def test_a_locked_account_hears_so_with_its_own_password_from_its_own_pc_alone(app: Flask, cast: Cast) -> None:
    """R6-3: and whom to call."""
    person = cast.higashi_reader
    locked(app, person)
    own = Visitor(app, person.client).log_in(person.login_id)
    assert own.status_code == 403
    assert INACTIVE in own.text
    assert "認証サポート窓口(0570-000-333)" in own.text
    assert FAILED in Visitor(app, person.client).log_in(person.login_id, WRONG).text
    assert FAILED in Visitor(app, cast.nishi_reader.client).log_in(person.login_id).text


def test_a_locked_account_is_evaluated_three_times_an_hour(any_app: Flask, any_cast: Cast, hands: Hands) -> None:
    """R6-3, C3: right or wrong, the fourth means nothing."""
    person = any_cast.higashi_reader
    locked(any_app, person)
    visitor = Visitor(any_app, person.client)

    def told(password: str = PASSWORD) -> bool:
        return INACTIVE in visitor.log_in(person.login_id, password).text

    assert [told(WRONG), told(), told(), told(), told()] == [False, True, True, False, False]
    hands.now += timedelta(minutes=59, seconds=59)
    assert not told()
    hands.now += timedelta(seconds=1)
    assert [told(), told(), told(), told()] == [True, True, True, False]


def test_five_wrong_passwords_in_a_row_lock(any_app: Flask, any_cast: Cast) -> None:
    """R6-3, R6-8."""
    person = any_cast.higashi_reader
    visitor = Visitor(any_app, person.client)
    for count in range(1, 5):
        visitor.log_in(person.login_id, WRONG)
        assert (row_of(any_app, person).wrong_passwords, row_of(any_app, person).locked_at) == (count, None)
    visitor.log_in(person.login_id, WRONG)
    assert (row_of(any_app, person).locked_at, row_of(any_app, person).lock_reason) == (NOW, "password")
    assert visitor.log_in(person.login_id).status_code == 403
    (line,) = trail_of(any_app, "account.locked")
    assert line.user_id == person.user_id


def test_the_right_password_begins_the_count_anew(app: Flask, cast: Cast) -> None:
    """R6-3: in a row."""
    person = cast.higashi_reader
    for _ in range(3):
        for _ in range(4):
            Visitor(app, person.client).log_in(person.login_id, WRONG)
        assert Visitor(app, person.client).log_in(person.login_id).status_code == 303
    assert row_of(app, person).wrong_passwords == 0


@pytest.mark.parametrize("outsider", ["nishi_reader", "reception", "minato_manager"])
def test_nobody_locks_the_account_of_another_organization(app: Flask, cast: Cast, outsider: str) -> None:
    """C5, A16: fails with the same words and isn't counted."""
    visitor = Visitor(app, getattr(cast, outsider).client)
    for _ in range(7):
        answer = visitor.log_in(cast.higashi_reader.login_id, WRONG)
        assert answer.status_code == 403
        assert FAILED in answer.text
    assert row_of(app, cast.higashi_reader).wrong_passwords == 0
    assert Visitor(app, cast.higashi_reader.client).log_in(cast.higashi_reader.login_id).status_code == 303


def test_a_suspended_registration_counts_as_foreign(app: Flask, cast: Cast) -> None:
    """A16, R4-4: a PC that serves two organizations, suspended for one of them."""
    shared = make.client_certificate("shared PC")
    with app.app_context(), transaction() as session:
        for person in (cast.higashi_reader, cast.nishi_reader):
            row = make.registration(session, session.get_one(Organization, person.organization_id), shared)
            row.suspended_at = NOW if person is cast.higashi_reader else None
    visitor = Visitor(app, shared)
    assert FAILED in visitor.log_in(cast.higashi_reader.login_id).text
    assert visitor.log_in(cast.nishi_reader.login_id).status_code == 303


def test_one_pc_serves_two_organizations_each_with_its_own_people(app: Flask, cast: Cast) -> None:
    """A18, R4-4: both log in, each into his own organization."""
    shared = make.client_certificate("contractor's PC")
    people = (cast.higashi_contractor, cast.nishi_reader)
    with app.app_context(), transaction() as session:
        for person in people:
            pc = f"PC of {person.organization_id}"
            make.registration(session, session.get_one(Organization, person.organization_id), shared, pc)
    seen = []
    for person in people:
        visitor = Visitor(app, shared)
        visitor.log_in(person.login_id)
        seen.append(visitor.page("/"))
    assert "ひがしガス株式会社" in seen[0]
    assert "にしガス株式会社" not in seen[0]
    assert "にしガス株式会社" in seen[1]
    assert "ひがしガス株式会社" not in seen[1]
    assert [json.loads(line.after)["pc"] for line in trail_of(app, "login.in")] == [
        f"PC of {person.organization_id}" for person in people
    ]


def at_once(times: int, act: Callable[[int], Any]) -> list[Any]:
    with ThreadPoolExecutor(16) as pool:
        return list(pool.map(act, range(times)))


def test_fifty_wrong_passwords_at_once_are_counted_as_five(any_app: Flask, any_cast: Cast) -> None:
    """C3: one lock; afterwards at most three tries an hour are evaluated."""
    person = any_cast.higashi_reader

    def fail(_number: int) -> int:
        return Visitor(any_app, person.client).log_in(person.login_id, WRONG).status_code

    assert set(at_once(50, fail)) == {403}
    row = row_of(any_app, person)
    assert (row.wrong_passwords, row.lock_reason) == (5, "password")
    assert len(trail_of(any_app, "account.locked")) == 1
    assert len(trail_of(any_app, "login.failed")) == 50
    change(any_app, person, locked_tries=0, locked_tries_from=None)

    def succeed(_number: int) -> bool:
        return INACTIVE in Visitor(any_app, person.client).log_in(person.login_id).text

    assert sum(at_once(20, succeed)) == 3


def test_the_right_password_beside_the_fifth_wrong_one_has_one_outcome(any_app: Flask, any_cast: Cast) -> None:
    """C4: locked and out, or in and counted anew; never in and locked by what came before, never unlocked."""
    for round_number, person in enumerate((any_cast.higashi_reader, any_cast.higashi_manager, any_cast.nishi_reader)):
        change(any_app, person, wrong_passwords=4)

        def attempt(number: int, person: Person = person) -> int:
            password = PASSWORD if number == 0 else WRONG
            return Visitor(any_app, person.client).log_in(person.login_id, password).status_code

        came_in = 303 in at_once(2, attempt)
        row = row_of(any_app, person)
        is_locked = row.locked_at is not None
        assert (came_in, is_locked, row.wrong_passwords) in {(True, False, 1), (False, True, 5)}, round_number


def test_a_password_changed_while_it_was_checked_lets_nobody_in(app: Flask, cast: Cast) -> None:
    """C4: what was checked must still be true when the session begins."""
    person = cast.higashi_reader
    passwords = app.extensions["passwords"]
    check = passwords.check

    def change_meanwhile(stored: str | None, password: str) -> bool:
        is_right = bool(check(stored, password))
        change(app, person, password_hash=passwords.hash("another-Horse8"))
        return is_right

    passwords.check = change_meanwhile
    assert Visitor(app, person.client).log_in(person.login_id).status_code == 403
    assert json.loads(trail_of(app, "login.failed")[0].after)["why"] == "locked or changed meanwhile"


@pytest.mark.parametrize(
    "typed",
    [
        "MINAMI@higashi-gas.example",
        "minami@HIGASHI-GAS.EXAMPLE",
        " minami@higashi-gas.example",
        "minami@higashi-gas.example ",
        "\tminami@higashi-gas.example　",
    ],
)
def test_case_and_surrounding_space_do_not_matter(app: Flask, cast: Cast, typed: str) -> None:
    """C6, R5-7."""
    assert Visitor(app, cast.higashi_reader.client).log_in(typed).status_code == 303


@pytest.mark.parametrize(
    "typed",
    [
        "ｍinami@higashi-gas.example",
        "mınamı@higashi-gas.example",
        "minаmi@higashi-gas.example",  # the fourth letter is Cyrillic
        "minami＠higashi-gas.example",
        "mina\u200bmi@higashi-gas.example",
        "minami@higashi-gas.example.",
        "min ami@higashi-gas.example",
        "MİNAMİ@higashi-gas.example",
        "minami@higashi-gas.example%20",
        "minami@higashi-gas.example\x01",
        "minami@higashi-gas.example\r\nx",
        "' OR 1=1 --",
        "minami@higashi-gas.example' OR '1'='1",
        "*)(uid=*",
        "{'$ne': null}",
        "",
        "%",
        "minami%",
    ],
)
def test_what_only_looks_like_an_id_is_another_one(app: Flask, cast: Cast, typed: str) -> None:
    """C6, C12."""
    answer = Visitor(app, cast.higashi_reader.client).log_in(typed)
    assert answer.status_code == 403
    assert FAILED in answer.text
    assert row_of(app, cast.higashi_reader).wrong_passwords == 0


@pytest.mark.parametrize("length", [0, 7, 33, LONGEST, LONGEST + 1, 5000, 500_000])
def test_a_password_of_any_length_is_wrong_and_cheap(app: Flask, cast: Cast, length: int) -> None:
    """C7: no hash of a megabyte."""
    answer = Visitor(app, cast.higashi_reader.client).log_in(cast.higashi_reader.login_id, "a" * length)
    assert answer.status_code == 403
    assert FAILED in answer.text


def test_a_body_above_the_limit_is_refused_before_anything_is_hashed(app: Flask, cast: Cast) -> None:
    """C7, E4."""
    answer = Visitor(app, cast.higashi_reader.client).log_in(cast.higashi_reader.login_id, "a" * 1_100_000)
    assert answer.status_code == 413
    assert trail_of(app, "login.failed") == []


@pytest.mark.parametrize("more", ["x", " ", "　", "\x0b"])
def test_nothing_of_a_password_is_cut_off_or_ignored(app: Flask, cast: Cast, more: str) -> None:
    """C7: the 72 bytes of other hashes, and the space around."""
    long = "correct-Horse7-" * 6
    with app.app_context():
        hashed = app.extensions["passwords"].hash(long)
    change(app, cast.higashi_reader, password_hash=hashed)
    assert Visitor(app, cast.higashi_reader.client).log_in(cast.higashi_reader.login_id, long + more).status_code == 403
    assert Visitor(app, cast.higashi_reader.client).log_in(cast.higashi_reader.login_id, long).status_code == 303


@pytest.mark.parametrize(("kept", "typed"), [("back\\slash-9", "back¥slash-9"), ("back¥slash-9", "back\\slash-9")])
def test_the_yen_sign_is_the_backslash(app: Flask, cast: Cast, kept: str, typed: str) -> None:
    """R6-4, C7."""
    change(app, cast.higashi_reader, password_hash=app.extensions["passwords"].hash(kept))
    assert Visitor(app, cast.higashi_reader.client).log_in(cast.higashi_reader.login_id, typed).status_code == 303


@pytest.mark.parametrize("field", ["login_id", "password", "next", "something"])
def test_a_nul_anywhere_is_refused_before_it_meets_the_database(any_app: Flask, any_cast: Cast, field: str) -> None:
    """C7, C12."""
    visitor = Visitor(any_app, any_cast.higashi_reader.client)
    form = visitor.form("/login", "/login").values
    typed = {"login_id": any_cast.higashi_reader.login_id, "password": PASSWORD}
    assert visitor.post("/login", {**form, **typed, field: typed.get(field, "") + "\0"}).status_code == 400
    assert visitor.get("/login?" + field + "=%00").status_code == 400
    assert logged_in(any_app, any_cast.higashi_reader).get("/articles/%00").status_code == 400


@pytest.mark.parametrize(
    "changes",
    [
        {"login_id": ["minami@higashi-gas.example", "kita@higashi-gas.example"]},
        {"password": [PASSWORD, WRONG]},
        {"login_id": None},
        {"password": None},
        {"login_id": None, "login_id[]": "minami@higashi-gas.example"},
        {"login_id": None, "login_id[$ne]": ""},
        {"csrf_token": None},
        {"csrf_token": ["x", "x"]},
    ],
)
def test_a_field_that_comes_twice_or_not_at_all_is_refused(app: Flask, cast: Cast, changes: dict[str, Any]) -> None:
    """C12: neither the first nor the last is picked."""
    visitor = Visitor(app, cast.higashi_reader.client)
    form = visitor.form("/login", "/login").values
    fields = {**form, "login_id": cast.higashi_reader.login_id, "password": PASSWORD, **changes}
    answer = visitor.post("/login", {name: value for name, value in fields.items() if value is not None})
    assert answer.status_code == 400
    assert trail_of(app, "login.failed") == []
    assert trail_of(app, "login.in") == []


@pytest.mark.parametrize(
    "content_type", ["application/json", "text/plain", "application/xml", "text/html", "application/octet-stream", ""]
)
def test_a_body_that_is_no_form_is_refused(app: Flask, cast: Cast, content_type: str) -> None:
    """B7, C12: even with a token in the header."""
    visitor = Visitor(app, cast.higashi_reader.client)
    token = visitor.form("/login", "/login").values["csrf_token"]
    body = json.dumps({"login_id": cast.higashi_reader.login_id, "password": PASSWORD})
    headers = {"X-CSRFToken": str(token)}
    assert visitor.post("/login", body, headers, content_type=content_type).status_code == 400


HARMLESS = {
    "/": "/",
    "/articles/7QK2M0ABCDEF": "/articles/7QK2M0ABCDEF",
    "/pages/taxis/notices": "/pages/taxis/notices",
    "/verify/" + "a" * 200 + "." + "b" * 50: "/verify/" + "a" * 200 + "." + "b" * 50,
    "/pages/taxis/": "/pages/taxis/",
}
HOSTILE = [
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https://evil.example",
    "https:evil.example",
    "HTTPS://portal.example.evil.example",
    "http:/evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "evil.example",
    "/a\r\nSet-Cookie: x=y",
    "/%0d%0aSet-Cookie:x",
    "/\tevil",
    "/ /evil.example",
    "/.//evil.example",
    "/../evil",
    "/a/../..//evil.example",
    "/a//evil.example",
    "/@evil.example",
    "/a?next=//evil.example",
    "/a#b",
    "/é",
    "/a;b",
    "/" + "a" * 500,
    "",
    " /a",
    "?a",
    "/a\n",
    "/／evil.example",
    "/\u2028",
]


@pytest.mark.parametrize(("asked", "led_to"), [*HARMLESS.items(), *((asked, "/") for asked in HOSTILE)])
def test_the_login_leads_to_our_own_pages_only(asked: str, led_to: str) -> None:
    """E15."""
    assert local_path(asked) == led_to


@pytest.mark.parametrize("asked", HOSTILE)
def test_no_way_of_asking_leads_elsewhere(app: Flask, cast: Cast, asked: str) -> None:
    """E15: by the address, by the form, and for whoever is logged in already."""
    visitor = Visitor(app, cast.higashi_reader.client)
    page = visitor.get("/login", query_string={"next": asked})
    assert "evil" not in page.text
    answer = visitor.log_in(cast.higashi_reader.login_id, next=asked)
    assert (answer.status_code, answer.location) == (303, "/")
    again = visitor.get("/login", query_string={"next": asked})
    assert (again.status_code, again.location) == (302, "/")


@pytest.mark.parametrize("path", ["/articles/7QK2M0ABCDEF", "/verify/abc.def-_ghi", "/pages/taxis/notices"])
def test_a_link_leads_through_the_login_to_what_was_asked_for(app: Flask, cast: Cast, path: str) -> None:
    """R7-13."""
    visitor = Visitor(app, cast.higashi_reader.client)
    sent_on = visitor.get(path)
    assert (sent_on.status_code, sent_on.location) == (302, f"/login?next={path}")
    failed = visitor.submit(sent_on.location, "/login", login_id=cast.higashi_reader.login_id, password=WRONG)
    assert f'name="next" value="{path}"' in failed.text
    answer = visitor.submit(sent_on.location, "/login", login_id=cast.higashi_reader.login_id, password=PASSWORD)
    assert answer.location == path


@pytest.mark.parametrize(
    "host",
    ["evil.example", "portal.example.evil.example", "evil.example:443", "portal.example@evil.example", "a/b", ""],
)
def test_another_host_is_refused(app: Flask, cast: Cast, host: str) -> None:
    """E16."""
    visitor = Visitor(app, cast.higashi_reader.client)
    answer = visitor.get("/login", environ_overrides={"HTTP_HOST": host})
    assert answer.status_code == 400
    assert "evil" not in answer.text
    assert "evil" not in str(answer.headers)


@pytest.mark.parametrize("header", ["X-Forwarded-Host", "X-Host", "Forwarded", "X-Original-URL", "X-Rewrite-URL"])
def test_no_other_header_names_the_host(app: Flask, cast: Cast, header: str) -> None:
    """E16."""
    visitor = Visitor(app, cast.higashi_reader.client)
    value = "host=evil.example" if header == "Forwarded" else "evil.example"
    answer = visitor.get("/articles/7QK2M0ABCDEF", {header: value})
    assert answer.location == "/login?next=/articles/7QK2M0ABCDEF"


def test_what_was_typed_is_kept_and_the_password_is_not(app: Flask, cast: Cast) -> None:
    """R8-3, E1."""
    typed = '"><script>alert(1)</script>@x.example'
    answer = Visitor(app, cast.higashi_reader.client).log_in(typed, "secret-Horse7")
    assert "&#34;&gt;&lt;script&gt;" in answer.text
    assert "<script>alert" not in answer.text
    assert "secret-Horse7" not in answer.text


class Counting(Passwords):
    """Counts how many hashes a check costs."""

    def __init__(self) -> None:
        super().__init__(8, 1)
        self.verified: list[str] = []
        verify = self._hasher.verify

        def counted(stored: str, password: str) -> bool:
            self.verified.append(stored)
            return bool(verify(stored, password))

        self._hasher = type("Hasher", (), {"verify": staticmethod(counted), "hash": self._hasher.hash})()


@pytest.mark.parametrize("password", [PASSWORD, WRONG, "", "a" * 1000, DUMMY, "¥\0é"])
@pytest.mark.parametrize("is_known", [True, False])
def test_every_check_costs_one_hash(*, password: str, is_known: bool) -> None:
    """C2: whether or not there is anything to check."""
    passwords = Counting()
    stored = passwords.hash(PASSWORD) if is_known else None
    assert passwords.check(stored, password) is (is_known and password == PASSWORD)
    assert len(passwords.verified) == 1


def test_the_dummys_password_opens_nothing() -> None:
    """C2."""
    passwords = Passwords(8, 1)
    assert not passwords.check(None, DUMMY)
    assert not passwords.check("", DUMMY)
    assert not passwords.check(passwords.hash(PASSWORD), DUMMY)
    assert not passwords.check("not a hash", DUMMY)


def test_every_failure_writes_one_line_and_nothing_more_where_nothing_is_counted(app: Flask, cast: Cast) -> None:
    """C2: an unknown ID costs the same as a known one."""
    with app.app_context(), transaction() as session:
        before = writes_of(session)
    visitor = Visitor(app, cast.higashi_reader.client)
    for login_id in (UNKNOWN, cast.nishi_reader.login_id, cast.higashi_reader.login_id):
        visitor.log_in(login_id, WRONG)
    with app.app_context(), transaction() as session:
        assert writes_of(session) == before + 3


def writes_of(session: Session) -> int:
    return len(session.scalars(select(AuditEntry.id)).all())


def expired(app: Flask, person: Person) -> None:
    change(app, person, password_set_at=NOW - timedelta(days=400))


def untouched(_app: Flask, _person: Person) -> None:
    pass


WAYS_TO_FAIL = {
    "wrong password": (untouched, WRONG),
    "wrong password, expired": (expired, WRONG),
    "wrong password, locked": (locked, WRONG),
    "right password, locked": (locked, PASSWORD),
    "credentials not registered": (without_credentials, PASSWORD),
    "deleted": (deleted, PASSWORD),
    "no right": (without_rights, PASSWORD),
}


class Counted:
    """What one request asks of the database and of the hash: statements and commits, hashes, and the trail's new lines."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._check = app.extensions["passwords"].check
        app.extensions["passwords"].check = self._counted_check
        self.statements: list[str] = []
        self.hashes = 0
        with app.app_context():
            self._engine = db.engine
        event.listen(self._engine, "before_cursor_execute", self._executed)
        event.listen(self._engine, "commit", self._committed)

    def _counted_check(self, stored: str | None, password: str) -> bool:
        self.hashes += 1
        return bool(self._check(stored, password))

    def _executed(self, _connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        self.statements.append(" ".join(statement.split()[:2]))

    def _committed(self, _connection: Any) -> None:
        self.statements.append("commit")

    def of(self, person: Person, login_id: str, password: str) -> tuple[list[str], int, int]:
        visitor, before = Visitor(self._app, person.client), len(trail_of(self._app, "login.failed"))
        form = visitor.form("/login", "/login")
        self.statements, self.hashes = [], 0
        answer = visitor.post("/login", {**form.values, "login_id": login_id, "password": password})
        assert answer.status_code == 403
        statements, hashes = list(self.statements), self.hashes
        return statements, hashes, len(trail_of(self._app, "login.failed")) - before


def test_every_way_to_fail_costs_the_same(any_app: Flask, any_cast: Cast) -> None:
    """C2: the same statements in one transaction, one hash, one line. What that is in time, `bench/logins.py` measures."""
    counted, costs = Counted(any_app), {}
    insider = any_cast.higashi_reader
    costs["unknown ID"] = counted.of(insider, UNKNOWN, PASSWORD)
    costs["no ID at all"] = counted.of(insider, "no ID", PASSWORD)
    costs["foreign certificate"] = counted.of(any_cast.nishi_reader, insider.login_id, PASSWORD)
    people = [any_cast.higashi_manager, any_cast.higashi_deputy, any_cast.reception, any_cast.operations, insider]
    people += [any_cast.higashi_johs_only, any_cast.higashi_contractor]
    for (way, (make_so, password)), person in zip(WAYS_TO_FAIL.items(), people, strict=True):
        make_so(any_app, person)
        costs[way] = counted.of(person, person.login_id, password)
    of_an_ended_organization(any_app, any_cast.minato_manager)
    costs["organization ended"] = counted.of(insider, any_cast.minato_manager.login_id, PASSWORD)
    statements, hashes, lines = costs["unknown ID"]
    assert (statements.count("commit"), hashes, lines) == (1, 1, 1)
    assert {"UPDATE person", "INSERT INTO"} <= set(statements)
    assert {way: cost for way, cost in costs.items() if cost != costs["unknown ID"]} == {}
