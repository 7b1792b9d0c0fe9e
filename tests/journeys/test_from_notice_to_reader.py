"""Done for real: nginx, client certificates, SMTP, a browser. From a provisional address to the article that its mail leads to."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.journeys.conftest import Open
from tests.journeys.standing import Site, link_in
from tests.make import PASSWORD

ADDRESS = "madoguchi@higashi-gas.example"
NISHI_ADDRESS = "madoguchi@nishi-gas.example"
TITLE = "12月の計画停止のお知らせ"


def log_in(page: Page, login_id: str) -> None:
    """On the login page, wherever it leads."""
    page.fill("#login_id", login_id)
    page.fill("#password", PASSWORD)
    page.click("main button")


def register_address(page: Page, site: Site, organization: str, person: str, address: str) -> None:
    page.goto(site.base_url + "/staff/addresses/new")
    page.select_option("select[name=organization]", label=organization)
    page.fill("input[name=person_name]", person)
    page.fill("input[name=address]", address)
    page.click("main button:has-text('仮登録')")


def verify(open_browser: Open, site: Site, client: str, login_id: str, address: str) -> None:
    """Mail → link → login → button."""
    link = link_in(site.mail_to(address, "メールアドレスのご登録依頼"))
    page = open_browser(client)
    page.goto(link)
    assert page.url.startswith(site.base_url + "/login")
    log_in(page, login_id)
    assert "/verify/" in page.url
    page.click("main button:has-text('本登録する')")
    assert "本登録完了" in page.inner_text("main")


def write_article(page: Page, site: Site, on: str, title: str, tmp_path: Path) -> None:
    sheet = tmp_path / "緊急連絡票.csv"
    sheet.write_text("氏名,電話\n受付,0570-000-111\n", encoding="utf-8-sig")
    page.goto(site.base_url + "/staff/articles/new")
    page.select_option("select[name=page]", label=on)
    page.select_option("select[name=kind]", label="お知らせ:計画停止")
    page.fill("input[name=title]", title)
    page.fill(
        "textarea[name=source]",
        "設備更新のため停止します。\n\n## 停止する時間\n\n|開始|12/05|\n|---|---|\n|再開|12/06|\n",
    )
    page.set_input_files("input[name=files]", str(sheet))
    page.click("main button:has-text('保存して公開前の確認へ')")


def publish_silently(page: Page) -> None:
    page.check("text=掲載情報更新通知メールの送信は不要")
    page.fill("input[name=suppress_reason]", "誤字の訂正だけのため")
    page.click("main button:has-text('公開')")


@pytest.fixture
def staff(open_browser: Open, site: Site) -> Page:
    page = open_browser("staff")
    page.goto(site.base_url + "/login")
    log_in(page, site.cast.reception.login_id)
    return page


def test_a_notice_reaches_whom_it_is_for_and_nobody_else(
    site: Site, staff: Page, open_browser: Open, tmp_path: Path
) -> None:
    """R7-2, R7-10..R7-16, R8-4, R8-6, R8-8, E9, E11, F1, D7."""
    register_address(staff, site, "ひがしガス株式会社", "東野 花子", ADDRESS)
    register_address(staff, site, "にしガス株式会社", "西川 一郎", NISHI_ADDRESS)
    verify(open_browser, site, "higashi", site.cast.higashi_manager.login_id, ADDRESS)
    verify(open_browser, site, "nishi", site.cast.nishi_manager.login_id, NISHI_ADDRESS)

    write_article(staff, site, "TAXIS", TITLE, tmp_path)
    assert "1事業者" in staff.inner_text("main")
    assert "ひがしガス株式会社" in staff.content()
    staff.click("main button:has-text('公開して 1件に送る')")
    mail = site.mail_to(ADDRESS, TITLE)
    link = link_in(mail)
    assert mail["Message-ID"]
    assert mail["Auto-Submitted"] == "auto-generated"

    reader = open_browser("higashi")
    reader.goto(link)
    assert reader.url.startswith(site.base_url + "/login")
    log_in(reader, site.cast.higashi_manager.login_id)
    assert reader.url == link
    assert TITLE in reader.inner_text("h1")
    attachment = reader.get_attribute("a[href^='/files/']", "href")
    assert attachment
    fetched = reader.request.get(site.base_url + attachment)
    assert fetched.status == 200
    assert "0570-000-111" in fetched.text()

    write_article(staff, site, "TAXIS", "しずかな訂正", tmp_path)
    publish_silently(staff)
    assert [m["To"] for m in site.mails() if "しずかな訂正" in m["Subject"]] == []

    outsider = open_browser("nishi")
    outsider.goto(site.base_url + "/login")
    log_in(outsider, site.cast.nishi_manager.login_id)
    for path in (link, site.base_url + attachment, site.base_url + "/pages/taxis"):
        answer = outsider.goto(path)
        assert answer is not None
        assert answer.status == 404, path
    for path in ("/", "/pages/common", "/pages/johs", "/search?q=計画停止"):
        outsider.goto(site.base_url + path)
        assert TITLE not in outsider.inner_text("main")
        assert "TAXIS" not in outsider.inner_text("body")
        assert not re.search(r"\d+件の未読", outsider.inner_text("nav"))
    outsider_mails = [m["Subject"] for m in site.mails() if m["To"] == NISHI_ADDRESS]
    assert all("ご登録依頼" in subject for subject in outsider_mails)
