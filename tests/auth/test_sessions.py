"""A session belongs to one login by one certificate, and ends when either is no longer good."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from werkzeug.http import parse_cookie
from werkzeug.test import TestResponse

from app import create_app
from auth.identity import hash_of
from auth.models import CertificateRegistration, LoginSession, Organization, User
from auth.registry import revoke_certificate, suspend_registration
from base.actors import COMMAND
from base.audit import AuditEntry
from base.db import db, transaction
from base.secret_file import Secrets
from demo.authority import Issued
from rights.models import HeldRight
from tests import make
from tests.browsing import Visitor, forms_of, logged_in
from tests.cast import Cast, Person
from tests.certificates import NOW
from tests.conftest import Hands
from tests.settings import FRONT_SECRET, KEY, settings_for

NAME = "__Host-session"
A_SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


def cookie_of(visitor: Visitor) -> str:
    cookie = visitor.browser.get_cookie(NAME, domain="portal.example")
    assert cookie is not None
    return cookie.value


def with_cookie(app: Flask, client: Issued | None, *values: str) -> Visitor:
    """Somebody who sends these cookies and keeps none."""
    visitor = Visitor(app, client)
    visitor.browser = app.test_client(use_cookies=False)
    visitor.headers = {"Cookie": "; ".join(f"{NAME}={value}" for value in values)}
    return visitor


def is_in(visitor: Visitor) -> bool:
    """The login page sends on whoever is logged in already."""
    answer = visitor.get("/login")
    assert answer.status_code in {200, 302}
    return answer.status_code == 302


def is_sent_to_login(answer: TestResponse) -> bool:
    return answer.status_code in {302, 303} and answer.location.startswith("/login")


def sessions_in(app: Flask) -> list[LoginSession]:
    with app.app_context():
        return list(db.session.scalars(select(LoginSession).order_by(LoginSession.begun_at)))


def ends_in(app: Flask) -> list[str]:
    with app.app_context():
        ended = select(AuditEntry).where(AuditEntry.action == "session.ended").order_by(AuditEntry.id)
        return [json.loads(line.after)["why"] for line in db.session.scalars(ended)]


def change(app: Flask, what: Callable[[Session], object]) -> None:
    with app.app_context(), transaction() as session:
        what(session)


def another_client(app: Flask, person: Person, name: str = "another PC") -> Issued:
    issued = make.client_certificate(name)
    change(
        app, lambda session: make.registration(session, session.get_one(Organization, person.organization_id), issued)
    )
    return issued


def test_a_session_planted_before_the_login_is_dead_after_it(app: Flask, cast: Cast) -> None:
    """B1: neither its id nor its CSRF secret lives on."""
    visitor = Visitor(app, cast.higashi_reader.client)
    token = visitor.form("/login", "/login").values["csrf_token"]
    planted = cookie_of(visitor)
    visitor.log_in(cast.higashi_reader.login_id)
    assert cookie_of(visitor) != planted
    assert not is_in(with_cookie(app, cast.higashi_reader.client, planted))
    refused = visitor.post("/logout", {"csrf_token": token})
    assert refused.status_code == 400
    assert is_in(visitor)


LAPSED = "もう一度ログインしてください"


def test_whoever_was_inside_is_told_why_he_has_to_log_in_again(app: Flask, cast: Cast, hands: Hands) -> None:
    """R6-2: once, in the same words whatever ended it; nobody else is."""
    ended, idle = logged_in(app, cast.higashi_reader), logged_in(app, cast.nishi_reader)
    who = update(User).where(User.id == cast.higashi_reader.user_id)
    change(app, lambda session: session.execute(who.values(locked_at=NOW, lock_reason="staff")))
    told = [ended.get("/", follow_redirects=True).text]
    hands.now += 10 * HOUR
    told.append(idle.get("/pages/johs", follow_redirects=True).text)
    assert [LAPSED in page for page in told] == [True, True]
    assert "ロック中" not in told[0]
    strangers = [Visitor(app, cast.nishi_reader.client), ended]
    assert [LAPSED in each.get("/", follow_redirects=True).text for each in strangers] == [False, False]


def test_logging_in_anew_ends_the_session_before(app: Flask, cast: Cast) -> None:
    """B1: two people at one PC, or one with two IDs."""
    visitor = logged_in(app, cast.higashi_reader)
    before, token = cookie_of(visitor), token_of(visitor)
    form = {"csrf_token": token, "login_id": cast.higashi_manager.login_id, "password": make.PASSWORD}
    assert visitor.post("/login", form).status_code == 303
    assert cookie_of(visitor) != before
    assert is_in(visitor)
    assert not is_in(with_cookie(app, cast.higashi_reader.client, before))
    assert ends_in(app) == ["another login"]


def token_of(visitor: Visitor) -> str:
    """The CSRF token of whoever is logged in: his logout button's."""
    answer = visitor.get("/")
    tokens = [form.values["csrf_token"] for form in forms_of(answer.text) if form.action == "/logout"]
    assert tokens, answer.text[:500]
    return str(tokens[0])


