"""Changing one's own password and secret question on the screen (R6-6, R6-3, B1, B4)."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from app import create_app
from auth.models import User
from auth.passwords import Passwords
from auth.questions import is_right_answer
from base.audit import AuditEntry
from base.db import db
from tests.auth.test_sessions import cookie_of, is_in, is_sent_to_login, with_cookie
from tests.browsing import Visitor, logged_in
from tests.cast import Cast, Person
from tests.certificates import NOW
from tests.conftest import Hands
from tests.make import PASSWORD
from tests.settings import settings_for

NEXT = "mizukagami-7-akane"
PASSWORDS = Passwords(8, 1)
SCREEN = "/account/password"


def row_of(app: Flask, person: Person) -> User:
    with app.app_context():
        return db.session.get_one(User, person.user_id)


def actions_in(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def change(visitor: Visitor, **filled: Any) -> TestResponse:
    return visitor.submit(SCREEN, **({"current": PASSWORD, "password": NEXT, "again": NEXT} | filled))


def test_a_password_is_changed(app: Flask, cast: Cast, hands: Hands) -> None:
    """R6-6, R6-8: found in the menu 「アカウント管理」 → 「パスワード変更」."""
    visitor = logged_in(app, cast.higashi_reader)
    home = visitor.page("/")
    assert home.index("アカウント管理") < home.index(f'href="{SCREEN}"') < home.index("パスワード変更")
    hands.now += timedelta(minutes=5)
    assert change(visitor).location == "/account"
    page = visitor.page("/account")
    assert "パスワードを変更しました。" in page
    assert "2027/05/25(火) まで使えます。" in page
    assert row_of(app, cast.higashi_reader).password_set_at == hands.now
    assert actions_in(app)[-3:] == ["login.in", "session.ended", "password.set"]
    other = Visitor(app, cast.higashi_reader.client)
    assert other.log_in(cast.higashi_reader.login_id, PASSWORD).status_code == 403
    assert other.log_in(cast.higashi_reader.login_id, NEXT).status_code == 303


def test_other_sessions_end_and_ones_own_goes_on_under_a_new_id(app: Flask, cast: Cast) -> None:
    """R6-6, B1, B4: a cookie stolen before the change is worth nothing."""
    visitor, elsewhere = logged_in(app, cast.higashi_reader), logged_in(app, cast.higashi_reader)
    neighbour = logged_in(app, cast.higashi_johs_only)
    stolen = with_cookie(app, cast.higashi_reader.client, cookie_of(visitor))
    assert is_in(stolen)
    change(visitor)
    assert is_in(visitor)
    assert not is_in(elsewhere)
    assert not is_in(stolen)
    assert is_in(neighbour)


def test_the_renewed_session_lives_no_longer_than_its_login(app: Flask, cast: Cast, hands: Hands) -> None:
    """B5: at the second."""
    visitor = logged_in(app, cast.higashi_reader)
    change(visitor)
    for _ in range(23):
        hands.now += timedelta(minutes=30)
        assert is_in(visitor)
    hands.now = NOW + timedelta(hours=12) - timedelta(seconds=1)
    assert is_in(visitor)
    hands.now += timedelta(seconds=1)
    assert not is_in(visitor)


@pytest.mark.parametrize(
    ("filled", "words"),
    [
        ({"current": ""}, ["入力してください。"]),
        ({"again": NEXT + "x"}, ["2回の入力が違っています。"]),
        ({"password": "ひ", "again": "ひ"}, ["8文字以上32文字以内で入力してください。", "使えない文字があります。"]),
        ({"password": "minami-Tq8", "again": "minami-Tq8"}, ["IDや、IDの@より前の部分は含めないでください。"]),
        ({"password": "sakura2026", "again": "sakura2026"}, ["推測されやすいパスワードです。"]),
        ({"password": PASSWORD, "again": PASSWORD}, ["直前のパスワードとは違うものにしてください。"]),
        ({"current": "wrong-Horse7"}, ["現在のパスワードが違います。"]),
    ],
)
def test_a_refused_change_says_why_and_shows_no_password(
    app: Flask, cast: Cast, filled: dict[str, str], words: list[str]
) -> None:
    """R6-4, R8-3: every reason beside its field, nothing half-stored, no password on the page."""
    visitor = logged_in(app, cast.higashi_reader)
    before = row_of(app, cast.higashi_reader).password_hash
    answer = change(visitor, **filled)
    assert answer.status_code == 422
    assert [word for word in words if word not in answer.text] == []
    assert "入力内容をご確認ください" in answer.text
    assert not any(f'value="{typed}"' in answer.text for typed in (PASSWORD, NEXT, *filled.values()) if typed)
    assert row_of(app, cast.higashi_reader).password_hash == before
    assert is_in(visitor)


def test_what_fails_is_marked_in_the_list_of_conditions(app: Flask, cast: Cast) -> None:
    """R6-4: without script as well."""
    answer = change(logged_in(app, cast.higashi_reader), password="minami", again="minami")
    unmet = [line.partition('"')[2].partition('"')[0] for line in answer.text.split("<li ") if 'class="unmet"' in line]
    assert unmet == ["length", "without-id"]


@pytest.mark.parametrize("odd", ["x" * 10**6, "x" * 100_000])
def test_a_huge_password_is_refused_before_any_hash(app: Flask, cast: Cast, odd: str) -> None:
    """C7: the body's limit first, then the length."""
    visitor = logged_in(app, cast.higashi_reader)
    assert change(visitor, password=odd, again=odd).status_code in {413, 422}
    assert change(visitor, current=odd).status_code in {413, 422}
    assert is_in(visitor)


