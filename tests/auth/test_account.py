"""The own account: its logins, its open sessions, its language (R6-8, B9)."""

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update

from app import create_app
from auth.identity import hash_of
from auth.models import LoginSession, User
from auth.passwords import Passwords
from base.audit import AuditEntry
from base.db import db, transaction
from base.form_keys import new_form_key
from tests.auth.test_sessions import cookie_of, ends_in, is_in, sessions_in, with_cookie
from tests.browsing import Visitor, forms_of, logged_in
from tests.cast import Cast, Person
from tests.certificates import NOW
from tests.conftest import Hands
from tests.make import PASSWORD
from tests.settings import settings_for

HOUR = timedelta(hours=1)


def ends(page: str) -> list[str]:
    """The buttons that end one session each."""
    return [form.action for form in forms_of(page) if form.action.endswith("/end")]


def test_the_account_shows_logins_and_open_sessions(app: Flask, cast: Cast, hands: Hands) -> None:
    """R6-8: with weekday and PC; this one is marked and has no button."""
    logged_in(app, cast.higashi_reader)
    hands.now += timedelta(minutes=10)
    visitor = logged_in(app, cast.higashi_reader)
    page = visitor.page("/account")
    assert len(ends(page)) == 1
    assert page.count("この画面") == 1
    history = page.partition("ログインの履歴")[2]
    assert history.index("2026/11/22(日) 12:10") < history.index("2026/11/22(日) 12:00")
    assert "PC-03" in history
    header = page.partition("<header")[2].partition("</header>")[0]
    assert "前回ログイン 2026/11/22(日) 12:00" in header
    assert "PC-03" in header


def test_a_change_of_the_password_is_no_second_login(any_app: Flask, any_cast: Cast, hands: Hands) -> None:
    """R6-8: the session goes on under a new id, the history doesn't grow."""
    visitor = logged_in(any_app, any_cast.higashi_reader)
    hands.now += timedelta(minutes=3)
    new = "mizukagami-7-akane"
    visitor.submit("/account/password", current=PASSWORD, password=new, again=new)
    history = visitor.page("/account").partition("ログインの履歴")[2]
    assert history.count("2026/11/22(日) 12:00") == 1
    assert "2026/11/22(日) 12:03" not in history


def test_the_history_ends_with_the_twentieth(app: Flask, cast: Cast, hands: Hands) -> None:
    """R6-8."""
    for _ in range(22):
        visitor = logged_in(app, cast.higashi_reader)
        hands.now += timedelta(minutes=1)
    history = visitor.page("/account").partition("ログインの履歴")[2].partition("</table>")[0]
    assert history.count("<tr><td") == 20
    assert "12:02" in history
    assert "12:01" not in history


def test_one_ends_another_session_of_ones_own(app: Flask, cast: Cast) -> None:
    """B4, R6-8."""
    elsewhere, visitor = logged_in(app, cast.higashi_reader), logged_in(app, cast.higashi_reader)
    (action,) = ends(visitor.page("/account"))
    assert visitor.submit("/account", action).location == "/account"
    assert "PC-03 のログインを終了しました。" in visitor.page("/account")
    assert (is_in(elsewhere), is_in(visitor)) == (False, True)
    assert ends_in(app) == ["ended by the person"]


def test_nobody_ends_another_persons_session(app: Flask, cast: Cast) -> None:
    """R8-4, E9: neither of another organization nor of one's own; as if it weren't there."""
    victim = logged_in(app, cast.higashi_reader)
    with app.app_context():
        public_id = db.session.scalars(select(LoginSession.public_id)).one()
    for person in (cast.nishi_reader, cast.higashi_manager, cast.administrator):
        other = logged_in(app, person)
        token = other.form("/account", "/account/language").values["csrf_token"]
        for name in (public_id, "0000000000zz"):
            answer = other.post(f"/account/sessions/{name}/end", {"csrf_token": token, "form_key": new_form_key()})
            assert answer.status_code == 404
        assert public_id not in other.page("/account")
    assert is_in(victim)


def test_one_ends_all_others_at_once(app: Flask, cast: Cast) -> None:
    """B4: and nobody else's."""
    others = [logged_in(app, cast.higashi_reader) for _ in range(3)]
    neighbour, visitor = logged_in(app, cast.higashi_johs_only), logged_in(app, cast.higashi_reader)
    assert visitor.submit("/account", "/account/sessions/end-others").location == "/account"
    page = visitor.page("/account")
    assert "ほかのログインを3件終了しました。" in page
    assert ends(page) == []
    assert [is_in(one) for one in (*others, neighbour, visitor)] == [False, False, False, True, True]


