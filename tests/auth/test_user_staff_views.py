"""The desk's phone work: found, identified, unlocked; credentials sent; sessions ended (R6-1, R6-3)."""

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import create_app
from auth.credential_queries import KINDS
from auth.models import CertificateRegistration, CredentialPair, User
from base.actors import COMMAND
from base.db import db, transaction
from base.form_keys import new_form_key
from base.outbox import Mail
from tests import make
from tests.auth.credentialing import invited, mails_in, send, started
from tests.auth.test_credential_views import change, pair_of, row_of, trail_of
from tests.browsing import Visitor, logged_in
from tests.cast import Cast, Person, make_cast
from tests.certificates import NOW
from tests.conftest import Hands
from tests.settings import settings_for

Enter = Callable[[Person], Visitor]
CALL = {"identified_by": "所属と窓口責任者の氏名", "reason": "入力を誤ったとのこと"}


def of(person: Person, action: str = "") -> str:
    return f"/staff/users/{person.public_id}{action}"


def listed(visitor: Visitor, query: str = "") -> list[str]:
    """The IDs on the page, in their order."""
    return re.findall(r"<small>([^<]+@[^<]+)</small>", visitor.page(f"/staff/users?{query}"))


def test_the_desk_finds_and_unlocks_in_two_presses(any_app: Flask, any_cast: Cast) -> None:
    """R6-3, R6-8, C1: the whole ID leads to the person; both entries are kept; the next login works."""
    person = any_cast.higashi_reader
    change(any_app, person, locked_at=NOW, lock_reason="password", wrong_passwords=5)
    desk = logged_in(any_app, any_cast.reception)
    found = desk.get("/staff/users", query_string={"q": f" {person.login_id.upper()} "})
    assert (found.status_code, found.location) == (302, of(person))
    page = desk.page(of(person))
    assert "ロック中(パスワード誤り)" in page
    answer = desk.submit(of(person), of(person, "/unlock"), **CALL)
    assert (answer.status_code, answer.location) == (303, of(person))
    assert "ロックを解除しました。" in desk.page(of(person))
    (line,) = trail_of(any_app, "account.unlocked")
    assert json.loads(line.after) == {"identified_by": CALL["identified_by"], "why": CALL["reason"]}
    assert line.user_id == any_cast.reception.user_id
    assert Visitor(any_app, person.client).log_in(person.login_id).status_code == 303


def test_without_saying_how_and_why_nothing_is_unlocked(app: Flask, cast: Cast, enter: Enter) -> None:
    """R6-3, R8-3: what was typed is kept."""
    change(app, cast.higashi_reader, locked_at=NOW, lock_reason="password")
    desk, here = enter(cast.reception), of(cast.higashi_reader)
    answer = desk.submit(here, here + "/unlock", identified_by="", reason="入力を誤ったとのこと")
    assert answer.status_code == 422
    assert 'value="入力を誤ったとのこと"' in answer.text
    assert row_of(app, cast.higashi_reader).locked_at is not None


def test_a_dormant_account_unlocked_keeps_its_last_login(app: Flask, cast: Cast, enter: Enter) -> None:
    """R5-42."""
    last = NOW - timedelta(days=185)
    change(app, cast.higashi_reader, locked_at=NOW, lock_reason="dormancy", last_login_at=last)
    desk, here = enter(cast.reception), of(cast.higashi_reader)
    assert "長期未使用" in desk.page(here)
    assert desk.submit(here, here + "/unlock", **CALL).status_code == 303
    assert row_of(app, cast.higashi_reader).last_login_at == last


def test_staff_lock_at_once_and_whoever_is_inside_is_out(any_app: Flask, any_cast: Cast) -> None:
    """R6-3, B4."""
    person = any_cast.higashi_reader
    inside, desk = logged_in(any_app, person), logged_in(any_app, any_cast.reception)
    refused = desk.submit(of(person, "/lock"), reason="")
    assert refused.status_code == 422
    assert inside.get("/").status_code == 200
    assert desk.submit(of(person, "/lock"), reason="退職の連絡").status_code == 303
    assert inside.get("/").status_code in {302, 303}
    assert row_of(any_app, person).lock_reason == "staff"
    assert "アクティブではありません" in Visitor(any_app, person.client).log_in(person.login_id).text