def test_the_database_holds_no_id_that_would_open_a_session(app: Flask, cast: Cast) -> None:
    """B2: whoever reads the database can't log in with it."""
    visitor = logged_in(app, cast.higashi_reader)
    (row,) = sessions_in(app)
    with app.test_request_context(
        headers={"Cookie": f"{NAME}={cookie_of(visitor)}"}, base_url="https://portal.example"
    ):
        serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
        content = serializer.loads(cookie_of(visitor))
    assert set(content) == {"sid", "csrf_token"}
    assert row.id_hash == hash_of(content["sid"])
    assert len(content["sid"]) >= 43
    assert content["sid"] not in json.dumps([row.id_hash, row.pc_name])


def test_a_stolen_cookie_without_a_certificate_is_worth_nothing(app: Flask, cast: Cast) -> None:
    """B2."""
    visitor = logged_in(app, cast.higashi_reader)
    thief = with_cookie(app, None, cookie_of(visitor))
    for path in ("/", "/login", "/static/css/core.css"):
        assert thief.get(path).status_code == 403
    assert is_in(visitor)


@pytest.mark.parametrize("whose", ["own organization's", "another organization's", "nobody's"])
def test_a_stolen_cookie_with_another_certificate_ends_the_session(app: Flask, cast: Cast, whose: str) -> None:
    """B3, A19, R4-6: 403, the session is over for its owner too, and the trail says why."""
    visitor = logged_in(app, cast.higashi_reader)
    clients = {
        "own organization's": lambda: another_client(app, cast.higashi_reader),
        "another organization's": lambda: cast.nishi_reader.client,
        "nobody's": lambda: make.client_certificate("unregistered"),
    }
    thief = with_cookie(app, clients[whose](), cookie_of(visitor))
    assert thief.get("/").status_code == 403
    assert not is_in(visitor)
    assert ends_in(app) == ["another certificate"]
    with app.app_context():
        line = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "session.ended")).one()
    assert line.subject == f"login:{cast.higashi_reader.login_id}"
    assert line.organization_id == cast.higashi_reader.organization_id
    assert line.address == "192.0.2.7"
    assert line.fingerprint != sessions_in(app)[0].id_hash
    assert line.user_id is None


def test_a_cookie_of_a_session_long_over_shuts_no_new_certificate_out(app: Flask, cast: Cast, hands: Hands) -> None:
    """R4-5: who renewed his PC's certificate logs in with it as before."""
    visitor = logged_in(app, cast.higashi_reader)
    hands.now += timedelta(days=1)
    renewed = another_client(app, cast.higashi_reader)
    with_new = with_cookie(app, renewed, cookie_of(visitor))
    assert not is_in(with_new)


def log_out(app: Flask, visitor: Visitor, person: Person) -> None:
    assert visitor.post("/logout", {"csrf_token": token_of(visitor)}).status_code == 303