def test_a_session_that_lapsed_is_not_shown_as_open(app: Flask, cast: Cast, hands: Hands) -> None:
    """B5: at the second."""
    logged_in(app, cast.higashi_reader)
    hands.now += HOUR - timedelta(seconds=1)
    assert len(ends(logged_in(app, cast.higashi_reader).page("/account"))) == 1
    hands.now += timedelta(seconds=1)
    assert len(ends(logged_in(app, cast.higashi_reader).page("/account"))) == 1


def test_one_login_too_many_ends_the_oldest(app: Flask, cast: Cast, hands: Hands) -> None:
    """B9: five at once, as documented."""
    visitors = []
    for _ in range(6):
        visitors.append(logged_in(app, cast.higashi_reader))
        hands.now += timedelta(minutes=1)
    assert [is_in(one) for one in visitors] == [False, True, True, True, True, True]
    assert ends_in(app) == ["too many at once"]
    assert is_in(logged_in(app, cast.higashi_johs_only))


def test_lapsed_sessions_take_nobodys_place(app: Flask, cast: Cast, hands: Hands) -> None:
    """B9: the oldest is still in use, four newer ones have long been left."""
    oldest = logged_in(app, cast.higashi_reader)
    for _ in range(4):
        hands.now += timedelta(seconds=1)
        logged_in(app, cast.higashi_reader)
    hands.now += HOUR - timedelta(seconds=5)
    assert is_in(oldest)
    hands.now += HOUR / 2
    assert is_in(oldest)
    newest = logged_in(app, cast.higashi_reader)
    assert (is_in(oldest), is_in(newest)) == (True, True)
    assert "too many at once" not in ends_in(app)


@pytest.mark.parametrize("most", [1, 2])
def test_how_many_at_once_is_a_setting(cast: Cast, sqlite_url: str, tmp_path: Path, hands: Hands, most: int) -> None:
    """B9."""
    app = create_app(settings_for(sqlite_url, tmp_path, sessions_at_once=most))
    visitors = []
    for _ in range(3):
        visitors.append(logged_in(app, cast.higashi_reader))
        hands.now += timedelta(minutes=1)
    assert [is_in(one) for one in visitors] == [number >= 3 - most for number in range(3)]
    with app.app_context():
        db.engine.dispose()


def test_the_language_is_ones_own(app: Flask, cast: Cast) -> None:
    """R8-3, R8-1."""
    visitor, other = logged_in(app, cast.higashi_reader), logged_in(app, cast.nishi_reader)
    assert visitor.submit("/account", "/account/language", language="en").location == "/account"
    page = visitor.page("/account")
    assert '<html lang="en">' in page
    assert "This site now speaks English to you." in page
    assert '<html lang="ja">' in other.page("/account")
    assert visitor.submit("/account", "/account/language", language="xx").status_code == 400
    visitor.submit("/account", "/account/language", language="ja")
    assert "表示を日本語にしました。" in visitor.page("/account")
    with app.app_context():
        lines = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "language.set")).all()
    assert [line.after for line in lines] == ['{"language": "en"}', '{"language": "ja"}']


def hash_in(app: Flask, person: Person) -> str | None:
    with app.app_context():
        return db.session.get_one(User, person.user_id).password_hash


def test_a_login_brings_the_hash_to_the_costs_of_today(any_app: Flask, any_cast: Cast) -> None:
    """Raised costs reach everybody; the right password alone can do it, and only where they differ."""
    person, outdated = any_cast.higashi_reader, Passwords(16, 1).hash(PASSWORD)
    with any_app.app_context(), transaction() as session:
        session.execute(update(User).where(User.id == person.user_id).values(password_hash=outdated))
    assert Visitor(any_app, person.client).log_in(person.login_id, "wrong-Horse7").status_code == 403
    assert hash_in(any_app, person) == outdated
    logged_in(any_app, person)
    renewed = hash_in(any_app, person)
    assert renewed != outdated
    assert renewed is not None
    assert not Passwords(8, 1).needs_rehash(renewed)
    logged_in(any_app, person)
    assert hash_in(any_app, person) == renewed
    with any_app.app_context():
        assert db.session.get_one(User, person.user_id).password_set_at is not None


def test_a_cookie_from_before_the_change_names_a_session_that_is_over(app: Flask, cast: Cast) -> None:
    """B1: the row of the old id stays, ended; the new one is another."""
    visitor = logged_in(app, cast.higashi_reader)
    old = cookie_of(visitor)
    new = "mizukagami-7-akane"
    visitor.submit("/account/password", current=PASSWORD, password=new, again=new)
    assert cookie_of(visitor) != old
    before, after = sorted(sessions_in(app), key=lambda row: row.ended_at is None)
    assert (before.ended_at, after.ended_at) == (NOW, None)
    assert before.id_hash != after.id_hash != hash_of("")
    assert not is_in(with_cookie(app, cast.higashi_reader.client, old))