def test_what_another_has_done_meanwhile_is_a_conflict(app: Flask, cast: Cast, enter: Enter) -> None:
    """G1: an unlocked account isn't unlocked again, a locked one not locked again."""
    person, desk = cast.higashi_reader, enter(cast.reception)
    change(app, person, locked_at=NOW, lock_reason="password")
    form = desk.form(of(person), of(person, "/unlock"))
    change(app, person, locked_at=None, lock_reason=None)
    assert desk.post(form.action, {**form.values, **CALL}).status_code == 409
    form = desk.form(of(person, "/lock"), of(person, "/lock"))
    change(app, person, locked_at=NOW, lock_reason="password")
    assert desk.post(form.action, {**form.values, "reason": "x"}).status_code == 409


def test_credentials_are_sent_and_their_fate_is_seen(any_app: Flask, any_cast: Cast) -> None:
    """R6-1: two mails with their fate; sent again, the older are void."""
    person, desk = any_cast.higashi_reader, logged_in(any_app, any_cast.reception)
    assert desk.submit(of(person, "/credentials")).status_code == 303
    page = desk.page(of(person))
    assert page.count("送信待ち") >= 3
    with any_app.app_context(), transaction() as session:
        for mail in mails_in(session, *KINDS):
            send(session, mail)
            assert f"/staff/mails/{mail.public_id}" in page
    assert "2026/11/29(日) 12:00 まで" in desk.page(of(person))
    first = pair_of(any_app, person)
    assert desk.submit(of(person, "/credentials")).status_code == 303
    assert pair_of(any_app, person).public_id != first.public_id
    with any_app.app_context():
        old = db.session.get_one(CredentialPair, first.id)
        assert (old.end_reason, old.ended_at) == ("replaced", NOW)


def test_a_double_press_sends_one_pair(app: Flask, cast: Cast, enter: Enter) -> None:
    """G1."""
    desk, path = enter(cast.reception), of(cast.higashi_reader, "/credentials")
    form = desk.form(path, path)
    answers = [desk.post(path, form.values) for _ in range(2)]
    assert [answer.location for answer in answers] == [of(cast.higashi_reader)] * 2
    with app.app_context():
        assert len(db.session.scalars(select(Mail).where(Mail.kind.in_(KINDS))).all()) == 2


def without_certificates(app: Flask, person: Person) -> None:
    with app.app_context(), transaction() as session:
        here = CertificateRegistration.organization_id == person.organization_id
        for row in session.scalars(select(CertificateRegistration).where(here)):
            row.suspended_at = NOW


def test_held_mails_say_why_and_nobody_can_send_them_anyway(app: Flask, cast: Cast, enter: Enter) -> None:
    """R6-1: the link would die unused."""
    without_certificates(app, cast.nishi_reader)
    desk, here = enter(cast.reception), of(cast.nishi_reader)
    assert "いまは送信を保留します" in desk.page(here + "/credentials")
    desk.submit(here + "/credentials")
    page = desk.page(here)
    assert "登録済みで有効なクライアント証明書が、この事業者にまだありません。" in page
    with app.app_context():
        mail = mails_in(db.session(), *KINDS)[0].public_id
    assert "今すぐ送る" not in desk.page(f"/staff/mails/{mail}")
    token = desk.form(here, "/logout").values["csrf_token"]
    pressed = desk.post(f"/staff/mails/{mail}/send-anyway", {"csrf_token": token, "form_key": new_form_key()})
    assert pressed.status_code == 400
    assert "自動で送信します" in pressed.text


def test_a_locked_account_gets_no_credentials(app: Flask, cast: Cast, enter: Enter) -> None:
    """R6-1, R6-3."""
    person, desk = cast.higashi_reader, enter(cast.reception)
    form = desk.form(of(person, "/credentials"), of(person, "/credentials"))
    change(app, person, locked_at=NOW, lock_reason="staff")
    assert "先にロックを解除してください" in desk.page(of(person, "/credentials"))
    assert desk.post(form.action, form.values).status_code == 409


def test_staff_end_all_logins_of_a_person(app: Flask, cast: Cast, enter: Enter) -> None:
    """B4, R6-8."""
    inside, desk = enter(cast.higashi_reader), enter(cast.reception)
    assert "PC-03" in desk.page(of(cast.higashi_reader))
    assert desk.submit(of(cast.higashi_reader), of(cast.higashi_reader, "/end-sessions")).status_code == 303
    assert inside.get("/").status_code in {302, 303}
    assert "ログイン中のパソコンはありません" in desk.page(of(cast.higashi_reader))


