"""The page behind the one-time URL: both mails together bring a password and a secret question, once (R6-1)."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from auth.models import CredentialPair, Organization, User
from base.audit import AuditEntry
from base.db import db, transaction
from base.form_keys import new_form_key
from rights.models import HeldRight
from tests.auth.credentialing import invited
from tests.browsing import Visitor, logged_in
from tests.cast import Cast, Person
from tests.certificates import NOW
from tests.conftest import Hands

NEW = "sora-Kaze-2931"
ANSWER = "あおば小学校"
FILLED = {"password": NEW, "again": NEW, "question": "first_school", "answer": ANSWER}
DAYS = timedelta(days=7)
# Fifty in the long form (D6).
PRESSES = int(os.environ.get("CRASH_ROUNDS", "16"))


def change(app: Flask, person: Person, **values: Any) -> None:
    with app.app_context(), transaction() as session:
        session.execute(update(User).where(User.id == person.user_id).values(values))


def row_of(app: Flask, person: Person) -> User:
    with app.app_context():
        return db.session.get_one(User, person.user_id)


def pair_of(app: Flask, person: Person) -> CredentialPair:
    with app.app_context():
        newest = select(CredentialPair).where(CredentialPair.user_id == person.user_id)
        return db.session.scalars(newest.order_by(CredentialPair.id.desc())).all()[0]


def trail_of(app: Flask, action: str) -> list[AuditEntry]:
    with app.app_context():
        return list(db.session.scalars(select(AuditEntry).where(AuditEntry.action == action)))


@pytest.fixture
def newcomer(any_app: Flask, any_cast: Cast) -> Person:
    change(any_app, any_cast.higashi_reader, password_hash=None, password_set_at=None)
    return any_cast.higashi_reader


def visit(app: Flask, person: Person) -> Visitor:
    return Visitor(app, person.client)


def registered(visitor: Visitor, path: str, one_time_password: str, **changes: Any) -> TestResponse:
    return visitor.submit(path, one_time_password=one_time_password, **{**FILLED, **changes})


def test_both_mails_bring_a_password_a_question_and_the_first_login(any_app: Flask, newcomer: Person) -> None:
    """R6-1, R6-8."""
    path, code = invited(any_app, newcomer)
    visitor = visit(any_app, newcomer)
    page = visitor.page(path)
    for words in (newcomer.name, "ひがしガス株式会社", newcomer.login_id, "2026/11/29(日) 12:00 まで"):
        assert words in page
    answer = registered(visitor, path, code)
    assert (answer.status_code, answer.location) == (303, f"{path}/done")
    done = visitor.page(answer.location)
    assert "いまからログインできます。" in done
    user = row_of(any_app, newcomer)
    assert (user.secret_question, user.password_set_at) == ("first_school", NOW)
    assert user.secret_answer_hash is not None
    assert ANSWER not in user.secret_answer_hash
    assert pair_of(any_app, newcomer).used_at == NOW
    (line,) = trail_of(any_app, "credentials.registered")
    assert (line.user_id, line.address) == (newcomer.user_id, "192.0.2.7")
    assert visitor.log_in(newcomer.login_id, NEW).status_code == 303


def test_the_first_password_has_none_before_it(app: Flask, cast: Cast) -> None:
    """R6-4: what can't fail is no condition; who registers anew has to choose another one."""
    change(app, cast.higashi_reader, password_hash=None, password_set_at=None)
    pages = [visit(app, each).page(invited(app, each)[0]) for each in (cast.higashi_reader, cast.higashi_manager)]
    assert ["直前のパスワードと違う" in page for page in pages] == [False, True]


def test_a_used_link_serves_nobody_again(any_app: Flask, newcomer: Person) -> None:
    """D1, R6-1: 410, what to do, and nothing changes."""
    path, code = invited(any_app, newcomer)
    visitor = visit(any_app, newcomer)
    form = visitor.form(path, path)
    registered(visitor, path, code)
    again = visitor.get(path)
    assert again.status_code == 410
    assert "登録されています" in again.text
    assert "<form" not in again.text
    before = row_of(any_app, newcomer).password_hash
    other = {
        **form.values,
        **FILLED,
        "one_time_password": code,
        "password": "kumo-Yama-1234",
        "again": "kumo-Yama-1234",
    }
    assert visitor.post(path, {**other, "form_key": new_form_key()}).status_code == 410
    assert row_of(any_app, newcomer).password_hash == before