def test_nul_is_no_character_of_a_form(app: Flask, cast: Cast) -> None:
    """C7."""
    visitor = logged_in(app, cast.higashi_reader)
    assert change(visitor, password="mizukagami\0akane", again="mizukagami\0akane").status_code == 400


def test_wrong_present_passwords_lock_as_at_the_login(app: Flask, cast: Cast) -> None:
    """R6-3, R6-6: one count for both; whoever sits at a PC left open doesn't find the password out."""
    visitor = logged_in(app, cast.higashi_reader)
    Visitor(app, cast.higashi_reader.client).log_in(cast.higashi_reader.login_id, "wrong-Horse7")
    for _ in range(3):
        assert change(visitor, current="wrong-Horse7").status_code == 422
    answer = change(visitor, current="wrong-Horse7")
    assert (answer.status_code, answer.location) == (303, "/login")
    assert "続いたため、ログアウトしました。" in visitor.page("/login")
    row = row_of(app, cast.higashi_reader)
    assert (row.wrong_passwords, row.lock_reason) == (5, "password")
    assert actions_in(app)[-2:] == ["password.refused", "account.locked"]
    assert is_sent_to_login(visitor.get("/"))


def test_a_right_present_password_ends_the_row_of_wrong_ones(app: Flask, cast: Cast) -> None:
    """R6-3: in a row."""
    visitor = logged_in(app, cast.higashi_reader)
    for _ in range(4):
        change(visitor, current="wrong-Horse7")
    change(visitor)
    assert row_of(app, cast.higashi_reader).wrong_passwords == 0


def test_an_outsider_changes_his_own_alone(app: Flask, cast: Cast) -> None:
    """R8-4."""
    before = row_of(app, cast.higashi_reader).password_hash
    change(logged_in(app, cast.nishi_reader), user_id=cast.higashi_reader.public_id, login_id="minami@x.example")
    assert row_of(app, cast.higashi_reader).password_hash == before
    assert PASSWORDS.check(row_of(app, cast.nishi_reader).password_hash, NEXT)


def test_pressed_twice_it_is_changed_once(any_app: Flask, any_cast: Cast) -> None:
    """G1: the second press finds the password changed already."""
    visitor = logged_in(any_app, any_cast.higashi_reader)
    form = visitor.form(SCREEN, SCREEN)
    filled = {**form.values, "current": PASSWORD, "password": NEXT, "again": NEXT}
    cookie = cookie_of(visitor)
    visitors = [with_cookie(any_app, any_cast.higashi_reader.client, cookie) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda one: one.post(SCREEN, filled), visitors))
    assert {answer.status_code for answer in answers} <= {303, 409, 422}
    assert sum(answer.location == "/account" for answer in answers) >= 1
    assert actions_in(any_app).count("password.set") == 1
    assert PASSWORDS.check(row_of(any_app, any_cast.higashi_reader).password_hash, NEXT)


def test_twenty_wrong_ones_at_once_are_counted_exactly(any_app: Flask, any_cast: Cast) -> None:
    """C3: as at the login."""
    visitor = logged_in(any_app, any_cast.higashi_reader)
    form = visitor.form(SCREEN, SCREEN)
    filled = {**form.values, "current": "wrong-Horse7", "password": NEXT, "again": NEXT}
    cookie = cookie_of(visitor)
    visitors = [with_cookie(any_app, any_cast.higashi_reader.client, cookie) for _ in range(20)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda one: one.post(SCREEN, filled), visitors))
    row = row_of(any_app, any_cast.higashi_reader)
    assert (row.wrong_passwords, row.lock_reason) == (5, "password")
    assert actions_in(any_app).count("account.locked") == 1