def test_staffs_own_accounts_are_the_administrators(app: Flask, cast: Cast, enter: Enter) -> None:
    """R8-4: the reception center sees them and can do nothing with them; nobody locks himself."""
    desk, chief = enter(cast.reception), enter(cast.administrator)
    page = desk.page(of(cast.operations))
    assert "管理者が行います" in page
    assert desk.get(of(cast.operations, "/lock")).status_code == 404
    token = desk.form("/staff/users", "/logout").values["csrf_token"]
    for action in ("/lock", "/unlock", "/credentials", "/end-sessions"):
        fields = {"csrf_token": token, "form_key": new_form_key(), **CALL}
        assert desk.post(of(cast.operations, action), fields).status_code == 404
    assert chief.submit(of(cast.operations, "/lock"), reason="異動").status_code == 303
    assert chief.submit(of(cast.administrator, "/lock"), reason="試し").status_code == 400
    assert row_of(app, cast.administrator).locked_at is None


def test_a_setting_says_which_roles_unlock(sqlite_url: str, tmp_path: Any, hands: Hands) -> None:
    """R6-3."""
    app = create_app(settings_for(sqlite_url, tmp_path, unlock_roles=frozenset({"operations"})))
    with app.app_context(), transaction() as session:
        cast = make_cast(session)
    change(app, cast.higashi_reader, locked_at=NOW, lock_reason="password")
    here = of(cast.higashi_reader)
    desk = logged_in(app, cast.reception)
    assert "解除の権限がある担当者だけ" in desk.page(here)
    token = desk.form(here, "/logout").values["csrf_token"]
    assert desk.post(f"{here}/unlock", {"csrf_token": token, "form_key": new_form_key(), **CALL}).status_code == 404
    assert logged_in(app, cast.operations).submit(here, f"{here}/unlock", **CALL).status_code == 303


@pytest.mark.parametrize("words", ["東野花子", "東野 花子", "ヒガシノ ハナコ", "higashino@", "ひがしガス株"])
def test_people_are_found_by_name_kana_id_and_organization(app: Flask, cast: Cast, enter: Enter, words: str) -> None:
    """However the blanks are set."""
    found = listed(enter(cast.reception), f"q={words}")
    assert cast.higashi_manager.login_id in found
    assert listed(enter(cast.reception), "q=該当なし") == []
    if words == "ひがしガス株":
        assert cast.nishi_reader.login_id not in found


def test_each_state_narrows_to_its_own(any_app: Flask, any_cast: Cast) -> None:
    """R6-1, R6-3, R6-5, R5-40: and no state hides the deleted alone."""
    cast = any_cast
    change(any_app, cast.higashi_deputy, deleted_at=NOW)
    change(any_app, cast.higashi_reader, locked_at=NOW, lock_reason="staff")
    change(any_app, cast.higashi_johs_only, password_hash=None, password_set_at=None)
    change(any_app, cast.higashi_contractor, password_set_at=NOW - timedelta(days=186))
    for person in (cast.higashi_manager, cast.nishi_manager, cast.nishi_reader, cast.minato_manager):
        change(any_app, person, password_set_at=NOW, issued_at=NOW)
    change(any_app, cast.nishi_reader, last_login_at=NOW - timedelta(days=120))
    desk = logged_in(any_app, cast.reception)
    for state, person in (
        ("deleted", cast.higashi_deputy),
        ("locked", cast.higashi_reader),
        ("unregistered", cast.higashi_johs_only),
        ("expired", cast.higashi_contractor),
    ):
        assert listed(desk, f"state={state}") == [person.login_id]
    assert cast.nishi_reader.login_id in listed(desk, "state=dormant")
    assert cast.nishi_manager.login_id not in listed(desk, "state=dormant")
    everybody = listed(desk)
    assert cast.higashi_deputy.login_id not in everybody
    others = {cast.higashi_reader.login_id, cast.higashi_johs_only.login_id, cast.higashi_contractor.login_id}
    assert set(listed(desk, "state=active")) == set(everybody) - others


def test_role_and_organization_narrow_too(app: Flask, cast: Cast, enter: Enter) -> None:
    """R8-3: what can't be read narrows nothing."""
    desk = enter(cast.reception)
    with app.app_context():
        nishi = db.session.get_one(User, cast.nishi_reader.user_id).organization.public_id
    assert set(listed(desk, f"organization={nishi}")) == {cast.nishi_manager.login_id, cast.nishi_reader.login_id}
    assert set(listed(desk, f"organization={nishi}&role=user")) == {cast.nishi_reader.login_id}
    assert cast.reception.login_id in listed(desk, "role=staff")
    assert len(listed(desk, "state=x&role=y&organization='&after=%00z".replace("%00", ""))) == 12


