"""Forgotten passwords: one answer whatever the ID, then the newest mailed link and the secret answer (R6-7)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from app import create_app
from auth.models import CertificateRegistration, Organization, User
from auth.password_resets import RESET
from auth.passwords import Passwords
from auth.questions import answer_hash
from auth.reset_links import reset_desk, token_for
from auth.reset_states import ResetAnswer, ResetFacts, reset_answer
from auth.tries import Tries
from base.audit import AuditEntry
from base.db import db, transaction
from base.form_keys import new_form_key
from base.mail_text import Skipped
from base.outbox import Mail
from tests.auth.credentialing import COMPOSE_RESET, RESET_SENDER, link_in, mails_in, send
from tests.auth.test_credential_views import change, row_of, trail_of, visit
from tests.browsing import Visitor, logged_in
from tests.cast import Cast, Person, make_cast
from tests.certificates import NOW
from tests.conftest import Hands
from tests.make import PASSWORD
from tests.settings import KEY, settings_for

NEW = "sora-Kaze-2931"
ANSWER = "あおば小学校"
ASK = "/password/forgotten"


@pytest.fixture
def person(any_app: Flask, any_cast: Cast) -> Person:
    return with_answer(any_app, any_cast.higashi_reader)


def with_answer(app: Flask, person: Person) -> Person:
    stored = answer_hash(ANSWER, Passwords(8, 1))
    change(app, person, secret_question="first_school", secret_answer_hash=stored)
    return person


def asked(app: Flask, person: Person, login_id: str | None = None) -> TestResponse:
    return visit(app, person).submit(ASK, login_id=login_id or person.login_id)


def delivered(app: Flask, now: datetime = NOW) -> list[Any]:
    """Every mail that waits, as it is claimed."""
    with app.app_context(), transaction() as session:
        waiting = [mail for mail in mails_in(session, RESET) if mail.state == "waiting"]
        answers = [COMPOSE_RESET(session, mail, now) for mail in waiting]
        for mail in waiting:
            mail.state = "sent"
        return answers


def mailed_link(app: Flask, person: Person, now: datetime = NOW) -> str:
    asked(app, person)
    (letter,) = delivered(app, now)
    return link_in(letter)


def changed(visitor: Visitor, path: str, answer: str | None = ANSWER, password: str = NEW) -> TestResponse:
    filled = {"password": password, "again": password, "answer": answer}
    return visitor.submit(path, **{name: value for name, value in filled.items() if value is not None})


def test_the_link_and_the_answer_bring_a_new_password(any_app: Flask, person: Person) -> None:
    """R6-7, R6-8, B4: all sessions end; the answer may be written as it comes."""
    earlier = logged_in(any_app, person)
    change(any_app, person, wrong_answers=3, wrong_passwords=2)
    path = mailed_link(any_app, person)
    visitor = visit(any_app, person)
    assert "初めて通った学校の名前は何ですか" in visitor.page(path)
    answer = changed(visitor, path, " あおば 小学校")
    assert (answer.status_code, answer.location) == (303, "/login")
    assert "新しいパスワードでログインしてください。" in visitor.page("/login")
    assert earlier.get("/").status_code in {302, 303}
    assert visitor.log_in(person.login_id, PASSWORD).status_code == 403
    assert visitor.log_in(person.login_id, NEW).status_code == 303
    user = row_of(any_app, person)
    assert (user.wrong_answers, user.wrong_passwords) == (0, 0)
    (line,) = trail_of(any_app, "password.reset")
    assert (line.user_id, line.address) == (person.user_id, "192.0.2.7")


def test_the_mail_says_what_to_do_and_until_when(app: Flask, cast: Cast) -> None:
    """R6-7: ten minutes from sending."""
    person = with_answer(app, cast.higashi_reader)
    asked(app, person)
    (letter,) = delivered(app)
    assert letter.subject == "パスワード再設定のご案内"
    for words in (
        person.name,
        person.login_id,
        "秘密の質問の答え",
        "2026/11/22(日) 12:10 まで(日本時間)",
        "0570-000-333",
    ):
        assert words in letter.body


def test_the_answer_tells_nothing_of_the_id(app: Flask, cast: Cast) -> None:
    """R6-7, C1: the same page, the same rows, whatever there is."""
    insider, wrote = cast.higashi_reader, {}
    change(app, cast.higashi_deputy, deleted_at=NOW)
    change(app, cast.higashi_johs_only, password_hash=None, password_set_at=None)
    change(app, cast.higashi_manager, locked_at=NOW, lock_reason="staff")
    ids = {
        "known": insider.login_id,
        "unknown": "nobody@higashi-gas.example",
        "deleted": cast.higashi_deputy.login_id,
        "without credentials": cast.higashi_johs_only.login_id,
        "locked": cast.higashi_manager.login_id,
        "of another organization": cast.nishi_reader.login_id,
    }
    answers = {}
    for what, login_id in ids.items():
        before = counted(app)
        answer = asked(app, insider, login_id)
        answers[what] = (answer.status_code, answer.text, sorted(name for name, _value in answer.headers))
        wrote[what] = [now - then for now, then in zip(counted(app), before, strict=True)]
    assert set(map(str, answers.values())) == {str(answers["known"])}
    assert set(map(str, wrote.values())) == {str([1, 1])}
    assert answers["known"][0] == 200


def counted(app: Flask) -> list[int]:
    with app.app_context():
        return [len(db.session.scalars(select(table.id)).all()) for table in (Mail, AuditEntry)]


def test_who_may_not_gets_no_link(app: Flask, cast: Cast) -> None:
    """R6-7, C5, R8-4: nobody has it, it is deleted, nothing is registered, asked for on a foreign PC."""
    insider = with_answer(app, cast.higashi_reader)
    change(app, cast.higashi_deputy, deleted_at=NOW)
    change(app, cast.higashi_johs_only, password_hash=None, password_set_at=None)
    for login_id in ("nobody@higashi-gas.example", cast.higashi_deputy.login_id, cast.higashi_johs_only.login_id):
        asked(app, insider, login_id)
    asked(app, cast.nishi_reader, insider.login_id)
    answers = delivered(app)
    assert len(answers) == 4
    assert {type(answer) for answer in answers} == {Skipped}
    assert row_of(app, insider).reset_sent_at is None


def test_a_locked_account_hears_whom_to_call_and_gets_no_link(app: Flask, cast: Cast) -> None:
    """R6-3, R6-7."""
    person = with_answer(app, cast.higashi_reader)
    change(app, person, locked_at=NOW, lock_reason="dormancy")
    asked(app, person)
    (letter,) = delivered(app)
    assert "ロックされているため" in letter.body
    assert "0570-000-333" in letter.body
    assert "/password/reset/" not in letter.body


def test_without_a_secret_answer_the_mail_sends_to_the_desk(app: Flask, cast: Cast) -> None:
    """R6-7."""
    asked(app, cast.higashi_reader)
    (letter,) = delivered(app)
    assert "秘密の質問の答えが登録されていない" in letter.body
    assert "/password/reset/" not in letter.body


def test_only_the_newest_link_works_and_only_once(any_app: Flask, person: Person) -> None:
    """C11, D1, R6-7."""
    first, second = mailed_link(any_app, person), mailed_link(any_app, person)
    visitor = visit(any_app, person)
    assert visitor.get(first).status_code == 410
    form = visitor.form(second, second)
    assert changed(visitor, second).status_code == 303
    assert visitor.get(second).status_code == 410
    other = "kumo-Yama-1234"
    values = {**form.values, "answer": ANSWER, "password": other, "again": other, "form_key": new_form_key()}
    assert visitor.post(second, values).status_code == 410
    assert visitor.log_in(person.login_id, NEW).status_code == 303


def test_a_second_press_is_answered_like_the_first(app: Flask, cast: Cast) -> None:
    """G1."""
    path = mailed_link(app, with_answer(app, cast.higashi_reader))
    visitor = visit(app, cast.higashi_reader)
    values = {**visitor.form(path, path).values, "answer": ANSWER, "password": NEW, "again": NEW}
    answers = [visitor.post(path, values) for _ in range(2)]
    assert [(answer.status_code, answer.location) for answer in answers] == [(303, "/login")] * 2
    assert len(trail_of(app, "password.reset")) == 1


@pytest.mark.parametrize(("seconds", "status"), [(-3600, 200), (599, 200), (600, 200), (601, 410)])
def test_ten_minutes_to_the_second(app: Flask, cast: Cast, hands: Hands, seconds: int, status: int) -> None:
    """D3, D9, R6-7."""
    path = mailed_link(app, with_answer(app, cast.higashi_reader))
    hands.now = NOW + timedelta(seconds=seconds)
    assert visit(app, cast.higashi_reader).get(path).status_code == status


def test_a_new_password_a_lock_or_a_deletion_kill_the_link(app: Flask, cast: Cast) -> None:
    """C11, D4: a lock also after it was taken away again."""
    person = with_answer(app, cast.higashi_reader)
    visitor = visit(app, person)
    path = mailed_link(app, person)
    change(app, person, locked_at=NOW, lock_reason="password")
    assert visitor.get(path).status_code == 403
    change(app, person, locked_at=None, lock_reason=None, reset_version=User.reset_version + 1, reset_sent_at=None)
    assert visitor.get(path).status_code == 410
    path = mailed_link(app, person)
    change(app, person, deleted_at=NOW)
    assert visitor.get(path).status_code == 410


def test_five_wrong_answers_in_a_row_lock(any_app: Flask, person: Person) -> None:
    """R6-3, C10: what is left is said; the right one comes too late, and the login says so to the right password."""
    path = mailed_link(any_app, person)
    visitor = visit(any_app, person)
    for left in (4, 3, 2, 1):
        answer = changed(visitor, path, "みどり小学校")
        assert answer.status_code == 422
        assert f"あと{left}回続けて間違えると" in answer.text
    form = visitor.form(path, path)
    last = changed(visitor, path, "みどり小学校")
    assert last.status_code == 403
    assert "認証サポート窓口" in last.text
    late = visitor.post(path, {**form.values, "answer": ANSWER, "password": NEW, "again": NEW})
    assert late.status_code == 403
    user = row_of(any_app, person)
    assert (user.wrong_answers, user.lock_reason) == (5, "answer")
    assert "アクティブではありません" in visitor.log_in(person.login_id, PASSWORD).text
    assert "アクティブではありません" not in visitor.log_in(person.login_id, NEW).text


@pytest.mark.parametrize("reason", ["dormancy", "answer", "staff"])
def test_every_lock_is_told_to_the_right_password_on_the_own_pc_alone(app: Flask, cast: Cast, reason: str) -> None:
    """R6-3."""
    change(app, cast.higashi_reader, locked_at=NOW, lock_reason=reason)
    login_id = cast.higashi_reader.login_id
    assert "アクティブではありません" in visit(app, cast.higashi_reader).log_in(login_id).text
    assert "アクティブではありません" not in visit(app, cast.higashi_reader).log_in(login_id, "wrong-Horse7").text
    assert "アクティブではありません" not in visit(app, cast.nishi_reader).log_in(login_id).text


def test_an_unfit_password_is_told_beside_the_wrong_answer(app: Flask, cast: Cast) -> None:
    """R8-3: all at once; nothing of it comes back."""
    path = mailed_link(app, with_answer(app, cast.higashi_reader))
    answer = changed(visit(app, cast.higashi_reader), path, "みどり小学校", "short1")
    assert answer.status_code == 422
    assert "秘密の質問の答えが違います。" in answer.text
    assert "8文字以上32文字以内で入力してください。" in answer.text
    assert "みどり小学校" not in answer.text
    assert "short1" not in answer.text


def test_an_empty_answer_is_no_try_and_the_old_password_no_new_one(app: Flask, cast: Cast) -> None:
    """C10, R6-4."""
    path = mailed_link(app, with_answer(app, cast.higashi_reader))
    visitor = visit(app, cast.higashi_reader)
    assert changed(visitor, path, "").status_code == 422
    assert row_of(app, cast.higashi_reader).wrong_answers == 0
    same = changed(visitor, path, ANSWER, PASSWORD)
    assert "直前のパスワードとは違うものにしてください。" in same.text


def test_on_another_organizations_pc_the_link_is_as_good_as_forged(app: Flask, cast: Cast) -> None:
    """R8-4, R6-7: byte by byte, opened or pressed."""
    person = with_answer(app, cast.higashi_reader)
    path, outsider = mailed_link(app, person), visit(app, cast.nishi_reader)
    theirs = outsider.get(path)
    assert (theirs.status_code, theirs.text) == (404, outsider.get("/password/reset/abc.def").text)
    token = outsider.form("/login", "/login").values["csrf_token"]
    filled = {"answer": "みどり小学校", "password": NEW, "again": NEW, "csrf_token": token, "form_key": new_form_key()}
    assert outsider.post(path, filled).status_code == 404
    assert row_of(app, person).wrong_answers == 0


def test_somebody_else_who_is_logged_in_is_told_whose_it_is(app: Flask, cast: Cast) -> None:
    """D5, C11."""
    path = mailed_link(app, with_answer(app, cast.higashi_reader))
    colleague = logged_in(app, cast.higashi_deputy)
    assert f"ログイン中のID({cast.higashi_deputy.login_id})のパスワードではありません。" in colleague.page(path)
    before = row_of(app, cast.higashi_deputy).password_hash
    changed(colleague, path)
    assert row_of(app, cast.higashi_deputy).password_hash == before


@pytest.mark.parametrize(
    "typed",
    [
        "Ｍinami@higashi-gas.example",
        "mınami@higashi-gas.example",
        "minamı@higashi-gas.example",
        "minami@hıgashi-gas.example",
        "minami@higashi‐gas.example",
        "minami@higashi-gas.example,evil@nishi-gas.example",
        "minami@higashi-gas.example\r\nBcc: evil@nishi-gas.example",
        "mi\u00adnami@higashi-gas.example",
    ],
)
def test_no_look_alike_reaches_anybody(app: Flask, cast: Cast, typed: str) -> None:
    """C6, CVE-2019-19844: refused by its form alone; no mail, no row."""
    with_answer(app, cast.higashi_reader)
    assert asked(app, cast.higashi_reader, typed).status_code == 422
    assert delivered(app) == []


@pytest.mark.parametrize("typed", ["MINAMI@Higashi-Gas.EXAMPLE", " minami@higashi-gas.example　"])
def test_case_and_blanks_are_the_same_person_and_the_mail_goes_to_the_registered_id(
    app: Flask, cast: Cast, typed: str
) -> None:
    """C6, R5-7: never to what was typed."""
    person = with_answer(app, cast.higashi_reader)
    asked(app, person, typed)
    with app.app_context(), transaction() as session:
        (mail,) = mails_in(session, RESET)
        send(session, mail)
        assert (mail.address, mail.organization_id) == (person.login_id, person.organization_id)


def test_two_ids_in_one_form_are_none(app: Flask, cast: Cast) -> None:
    """C12: parameter pollution."""
    ids = [cast.higashi_reader.login_id, cast.nishi_reader.login_id]
    assert visit(app, cast.higashi_reader).submit(ASK, login_id=ids).status_code == 400
    assert delivered(app) == []


def test_nobody_is_flooded(app: Flask, cast: Cast) -> None:
    """R6-7: five mails an hour for one ID; the answer stays the same."""
    answers = {asked(app, cast.higashi_reader).text for _ in range(8)}
    assert len(answers) == 1
    assert len(delivered(app)) == 5


def test_nobody_shuts_somebody_out_by_asking_in_his_name(app: Flask, cast: Cast) -> None:
    """C5: what was asked for on another organization's PC uses nothing up."""
    person = with_answer(app, cast.higashi_reader)
    for _ in range(8):
        asked(app, cast.nishi_reader, person.login_id)
    assert {type(answer) for answer in delivered(app)} == {Skipped}
    assert visit(app, person).get(mailed_link(app, person)).status_code == 200