def test_a_second_press_is_answered_like_the_first(app: Flask, cast: Cast) -> None:
    """G1."""
    path, code = invited(app, cast.higashi_reader)
    visitor = visit(app, cast.higashi_reader)
    values = {**visitor.form(path, path).values, **FILLED, "one_time_password": code}
    answers = [visitor.post(path, values) for _ in range(2)]
    assert [(answer.status_code, answer.location) for answer in answers] == [(303, f"{path}/done")] * 2
    assert len(trail_of(app, "credentials.registered")) == 1


def test_all_faults_are_told_at_once_and_no_password_comes_back(app: Flask, cast: Cast) -> None:
    """R8-3, R6-4: the one-time password is kept, the passwords are not."""
    path, code = invited(app, cast.higashi_reader)
    typed = code.replace("-", " ")
    visitor = visit(app, cast.higashi_reader)
    answer = registered(visitor, path, typed, password="minami1", again="minami2", question="", answer="")
    assert answer.status_code == 422
    for words in (
        "8文字以上32文字以内で入力してください。",
        "2回の入力が違っています。",
        "秘密の質問を選んでください。",
        f'value="{typed}"',
    ):
        assert words in answer.text
    assert "minami1" not in answer.text
    assert "minami2" not in answer.text
    assert pair_of(app, cast.higashi_reader).wrong_tries == 0
    answer = registered(visitor, path, code, answer="初めて通った学校の名前は何ですか")
    assert "質問とは違う答えを入力してください。" in answer.text
    assert registered(visitor, path, code).status_code == 303


def test_the_one_time_password_forgives_how_it_is_written(app: Flask, cast: Cast) -> None:
    """R6-1."""
    path, code = invited(app, cast.higashi_reader)
    answer = registered(visit(app, cast.higashi_reader), path, f" {code.lower().replace('0', 'o').replace('-', ' ')}　")
    assert answer.status_code == 303


def test_five_wrong_one_time_passwords_kill_the_pair(any_app: Flask, newcomer: Person) -> None:
    """R6-1: what is left is said; the right one comes too late."""
    path, code = invited(any_app, newcomer)
    visitor = visit(any_app, newcomer)
    for left in (4, 3, 2, 1):
        answer = registered(visitor, path, "AAAAA-AAAAA")
        assert answer.status_code == 422
        assert f"あと{left}回間違えると" in answer.text
    form = visitor.form(path, path)
    last = registered(visitor, path, "AAAAA-AAAAA")
    assert last.status_code == 410
    assert "使えなくなりました" in last.text
    late = visitor.post(path, {**form.values, **FILLED, "one_time_password": code})
    assert late.status_code == 410
    assert row_of(any_app, newcomer).password_hash is None
    assert (pair_of(any_app, newcomer).wrong_tries, pair_of(any_app, newcomer).end_reason) == (5, "tries")
    assert len(trail_of(any_app, "credentials.wrong_password")) == 5


def test_the_new_pair_kills_the_older(any_app: Flask, newcomer: Person) -> None:
    """R6-1: neither its URL nor its one-time password serves any more, not even with the other half of the new one."""
    old_path, old_code = invited(any_app, newcomer)
    path, code = invited(any_app, newcomer)
    assert old_code != code
    visitor = visit(any_app, newcomer)
    old = visitor.get(old_path)
    assert old.status_code == 410
    assert "新しいメール" in old.text
    mixed = {**visitor.form(path, path).values, **FILLED}
    assert visitor.post(old_path, {**mixed, "one_time_password": code}).status_code == 410
    assert registered(visitor, path, old_code).status_code == 422
    assert registered(visitor, path, code).status_code == 303


def test_a_password_set_another_way_kills_the_pair(any_app: Flask, any_cast: Cast, hands: Hands) -> None:
    """R6-1, D4: the two mails ask for no secret answer, so they don't outlive what was set with one."""
    person = any_cast.higashi_reader
    path, code = invited(any_app, person)
    visitor, filled = visit(any_app, person), {**FILLED, "one_time_password": code}
    form = visitor.form(path, path).values
    hands.now += timedelta(minutes=1)
    change(any_app, person, password_set_at=hands.now)
    assert visitor.get(path).status_code == 410
    assert visitor.post(path, {**form, **filled}).status_code == 410
    assert pair_of(any_app, person).used_at is None
    desk = logged_in(any_app, any_cast.reception)
    assert "別の手順でパスワードが設定されました" in desk.page(f"/staff/users/{person.public_id}")