def test_a_long_list_goes_on_where_it_ended(app: Flask, cast: Cast, enter: Enter) -> None:
    """Nobody twice, nobody left out, the same kana or not."""
    with app.app_context(), transaction() as session:
        of_many = make.organization(session)
        for number in range(110):
            make.user(session, of_many, f"p{number}@higashi-gas.example", kana=f"カナ{'アイウ'[number % 3]}")
    desk, seen, query = enter(cast.reception), [], "q=higashi-gas"
    while query:
        page = desk.page(f"/staff/users?{query}")
        seen += re.findall(r"<small>([^<]+@[^<]+)</small>", page)
        onward = re.search(r'href="/staff/users\?([^"]+)" rel="next"', page)
        query = onward[1].replace("&amp;", "&") if onward else ""
    assert len(seen) == len(set(seen)) == 110 + 4


def test_the_list_opens_in_excel(app: Flask, cast: Cast, enter: Enter) -> None:
    """R2-3, E7: the same narrowing, every row."""
    invited(app, cast.higashi_reader)
    change(app, cast.higashi_reader, name_kanji="=cmd|x")
    answer = enter(cast.reception).get("/staff/users.csv?q=minami@higashi")
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert [row["メールアドレス(ID)"] for row in rows] == [cast.higashi_reader.login_id]
    assert rows[0]["利用者名(漢字)"] == "'=cmd|x"
    assert rows[0]["認証情報登録のメール"] == "登録待ち"
    assert rows[0]["アカウントの状態"] == "利用できます"


@pytest.mark.parametrize("person", ["nishi_manager", "nishi_reader", "higashi_manager", "operations"])
def test_nobody_else_sees_anything_of_it(app: Flask, cast: Cast, enter: Enter, person: str) -> None:
    """R8-4: the outsider, the insider's own manager, staff of another task."""
    visitor = enter(getattr(cast, person))
    for path in ("/staff/users", "/staff/users.csv", of(cast.higashi_reader), of(cast.higashi_reader, "/lock")):
        assert visitor.get(path).status_code == 404
    assert 'href="/staff/users"' not in visitor.get("/", follow_redirects=True).text


def test_the_desk_counts_pairs_that_nobody_used_and_held_ones(app: Flask, cast: Cast, hands: Hands) -> None:
    """R6-1."""
    for person in (cast.higashi_reader, cast.higashi_deputy, cast.nishi_reader):
        change(app, person, password_hash=None, password_set_at=None)
    invited(app, cast.higashi_reader)
    without_certificates(app, cast.nishi_reader)
    with app.app_context(), transaction() as session:
        started(session, session.get_one(User, cast.nishi_reader.user_id), COMMAND)
    hands.now = NOW + timedelta(days=7, seconds=1)
    desk = logged_in(app, cast.reception)
    tiles = re.findall(r"<strong>(\d+)</strong> ([^<]+)</a>", desk.page("/staff"))
    assert {("1", "認証情報登録の期限切れ"), ("1", "認証情報のメール保留")} <= set(tiles)
    listed_now = desk.page("/staff/users?state=unregistered")
    assert "期限切れ" in listed_now
    assert "送信保留" in listed_now


def test_contact_managers_see_who_of_theirs_has_not_registered(app: Flask, cast: Cast, enter: Enter) -> None:
    """R6-1: name and until when; nothing of another organization's people."""
    change(app, cast.higashi_reader, password_hash=None, password_set_at=None)
    manager, outsider = enter(cast.higashi_manager), enter(cast.nishi_manager)
    assert "認証情報が登録されていません" not in manager.page("/")
    invited(app, cast.higashi_reader)
    page = manager.page("/")
    assert f"{cast.higashi_reader.name}さんの認証情報が登録されていません" in page
    assert "2026/11/29(日) 12:00 までに登録してください" in page
    assert cast.higashi_reader.name not in outsider.page("/")
    assert cast.higashi_reader.name not in enter(cast.higashi_deputy).page("/help")


def test_a_crowd_of_newcomers_does_not_bury_the_home_page(app: Flask, cast: Cast, enter: Enter) -> None:
    """R6-1: ten by name, the rest as a number."""
    with app.app_context(), transaction() as session:
        higashi = session.get_one(User, cast.higashi_manager.user_id).organization
        for number in range(13):
            started(
                session,
                make.user(session, higashi, name=f"新人 {number:02}", kana=f"シンジン{number:02}", password=None),
            )
    page = enter(cast.higashi_manager).page("/")
    assert page.count("さんの認証情報が登録されていません") == 10
    assert "ほか3名の認証情報が登録されていません" in page