def test_asking_again_and_again_is_limited_before_anything_is_written(app: Flask, cast: Cast) -> None:
    """C1: 429 with the time to wait."""
    app.extensions["tries"] = Tries("memory://", 100, 3)
    answers = [asked(app, cast.higashi_reader) for _ in range(4)]
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["Retry-After"]) > 0


def test_a_mail_that_waited_too_long_is_not_sent(app: Flask, cast: Cast) -> None:
    """F9: nobody gets a link out of the blue when the mail server is back."""
    person = with_answer(app, cast.higashi_reader)
    asked(app, person)
    (answer,) = delivered(app, NOW + timedelta(hours=1, seconds=1))
    assert isinstance(answer, Skipped)
    assert row_of(app, person).reset_sent_at is None


def test_the_pc_is_judged_again_as_the_mail_leaves(app: Flask, cast: Cast) -> None:
    """F9, R4-5."""
    person = with_answer(app, cast.higashi_reader)
    asked(app, person)
    with app.app_context(), transaction() as session:
        session.execute(update(CertificateRegistration).values(suspended_at=NOW))
    assert isinstance(delivered(app)[0], Skipped)
    asked_of_ended(app, cast)


def asked_of_ended(app: Flask, cast: Cast) -> None:
    with app.app_context(), transaction() as session:
        session.execute(update(CertificateRegistration).values(suspended_at=None))
    asked(app, cast.higashi_reader)
    with app.app_context(), transaction() as session:
        session.execute(update(Organization).values(ended_at=NOW))
    assert isinstance(delivered(app)[0], Skipped)