def lock(app: Flask, visitor: Visitor, person: Person) -> None:
    values = {"locked_at": NOW, "lock_reason": "staff"}
    change(app, lambda session: session.execute(update(User).where(User.id == person.user_id).values(values)))


def unlock(app: Flask, person: Person) -> None:
    values = {"locked_at": None, "lock_reason": None}
    change(app, lambda session: session.execute(update(User).where(User.id == person.user_id).values(values)))


def delete(app: Flask, visitor: Visitor, person: Person) -> None:
    change(app, lambda session: session.execute(update(User).where(User.id == person.user_id).values(deleted_at=NOW)))


def end_organization(app: Flask, visitor: Visitor, person: Person) -> None:
    end = update(Organization).where(Organization.id == person.organization_id).values(ended_at=NOW)
    change(app, lambda session: session.execute(end))


def remove_rights(app: Flask, visitor: Visitor, person: Person) -> None:
    change(
        app,
        lambda session: session.execute(
            update(HeldRight).where(HeldRight.user_id == person.user_id).values(until_at=NOW)
        ),
    )


def suspend(app: Flask, visitor: Visitor, person: Person) -> None:
    def act(session: Session) -> None:
        key = (make.certificate_of(session, person.client).id, person.organization_id)
        registration = session.get_one(CertificateRegistration, key)
        suspend_registration(registration, session=session, by=COMMAND, now=NOW)

    change(app, act)


def revoke(app: Flask, visitor: Visitor, person: Person) -> None:
    def act(session: Session) -> None:
        revoke_certificate(make.certificate_of(session, person.client), session=session, by=COMMAND, now=NOW)

    change(app, act)


@pytest.mark.parametrize(
    ("act", "status", "why"),
    [
        (log_out, 302, "logout"),
        (lock, 302, "account locked"),
        (delete, 302, "account deleted"),
        (remove_rights, 302, "no right left"),
        (end_organization, 403, "organization ended"),
        (suspend, 403, "certificate not registered for the organization"),
        (revoke, 403, "revoked"),
    ],
)
def test_what_ends_a_session_ends_it_at_the_next_request(
    app: Flask, cast: Cast, act: Callable[[Flask, Visitor, Person], None], status: int, why: str
) -> None:
    """B4, A11, A17: and it stays ended."""
    visitor = logged_in(app, cast.higashi_reader)
    stolen = cookie_of(visitor)
    act(app, visitor, cast.higashi_reader)
    twin = with_cookie(app, cast.higashi_reader.client, stolen)
    answer = twin.get("/articles/7QK2M0ABCDEF")
    assert answer.status_code == status
    assert status == 403 or is_sent_to_login(answer)
    assert ends_in(app) == [why]
    assert sessions_in(app)[0].ended_at == NOW


def test_a_session_that_a_lock_ended_does_not_come_back_with_the_unlocking(app: Flask, cast: Cast) -> None:
    """B4, R6-3: whoever sat at the stolen PC is out for good."""
    visitor = logged_in(app, cast.higashi_reader)
    lock(app, visitor, cast.higashi_reader)
    stolen = with_cookie(app, cast.higashi_reader.client, cookie_of(visitor))
    assert not is_in(stolen)
    unlock(app, cast.higashi_reader)
    assert not is_in(stolen)


def test_a_new_role_counts_at_the_next_request(app: Flask, cast: Cast) -> None:
    """B4: given as well as taken."""
    visitor = logged_in(app, cast.higashi_johs_only)
    assert visitor.get("/addresses").status_code == 404
    deputy = update(User).where(User.id == cast.higashi_johs_only.user_id)
    change(app, lambda session: session.execute(deputy.values(contact_role="deputy")))
    assert visitor.get("/addresses").status_code == 200
    change(app, lambda session: session.execute(deputy.values(contact_role=None)))
    assert visitor.get("/addresses").status_code == 404