@pytest.mark.parametrize(
    ("typed", "failed"),
    [
        (NEXT, []),
        ("sakura2026", ["not-guessable"]),
        ("Higashi-Gas99", ["not-guessable"]),
        ("", ["length"]),
        ("x" * 100_000, ["length"]),
    ],
)
def test_while_it_is_typed_only_the_rules_speak(app: Flask, cast: Cast, typed: str, failed: list[str]) -> None:
    """R6-4: nothing is looked up: neither whether an ID exists nor what its password was."""
    visitor = Visitor(app, cast.higashi_reader.client)
    form = visitor.form("/login", "/login")
    for login_id in ("info@higashi-gas.example", "nobody@higashi-gas.example"):
        answer = visitor.post("/password/check", {**form.values, "password": typed, "login_id": login_id})
        assert json.loads(answer.text) == {"failed": failed}


def test_the_judgement_never_tells_the_present_password(app: Flask, cast: Cast) -> None:
    """R6-4, C10: else it could be found out here, uncounted."""
    visitor = logged_in(app, cast.higashi_reader)
    form = visitor.form(SCREEN, SCREEN)
    answer = visitor.post("/password/check", {**form.values, "password": PASSWORD, "login_id": "x@y.example"})
    assert json.loads(answer.text) == {"failed": []}


def test_judging_is_limited(app: Flask, cast: Cast) -> None:
    """C7: sixty a minute for each PC."""
    visitor = logged_in(app, cast.higashi_reader)
    token = visitor.form(SCREEN, SCREEN).values["csrf_token"]
    answers = [visitor.post("/password/check", {"csrf_token": token, "password": "x"}) for _ in range(61)]
    assert [answer.status_code for answer in answers[58:]] == [200, 200, 429]
    assert int(answers[-1].headers["Retry-After"]) >= 1


def set_question(visitor: Visitor, **filled: Any) -> TestResponse:
    return visitor.submit(
        "/account/question", **({"question": "first_pet", "answer": "ポチ", "current": PASSWORD} | filled)
    )


def test_a_secret_question_is_set_with_the_present_password(app: Flask, cast: Cast) -> None:
    """R6-1, R6-8, C10: the answer is kept as a hash."""
    visitor = logged_in(app, cast.higashi_reader)
    assert "秘密の質問を設定する" in visitor.page("/account")
    assert set_question(visitor).location == "/account"
    assert "初めて飼った生き物の名前は何ですか" in visitor.page("/account")
    row = row_of(app, cast.higashi_reader)
    assert row.secret_question == "first_pet"
    assert is_right_answer(row.secret_answer_hash, "ﾎﾟﾁ", PASSWORDS)
    with app.app_context():
        (line,) = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "question.set"))
    assert "ポチ" not in line.after


@pytest.mark.parametrize(
    ("filled", "words"),
    [
        ({"question": ""}, "秘密の質問を選んでください。"),
        ({"question": "mine"}, "秘密の質問を選んでください。"),
        ({"answer": " "}, "秘密の質問の答えを入力してください。"),
        ({"answer": "初めて飼った生き物の名前は何ですか"}, "質問とは違う答えを入力してください。"),
        ({"answer": PASSWORD.upper()}, "IDやパスワードとは違う答えを入力してください。"),
        ({"answer": "MINAMI"}, "IDやパスワードとは違う答えを入力してください。"),
        ({"current": "wrong-Horse7"}, "現在のパスワードが違います。"),
        ({"current": ""}, "入力してください。"),
    ],
)
def test_an_unfit_answer_is_refused_and_not_sent_back(
    app: Flask, cast: Cast, filled: dict[str, str], words: str
) -> None:
    """C10, R8-3: the question chosen is kept, the answer isn't shown again."""
    answer = set_question(logged_in(app, cast.higashi_reader), **filled)
    assert answer.status_code == 422
    assert words in answer.text
    assert 'value="ポチ"' not in answer.text
    assert row_of(app, cast.higashi_reader).secret_question is None


def test_a_wrong_present_password_at_the_question_counts_too(app: Flask, cast: Cast) -> None:
    """R6-3."""
    visitor = logged_in(app, cast.higashi_reader)
    answers = [set_question(visitor, current="wrong-Horse7") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [422, 422, 422, 422, 303]
    assert row_of(app, cast.higashi_reader).lock_reason == "password"


def test_where_no_question_is_asked_none_is_set(cast: Cast, sqlite_url: str, tmp_path: Any) -> None:
    """R6-7: a setting."""
    app = create_app(settings_for(sqlite_url, tmp_path, is_question_asked=False))
    visitor = logged_in(app, cast.higashi_reader)
    assert "秘密の質問" not in visitor.page("/account")
    assert visitor.get("/account/question").status_code == 404
    token = visitor.form(SCREEN, SCREEN).values["csrf_token"]
    assert visitor.post("/account/question", {"csrf_token": token}).status_code == 404
    with app.app_context():
        db.engine.dispose()