@pytest.mark.parametrize(("seconds", "status"), [(604_799, 200), (604_800, 200), (604_801, 410)])
def test_seven_days_to_the_second(app: Flask, cast: Cast, hands: Hands, seconds: int, status: int) -> None:
    """D3, R6-1."""
    path, _code = invited(app, cast.higashi_reader)
    hands.now = NOW + timedelta(seconds=seconds)
    answer = visit(app, cast.higashi_reader).get(path)
    assert answer.status_code == status
    assert ("有効期限が切れています" in answer.text) is (status == 410)


def test_a_clock_set_back_and_a_new_key_change_nothing(app: Flask, cast: Cast, hands: Hands) -> None:
    """D9: no negative age."""
    path, code = invited(app, cast.higashi_reader)
    hands.now = NOW - timedelta(hours=1)
    assert registered(visit(app, cast.higashi_reader), path, code).status_code == 303


def test_on_another_organizations_pc_the_link_is_as_good_as_forged(app: Flask, cast: Cast) -> None:
    """R4-4, R8-4, D5: byte by byte, opened or pressed."""
    path, code = invited(app, cast.higashi_reader)
    outsider = visit(app, cast.nishi_reader)
    forged = outsider.get("/credentials/abc.def")
    theirs = outsider.get(path)
    assert (theirs.status_code, theirs.text) == (404, forged.text)
    assert cast.higashi_reader.login_id not in theirs.text
    token = outsider.form("/login", "/login").values["csrf_token"]
    pressed = outsider.post(
        path, {**FILLED, "one_time_password": code, "csrf_token": token, "form_key": new_form_key()}
    )
    assert pressed.status_code == 404
    assert pair_of(app, cast.higashi_reader).used_at is None
    assert registered(visit(app, cast.higashi_reader), path, code).status_code == 303
    assert outsider.get(f"{path}/done").status_code == 404


def test_somebody_else_who_is_logged_in_is_told_for_whom_it_is(app: Flask, cast: Cast) -> None:
    """D5: and what is sent counts for the person of the link alone."""
    path, code = invited(app, cast.higashi_reader)
    colleague = logged_in(app, cast.higashi_deputy)
    assert f"ログイン中のID({cast.higashi_deputy.login_id})の登録ではありません。" in colleague.page(path)
    before = row_of(app, cast.higashi_deputy).password_hash
    assert registered(colleague, path, code).status_code == 303
    assert row_of(app, cast.higashi_deputy).password_hash == before
    assert colleague.get("/").status_code == 200


@pytest.mark.parametrize("agent", ["Mozilla/5.0", "Microsoft Office Existence Discovery", "Barracuda", "curl/8"])
def test_opening_changes_nothing(app: Flask, cast: Cast, agent: str) -> None:
    """D7, R8-8."""
    path, code = invited(app, cast.higashi_reader)
    visitor = visit(app, cast.higashi_reader)
    visitor.headers = {"User-Agent": agent}
    for method in ("GET", "HEAD", "OPTIONS"):
        visitor.browser.open(path, method=method, base_url="https://portal.example", headers=visitor._headers(None))
    assert pair_of(app, cast.higashi_reader).used_at is None
    assert registered(visitor, path, code).status_code == 303


def test_a_lock_stands_before_the_registration(app: Flask, cast: Cast) -> None:
    """R6-3: whom to call; the link serves again when staff have unlocked in time."""
    path, code = invited(app, cast.higashi_reader)
    visitor = visit(app, cast.higashi_reader)
    change(app, cast.higashi_reader, locked_at=NOW, lock_reason="password")
    locked = visitor.get(path)
    assert locked.status_code == 403
    assert "認証サポート窓口" in locked.text
    change(app, cast.higashi_reader, locked_at=None, lock_reason=None)
    assert registered(visitor, path, code).status_code == 303


def test_what_has_no_account_any_more_has_nothing_to_register(app: Flask, cast: Cast) -> None:
    """D4: a deleted person; of an ended organization not even the page is reachable."""
    path, _code = invited(app, cast.higashi_reader)
    change(app, cast.higashi_reader, deleted_at=NOW)
    assert visit(app, cast.higashi_reader).get(path).status_code == 410
    used, code = invited(app, cast.higashi_deputy)
    done = registered(visit(app, cast.higashi_deputy), used, code).location
    change(app, cast.higashi_deputy, deleted_at=NOW)
    assert visit(app, cast.higashi_deputy).get(done).status_code == 404
    with app.app_context(), transaction() as session:
        of = cast.higashi_reader.organization_id
        session.execute(update(Organization).where(Organization.id == of).values(ended_at=NOW))
    assert visit(app, cast.higashi_reader).get(path).status_code == 403