@pytest.mark.parametrize(("waited", "is_still_in"), [(HOUR - A_SECOND, True), (HOUR, False), (HOUR + A_SECOND, False)])
def test_an_idle_session_ends_at_the_second(
    app: Flask, cast: Cast, hands: Hands, *, waited: timedelta, is_still_in: bool
) -> None:
    """B5."""
    visitor = logged_in(app, cast.higashi_reader)
    hands.now += waited
    assert is_in(visitor) is is_still_in
    assert ends_in(app) == ([] if is_still_in else ["idle"])


def test_use_keeps_a_session_until_its_whole_life_is_over_at_the_second(app: Flask, cast: Cast, hands: Hands) -> None:
    """B5."""
    visitor = logged_in(app, cast.higashi_reader)
    for _ in range(23):
        hands.now += HOUR / 2
        assert is_in(visitor)
    hands.now = NOW + 12 * HOUR - A_SECOND
    assert is_in(visitor)
    hands.now += A_SECOND
    assert not is_in(visitor)
    assert ends_in(app) == ["too long"]


def test_being_seen_is_written_once_a_minute_at_most(app: Flask, cast: Cast, hands: Hands) -> None:
    """B5: reading a page writes nothing."""
    visitor = logged_in(app, cast.higashi_reader)
    hands.now += 59 * A_SECOND
    assert is_in(visitor)
    assert sessions_in(app)[0].seen_at == NOW
    hands.now += A_SECOND
    assert is_in(visitor)
    assert sessions_in(app)[0].seen_at == NOW + 60 * A_SECOND


def test_nothing_is_written_for_a_dead_session(app: Flask, cast: Cast, hands: Hands) -> None:
    """B5: nor does a clock that was set back bring it to life."""
    visitor = logged_in(app, cast.higashi_reader)
    stolen = with_cookie(app, cast.higashi_reader.client, cookie_of(visitor))
    hands.now += 2 * HOUR
    assert not is_in(stolen)
    hands.now = NOW + 10 * A_SECOND
    assert not is_in(stolen)
    assert sessions_in(app)[0].seen_at == NOW
    assert len(ends_in(app)) == 1


def hostile_cookies(good: str) -> dict[str, list[str]]:
    payload, _, rest = good.partition(".")
    other_key = URLSafeTimedSerializer("z" * 43, salt="cookie-session").dumps({"sid": "a" * 43})
    return {
        "one character changed": [("A" if good[0] != "A" else "B") + good[1:]],
        "signature changed": [good[:-3] + ("AAA" if good[-3:] != "AAA" else "BBB")],
        "truncated": [good[:-1]],
        "without signature": [payload],
        "payload of another": [payload + "x." + rest],
        "other key": [str(other_key)],
        "empty": [""],
        "8 kB": ["a" * 8192],
        "8 kB behind it": [good + "a" * 8192],
        "quoted": [f'"{good}"x'],
        "not ASCII": ["é" * 40],
        "two": [good, "x"],
        "two, the other first": ["x", good],
        "twice the same": [good, good],
    }


@pytest.mark.parametrize("kind", hostile_cookies("x.y.z"))
def test_a_cookie_that_is_not_exactly_ours_is_none(app: Flask, cast: Cast, kind: str) -> None:
    """B6."""
    visitor = logged_in(app, cast.higashi_reader)
    values = hostile_cookies(cookie_of(visitor))[kind]
    attacker = with_cookie(app, cast.higashi_reader.client, *values)
    assert not is_in(attacker)
    assert is_sent_to_login(attacker.get("/"))
    assert is_in(visitor)


@pytest.mark.parametrize("name", ["session", "__host-session", "__Secure-session", "__Host-session2", "remember_token"])
def test_a_cookie_of_another_name_is_none(app: Flask, cast: Cast, name: str) -> None:
    """B6: a sibling domain can plant those."""
    visitor = logged_in(app, cast.higashi_reader)
    attacker = with_cookie(app, cast.higashi_reader.client)
    attacker.headers = {"Cookie": f"{name}={cookie_of(visitor)}"}
    assert not is_in(attacker)


