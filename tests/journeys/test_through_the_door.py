"""Each way through the door, done by a person: nginx, client certificates, mails, a browser; and what shuts it in the middle."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page
from sqlalchemy import select

from auth.ca_queries import issuing_cas
from auth.models import Certificate, Organization, User
from auth.questions import answer_hash
from auth.registry import register_certificate
from base.actors import COMMAND
from base.audit import AuditEntry
from base.db import db, transaction
from demo.authority import write_client
from tests import make
from tests.cast import Person
from tests.journeys.conftest import Open
from tests.journeys.standing import P12_PASSWORD, Site, link_in
from tests.make import PASSWORD

FAILED = "【エラー】認証に失敗しました。"
INACTIVE = "【エラー】このユーザーはアクティブではありません。ブラウザを閉じてやりなおしてください。"
NEW_PASSWORD = "yamabiko-Sanpo39"
WRONG = "wrong-Horse7"
ANSWER = "しろ まる"


def log_in(page: Page, site: Site, login_id: str, password: str = PASSWORD) -> None:
    page.goto(site.base_url + "/login")
    page.fill("#login_id", login_id)
    page.fill("#password", password)
    page.click("main form button")


def is_in(page: Page, site: Site, person: str) -> bool:
    return page.url == site.base_url + "/" and person in page.inner_text("header.top")


def press(page: Page, button: str) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=button, exact=True).click()


def trail_of(site: Site, action: str, login_id: str) -> list[AuditEntry]:
    with site.app.app_context():
        lines = select(AuditEntry).where(AuditEntry.action == action, AuditEntry.subject == f"login:{login_id}")
        return list(db.session.scalars(lines))


def another_pc(site: Site, person: Person, name: str) -> str:
    """A second PC of the person's organization, registered too; answers the certificate's public id."""
    issued = site.authority.issue_client(name, not_before=datetime.now(UTC) - timedelta(days=1))
    write_client(site.folder, name, issued, site.authority, P12_PASSWORD)
    with site.app.app_context(), transaction() as session:
        of, now = session.get_one(Organization, person.organization_id), datetime.now(UTC)
        row = register_certificate(session, issued.der, of, f"PC of {name}", issuing_cas(session), by=COMMAND, now=now)
        return session.get_one(Certificate, row.certificate_id).public_id


@pytest.fixture(scope="module")
def newcomer(site: Site) -> str:
    """Somebody who has a right and no password yet."""
    now, login_id = datetime.now(UTC), "shinjin@higashi-gas.example"
    with site.app.app_context(), transaction() as session:
        higashi = session.get_one(Organization, site.cast.higashi_manager.organization_id)
        rights, created_at = {"TAXIS": "1011"}, now - timedelta(days=1)
        make.user(session, higashi, login_id, name="新人 六郎", password=None, rights=rights, created_at=created_at)
    return login_id


def test_from_two_mails_to_the_first_login(site: Site, open_browser: Open, newcomer: str) -> None:
    """R6-1, R6-8: staff start it; link and one-time password come apart, and neither is enough."""
    desk = open_browser("staff")
    log_in(desk, site, site.cast.reception.login_id)
    desk.goto(f"{site.base_url}/staff/users?q={newcomer}")
    assert "新人 六郎" in desk.inner_text("h1")
    desk.click("text=認証情報のメールを送る")
    press(desk, "2通のメールを送る")
    link = link_in(site.mail_to(newcomer, "認証情報登録手順のご案内"))
    letter = site.mail_to(newcomer, "認証情報登録用ワンタイムパスワード").get_content()
    code = re.search(r"\b[0-9A-Z]{5}-[0-9A-Z]{5}\b", letter)
    assert code
    assert "https://" not in letter.replace(site.base_url + "/login", "")

    outsider = open_browser("nishi")
    answer = outsider.goto(link)
    assert answer
    assert answer.status == 404
    assert "新人" not in outsider.content()

    page = open_browser("higashi")
    page.goto(link)
    page.fill("input[name=one_time_password]", "00000-00000")
    fill_credentials(page)
    assert "あと4回" in page.inner_text("main")
    page.fill("input[name=one_time_password]", code[0])
    fill_credentials(page)
    assert "認証情報の登録が完了しました" in page.inner_text("main")
    log_in(page, site, newcomer, NEW_PASSWORD)
    assert is_in(page, site, "新人 六郎")
    assert "初めて" in page.inner_text("header.top")


def fill_credentials(page: Page) -> None:
    page.fill("input[name=password]", NEW_PASSWORD)
    page.fill("input[name=again]", NEW_PASSWORD)
    page.select_option("select[name=question]", index=1)
    page.fill("input[name=answer]", ANSWER)
    press(page, "登録する")


def test_from_a_forgotten_password_to_the_login(site: Site, open_browser: Open) -> None:
    """R6-7, R6-8: link and answer together; the link works once."""
    person = site.cast.higashi_johs_only
    with site.app.app_context(), transaction() as session:
        row = session.get_one(User, person.user_id)
        row.secret_question = "first_pet"
        row.secret_answer_hash = answer_hash(ANSWER, site.app.extensions["passwords"])
    page = open_browser("higashi")
    page.goto(site.base_url + "/login")
    page.click("text=パスワードを忘れた方はこちら。")
    page.fill("#login_id", person.login_id)
    press(page, "メールを受け取る")
    assert "お申し込みを受け付けました" in page.inner_text("main")
    link = link_in(site.mail_to(person.login_id, "パスワード再設定のご案内"))
    page.goto(link)
    fill_reset(page, "ちがう答え")
    assert "あと4回" in page.inner_text("main")
    fill_reset(page, ANSWER)
    page.goto(link)
    assert "このURLは使えなくなりました" in page.inner_text("main")
    log_in(page, site, person.login_id)
    assert FAILED in page.inner_text("main")
    log_in(page, site, person.login_id, NEW_PASSWORD)
    assert is_in(page, site, person.name)
    assert len(trail_of(site, "password.reset", person.login_id)) == 1


def fill_reset(page: Page, answer: str) -> None:
    page.fill("input[name=answer]", answer)
    page.fill("input[name=password]", NEW_PASSWORD)
    page.fill("input[name=again]", NEW_PASSWORD)
    press(page, "パスワードを変更する")


def test_from_five_failures_over_the_desk_back_in(site: Site, open_browser: Open) -> None:
    """R6-2, R6-3, R6-8: who knows his password is told whom to call; the desk writes down how it knew him."""
    person, page = site.cast.higashi_contractor, open_browser("higashi")
    for _ in range(5):
        log_in(page, site, person.login_id, WRONG)
        assert FAILED in page.inner_text("main")
        assert INACTIVE not in page.inner_text("main")
    log_in(page, site, person.login_id)
    assert INACTIVE in page.inner_text("main")
    assert "0570-000-333" in page.inner_text("main")

    desk = open_browser("staff")
    log_in(desk, site, site.cast.reception.login_id)
    desk.goto(f"{site.base_url}/staff/users/{person.public_id}")
    press(desk, "ロックを解除する")
    assert INACTIVE not in desk.inner_text("main")
    desk.fill("input[name=identified_by]", "登録の電話番号への折り返し")
    desk.fill("input[name=reason]", "入力を誤ったとのこと")
    press(desk, "ロックを解除する")
    desk.goto(f"{site.base_url}/staff/audit?person={person.public_id}&kind=lock")
    assert "登録の電話番号への折り返し" in desk.inner_text("main")

    log_in(page, site, person.login_id)
    assert is_in(page, site, person.name)


def test_a_certificate_suspended_in_the_middle_of_a_session_shuts_the_next_click(
    site: Site, open_browser: Open
) -> None:
    """R4-5, R4-6, A11, B4: and the same certificate resumed doesn't bring the session back."""
    certificate = another_pc(site, site.cast.nishi_reader, "nishi-second")
    page = open_browser("nishi-second")
    log_in(page, site, site.cast.nishi_reader.login_id)
    assert is_in(page, site, site.cast.nishi_reader.name)

    desk = open_browser("staff")
    log_in(desk, site, site.cast.reception.login_id)
    desk.goto(f"{site.base_url}/staff/certificates/{certificate}/suspend")
    if desk.input_value("select[name=organization]") == "":
        desk.select_option("select[name=organization]", index=1)
    desk.fill("input[name=reason]", "PCの紛失の連絡を受けたため")
    press(desk, "すぐに停止する")

    page.click("text=アカウント")
    assert "このクライアント証明書は利用を停止しています" in page.inner_text("main")
    assert site.cast.nishi_reader.name not in page.content()
    desk.goto(f"{site.base_url}/staff/certificates/{certificate}")
    press(desk, "停止を解除")
    page.goto(site.base_url + "/")
    assert page.url == site.base_url + "/login"