def test_whose_rights_are_to_come_hears_from_when(app: Flask, cast: Cast) -> None:
    """R5-10, R6-1."""
    with app.app_context(), transaction() as session:
        later = update(HeldRight).where(HeldRight.user_id == cast.higashi_johs_only.user_id)
        session.execute(later.values(from_at=NOW + timedelta(days=12)))
    path, code = invited(app, cast.higashi_johs_only)
    visitor = visit(app, cast.higashi_johs_only)
    done = visitor.page(registered(visitor, path, code).location)
    assert "2026/12/04(金) からログインできます。" in done
    with app.app_context(), transaction() as session:
        session.execute(update(HeldRight).values(until_at=NOW, from_at=NOW - DAYS))
    path, code = invited(app, cast.higashi_contractor)
    assert "まだ利用権限がありません。" in visitor.page(registered(visitor, path, code).location)
    path, code = invited(app, cast.higashi_manager)
    assert "いまからログインできます。" in visitor.page(registered(visitor, path, code).location)


def test_a_new_registration_ends_what_was_open(app: Flask, cast: Cast) -> None:
    """B4, R6-6: sessions of before are out with their next click."""
    earlier = logged_in(app, cast.higashi_reader)
    path, code = invited(app, cast.higashi_reader)
    assert registered(visit(app, cast.higashi_reader), path, code).status_code == 303
    assert earlier.get("/").status_code in {302, 303}
    assert earlier.log_in(cast.higashi_reader.login_id).status_code == 403


@pytest.mark.parametrize(
    "changed",
    [{"password": ["a", "b"]}, {"one_time_password": "\0"}, {"question": "no such question"}, {"answer": "あ" * 5000}],
)
def test_odd_input_is_refused_and_changes_nothing(app: Flask, cast: Cast, changed: dict[str, Any]) -> None:
    """C7, C12."""
    path, code = invited(app, cast.higashi_reader)
    visitor = visit(app, cast.higashi_reader)
    answer = visitor.submit(path, **{**FILLED, "one_time_password": code, **changed})
    assert answer.status_code == (400 if "password" in changed or "one_time_password" in changed else 422)
    assert pair_of(app, cast.higashi_reader).used_at is None


def test_fifty_presses_at_once_register_once(any_app: Flask, newcomer: Person) -> None:
    """D6."""
    path, code = invited(any_app, newcomer)
    visitor = visit(any_app, newcomer)
    values = {**visitor.form(path, path).values, **FILLED, "one_time_password": code}
    cookie = visitor.browser.get_cookie("__Host-session", domain="portal.example")
    assert cookie is not None

    def press(_number: int) -> int:
        one = visit(any_app, newcomer)
        one.browser.set_cookie("__Host-session", cookie.value, domain="portal.example", secure=True)
        return one.post(path, {**values, "form_key": new_form_key()}).status_code

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(press, range(PRESSES)))
    assert sorted(set(answers)) == [303, 410]
    assert answers.count(303) == 1
    assert len(trail_of(any_app, "credentials.registered")) == 1


def test_wrong_ones_at_once_are_counted_exactly(any_app: Flask, newcomer: Person) -> None:
    """C3, R6-1. Whoever's page is drawn after the fifth is told the end already."""
    path, _code = invited(any_app, newcomer)
    visitor = visit(any_app, newcomer)
    values = {**visitor.form(path, path).values, "one_time_password": "AAAAA-AAAAA"}
    cookie = visitor.browser.get_cookie("__Host-session", domain="portal.example")
    assert cookie is not None

    def press(_number: int) -> int:
        one = visit(any_app, newcomer)
        one.browser.set_cookie("__Host-session", cookie.value, domain="portal.example", secure=True)
        return one.post(path, values).status_code

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(press, range(PRESSES)))
    assert set(answers) <= {422, 410}
    assert answers.count(422) <= 4
    assert (pair_of(any_app, newcomer).wrong_tries, pair_of(any_app, newcomer).end_reason) == (5, "tries")
    left = [json.loads(line.after)["left"] for line in trail_of(any_app, "credentials.wrong_password")]
    assert sorted(left) == [0, 1, 2, 3, 4]