def test_where_no_question_is_asked_certificate_and_link_do(sqlite_url: str, tmp_path: Any, hands: Hands) -> None:
    """R6-7: a setting."""
    app = create_app(settings_for(sqlite_url, tmp_path, is_question_asked=False))
    with app.app_context(), transaction() as session:
        cast = make_cast(session)
    asked(app, cast.higashi_reader)
    with app.app_context(), transaction() as session:
        user = session.get_one(User, cast.higashi_reader.user_id)
        user.reset_version, user.reset_sent_at = 1, NOW
        path = f"/password/reset/{token_for(reset_desk([KEY]), user)}"
    visitor = visit(app, cast.higashi_reader)
    assert "秘密の質問" not in visitor.page(path)
    assert changed(visitor, path, None).status_code == 303


def test_wrong_answers_at_once_are_counted_exactly(any_app: Flask, person: Person) -> None:
    """C3, C10: five and one lock; none of them says anything of the answer afterwards."""
    path = mailed_link(any_app, person)
    visitor = visit(any_app, person)
    values = {**visitor.form(path, path).values, "answer": "みどり小学校", "password": NEW, "again": NEW}
    cookie = visitor.browser.get_cookie("__Host-session", domain="portal.example")
    assert cookie is not None

    def press(_number: int) -> int:
        one = visit(any_app, person)
        one.browser.set_cookie("__Host-session", cookie.value, domain="portal.example", secure=True)
        return one.post(path, values).status_code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(press, range(20))) == [403] * 16 + [422] * 4
    assert (row_of(any_app, person).wrong_answers, row_of(any_app, person).lock_reason) == (5, "answer")
    assert len(trail_of(any_app, "account.locked")) == 1


@pytest.mark.parametrize(
    ("facts", "answer"),
    [
        (ResetFacts(2, NOW, is_locked=False, is_gone=False), ResetAnswer.OK),
        (ResetFacts(3, NOW, is_locked=False, is_gone=False), ResetAnswer.DEAD),
        (ResetFacts(2, None, is_locked=False, is_gone=False), ResetAnswer.DEAD),
        (ResetFacts(2, None, is_locked=True, is_gone=False), ResetAnswer.LOCKED),
        (ResetFacts(3, None, is_locked=True, is_gone=False), ResetAnswer.DEAD),
        (ResetFacts(2, NOW, is_locked=True, is_gone=True), ResetAnswer.DEAD),
        (ResetFacts(2, NOW - timedelta(seconds=601), is_locked=False, is_gone=False), ResetAnswer.EXPIRED),
    ],
)
def test_what_a_link_answers(facts: ResetFacts, answer: ResetAnswer) -> None:
    """R6-7, C11."""
    assert reset_answer(facts, 2, RESET_SENDER.seconds, NOW) is answer