def test_a_cookie_carried_to_another_pc_is_worthless_and_ends_the_session(site: Site, open_browser: Open) -> None:
    """R4-6, A19, B3: though that PC is the same organization's and registered as well."""
    another_pc(site, site.cast.higashi_reader, "higashi-second")
    page = open_browser("higashi")
    log_in(page, site, site.cast.higashi_reader.login_id)
    assert is_in(page, site, site.cast.higashi_reader.name)

    thief = open_browser("higashi-second")
    thief.context.add_cookies(page.context.cookies())  # type: ignore[arg-type] # what it gives is what it takes
    answer = thief.goto(site.base_url + "/account")
    assert answer
    assert answer.status == 403
    assert "ログインのときとは別のクライアント証明書です" in thief.inner_text("main")
    assert site.cast.higashi_reader.name not in thief.content()
    page.goto(site.base_url + "/")
    assert page.url == site.base_url + "/login"
    why = [line.after for line in trail_of(site, "session.ended", site.cast.higashi_reader.login_id)]
    assert any("another certificate" in after for after in why)


def test_an_expired_password_leads_to_its_change_and_nowhere_else(site: Site, open_browser: Open) -> None:
    """R6-5, R6-6, C8. The last of this file: it moves everybody's clock."""
    person, page = site.cast.minato_manager, open_browser("minato")
    site.move_clock(timedelta(days=186))
    try:
        log_in(page, site, person.login_id)
        for path in ("/", "/account", "/requests", "/pages/common"):
            page.goto(site.base_url + path)
            assert page.url.startswith(site.base_url + "/account/password"), path
            assert "パスワードの有効期限が切れています" in page.inner_text("main")
        change_password(page, PASSWORD, PASSWORD)
        assert "前回と" in page.inner_text("main") or "直前" in page.inner_text("main")
        change_password(page, PASSWORD, NEW_PASSWORD)
        page.goto(site.base_url + "/")
        assert is_in(page, site, person.name)
    finally:
        site.move_clock(timedelta(0))


def change_password(page: Page, current: str, new: str) -> None:
    page.fill("input[name=current]", current)
    page.fill("input[name=password]", new)
    page.fill("input[name=again]", new)
    press(page, "パスワードを変更する")
