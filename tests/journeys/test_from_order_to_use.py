"""From a contact manager's order to the day the person can work, and out again: six weeks of 2018 and 2019, by the clock (R5-33)."""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from playwright.sync_api import Page

from base.jst import start_of
from tests.databases import Cluster
from tests.journeys.conftest import Open
from tests.journeys.standing import Site, link_in, standing_site
from tests.journeys.test_through_the_door import FAILED, NEW_PASSWORD, fill_credentials, is_in, log_in, press
from tests.make import PASSWORD

BEGIN = date(2018, 12, 13)
LOGIN_ID = "kitajima@higashi-gas.example"
# The worker looks every half minute whether a run is due.
THREE_LOOKS = 90.0
SYSTEMS = {"TAXIS", "JOHS", "JUJU", "LOACUS"}
NAME = "北島 三郎"


def at(day: date, hour: int = 10) -> datetime:
    return start_of(day) + timedelta(hours=hour)


@pytest.fixture(scope="module")
def site(postgres: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """In December 2018: certificates of that year, nginx under another clock."""
    with postgres.fresh() as url, standing_site(tmp_path_factory.mktemp("site"), url, at(BEGIN)) as site:
        yield site


class Walk:
    """One day after the other, each with a login of its own: nobody stays logged in for days."""

    def __init__(self, site: Site, open_browser: Open) -> None:
        self.site, self.open_browser = site, open_browser

    def on(self, day: date, hour: int = 10) -> None:
        self.site.set_clock(at(day, hour))

    def _in(self, client: str, login_id: str, password: str) -> Page:
        page = self.open_browser(client)
        log_in(page, self.site, login_id, password)
        return page

    def manager(self) -> Page:
        return self._entered("higashi", self.site.cast.higashi_manager.login_id, self.site.cast.higashi_manager.name)

    def center(self) -> Page:
        return self._entered("staff", self.site.cast.reception.login_id, self.site.cast.reception.name)

    def _entered(self, client: str, login_id: str, name: str) -> Page:
        page = self._in(client, login_id, PASSWORD)
        assert name in page.inner_text("header.top"), page.inner_text("main")
        return page

    def newcomer(self) -> Page:
        return self._in("higashi", LOGIN_ID, NEW_PASSWORD)

    def request_page(self, page: Page) -> str:
        page.goto(f"{self.site.base_url}/requests")
        page.click("main table a")
        return page.inner_text("main")

    def rights(self) -> dict[str, str]:
        """Of each system what the person sees of it under 「利用権限」."""
        page = self.newcomer()
        assert is_in(page, self.site, NAME), page.inner_text("main")
        page.goto(f"{self.site.base_url}/account")
        lines = page.locator("ul.todo li").all_inner_texts()
        return {line.split()[0]: line for line in lines if line.split()[0] in SYSTEMS}


def test_from_the_order_to_the_last_right_and_out_again(site: Site, open_browser: Open) -> None:
    """R5-10, R5-12, R5-14, R5-18, R5-33: entry 12-13, acceptance 12-14, M 12-17, TAXIS from 12-26, JUJU from 2019-01-07."""
    walk = Walk(site, open_browser)
    ordered(walk)
    accepted(walk)
    invitation = invited(walk)
    registered(walk, invitation)
    in_use(walk)
    changed(walk)
    removed(walk)


def ordered(walk: Walk) -> None:
    """① with the dates beside it before it is sent (R5-34)."""
    page = walk.manager()
    page.goto(f"{walk.site.base_url}/requests/new")
    page.fill("input[name=name_kanji]", NAME)
    page.fill("input[name=name_kana]", "キタジマ サブロウ")
    page.fill("input[name=login_id]", LOGIN_ID)
    page.check("input[name=taxis][value='1011']")
    page.check("input[name=juju][value=yes]")
    press(page, "内容を確認する")
    seen = page.inner_text("body")
    assert all(
        day in seen for day in ("2018/12/14(金)", "2018/12/17(月)", "2018/12/26(水)以降", "2019/01/07(月)以降")
    ), seen
    press(page, "この内容で申請する")
    assert "受付待ち" in page.inner_text("main")


def accepted(walk: Walk) -> None:
    """②, and the contact manager is told."""
    walk.on(date(2018, 12, 14))
    page = walk.center()
    page.goto(f"{walk.site.base_url}/staff/requests")
    page.locator("main tr", has_text=NAME).get_by_role("link").first.click()
    press(page, "受付完了にする")
    assert "処理中" in page.inner_text("main")
    assert (
        NAME
        in walk.site.mail_to(walk.site.cast.higashi_manager.login_id, "利用権限の申請を受け付けました").get_content()
    )


def invited(walk: Walk) -> tuple[str, str]:
    """③ and ④ by the worker, on its own, at midnight of M and not before; link and one-time password come apart (R6-1)."""
    walk.on(date(2018, 12, 16), hour=23)
    assert not [mail for mail in walk.site.mails() if mail["To"] == LOGIN_ID]
    walk.on(date(2018, 12, 17), hour=9)
    link = link_in(walk.site.mail_to(LOGIN_ID, "認証情報登録手順のご案内", patience=THREE_LOOKS))
    letter = walk.site.mail_to(LOGIN_ID, "認証情報登録用ワンタイムパスワード").get_content()
    code = re.search(r"\b[0-9A-Z]{5}-[0-9A-Z]{5}\b", letter)
    assert code
    return link, code[0]


def registered(walk: Walk, invitation: tuple[str, str]) -> None:
    """⑤ by the person, told from which day he can log in; ⑥ and ⑩ by the reception center."""
    link, code = invitation
    page = walk.open_browser("higashi")
    page.goto(link)
    page.fill("input[name=one_time_password]", code)
    fill_credentials(page)
    assert "認証情報の登録が完了しました" in page.inner_text("main")
    walk.on(date(2018, 12, 18))
    page = walk.center()
    page.goto(f"{walk.site.base_url}/staff/processing/2018-12-17/accounts")
    page.fill("main input[name^=number-]", "U000123")
    press(page, "入力した番号で登録完了にする")
    walk.on(date(2018, 12, 20))
    page = walk.center()
    page.goto(f"{walk.site.base_url}/staff/processing/2018-12-17/juju")
    page.check("main td input[name=request]")
    press(page, "選んだ申請を完了にする")
    seen = walk.request_page(walk.manager())
    assert "処理完了" in seen
    assert seen.count("済") >= 2


def in_use(walk: Walk) -> None:
    """⑧ and ⑫: the door opens with TAXIS on 12-26 and not on 12-25; JUJU follows on 2019-01-07."""
    walk.on(date(2018, 12, 25))
    assert FAILED in walk.newcomer().inner_text("main")
    walk.on(date(2018, 12, 26), hour=1)
    rights = walk.rights()
    assert "1011 更新権限あり 利用中" in rights["TAXIS"]
    assert "2019/01/07(月) から" in rights["JUJU"]
    walk.on(date(2019, 1, 6))
    assert "2019/01/07(月) から" in walk.rights()["JUJU"]
    walk.on(date(2019, 1, 7), hour=1)
    assert "利用中" in walk.rights()["JUJU"]


def person_page(walk: Walk) -> Page:
    page = walk.manager()
    page.goto(f"{walk.site.base_url}/people")
    page.click(f"main a:has-text('{NAME}')")
    return page


def changed(walk: Walk) -> None:
    """A change of TAXIS is there at once (R5-14)."""
    page = person_page(walk)
    page.click("main a:has-text('権限を変更する')")
    page.check("input[name=taxis][value='1010']")
    press(page, "内容を確認する")
    press(page, "この内容で申請する")
    assert "処理完了" in page.inner_text("main")
    assert "1010 更新権限なし" in walk.rights()["TAXIS"]


def removed(walk: Walk) -> None:
    """Gone the next day, and JUJU with the entry of its completion; then nothing is left to log in for (R5-18)."""
    page = person_page(walk)
    page.click("main a:has-text('抹消を申請する')")
    press(page, "抹消を申請する")
    walk.on(date(2019, 1, 7), hour=23)
    assert "2019/01/08(火) に終了" in walk.rights()["TAXIS"]
    walk.on(date(2019, 1, 8), hour=1)
    assert set(walk.rights()) == {"JUJU"}
    page = walk.center()
    page.goto(f"{walk.site.base_url}/staff/processing/2019-01-16/juju")
    page.check("main td input[name=request]")
    press(page, "選んだ申請を完了にする")
    assert FAILED in walk.newcomer().inner_text("main")