def test_a_planted_remember_me_does_not_disturb(app: Flask, cast: Cast) -> None:
    """B6: there is no remember-me."""
    visitor = logged_in(app, cast.higashi_reader)
    visitor.headers = {"Cookie": f"{NAME}={cookie_of(visitor)}; remember_token=1|{'a' * 128}"}
    visitor.browser = app.test_client(use_cookies=False)
    assert is_in(visitor)
    assert visitor.get("/").status_code == 200


def test_the_cookie_is_bound_to_this_host_over_tls_and_hidden_from_scripts(app: Flask, cast: Cast) -> None:
    """B6."""
    visitor = Visitor(app, cast.higashi_reader.client)
    answers = [visitor.get("/login"), visitor.log_in(cast.higashi_reader.login_id)]
    for answer in answers:
        (header,) = answer.headers.getlist("Set-Cookie")
        attributes = {part.strip().lower() for part in header.split(";")[1:]}
        assert header.startswith(f"{NAME}=")
        assert attributes == {"secure", "httponly", "samesite=lax", "path=/"}


def test_a_page_that_changes_nothing_sets_no_cookie(app: Flask, cast: Cast, hands: Hands) -> None:
    """B8: the session isn't written back."""
    visitor = logged_in(app, cast.higashi_reader)
    hands.now += timedelta(minutes=5)
    for path in ("/", "/", "/nowhere", "/login", "/static/css/core.css"):
        with visitor.get(path) as answer:
            assert "Set-Cookie" not in answer.headers, path


def test_a_page_seen_before_the_logout_is_not_shown_after_it(app: Flask, cast: Cast) -> None:
    """B8: nothing personal is kept by the browser, and the logout takes the cookie away."""
    visitor = logged_in(app, cast.higashi_reader)
    assert visitor.get("/").headers["Cache-Control"] == "no-store"
    answer = visitor.post("/logout", {"csrf_token": token_of(visitor)})
    assert answer.location == "/login"
    assert "sid" not in re.sub(r"[^a-z]", " ", str(parse_cookie(answer.headers["Set-Cookie"]))).split()
    assert is_sent_to_login(visitor.get("/"))


def test_a_logout_is_told_where_it_leads_to(app: Flask, cast: Cast) -> None:
    """R8-3."""
    visitor = logged_in(app, cast.higashi_reader)
    visitor.post("/logout", {"csrf_token": token_of(visitor)})
    assert "ログアウトしました。" in visitor.page("/login")
    assert "ログアウトしました。" not in visitor.page("/login")


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_a_press_after_the_session_ended_leads_to_the_login(app: Flask, cast: Cast, method: str, hands: Hands) -> None:
    """B5: with GET, and without the address that was pressed."""
    visitor = logged_in(app, cast.higashi_manager)
    hands.now += 2 * HOUR
    answer = getattr(visitor.browser, method)(
        "/verify/abc.def", base_url="https://portal.example", headers=visitor._headers(None), data={"x": "1"}
    )
    assert answer.status_code == (303 if method == "post" else 405)
    assert method != "post" or answer.location == "/login"


@pytest.mark.parametrize(("keys", "is_still_in"), [(("n" * 43, KEY), True), (("n" * 43,), False)])
def test_keys_are_rotated_under_live_sessions(
    app: Flask, cast: Cast, sqlite_url: str, tmp_path: Path, *, keys: tuple[str, ...], is_still_in: bool
) -> None:
    """D9, B4: after the restart the first key signs, all verify."""
    value = cookie_of(logged_in(app, cast.higashi_reader))
    secrets = Secrets(keys, front_secret=FRONT_SECRET)
    restarted = create_app(settings_for(sqlite_url, tmp_path, secrets=secrets))
    assert is_in(with_cookie(restarted, cast.higashi_reader.client, value)) is is_still_in
    with restarted.app_context():
        db.engine.dispose()
