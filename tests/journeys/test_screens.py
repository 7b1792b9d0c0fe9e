"""Every screen in a real browser, at the desk and on a phone: in one heading, in its language, within the glass, for everybody."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Any

import pytest
from playwright.sync_api import ConsoleMessage, FilePayload, Page, ViewportSize

from auth.models import User
from base.db import transaction
from tests.certificates import other_authority
from tests.journeys.conftest import Open
from tests.journeys.standing import Site
from tests.journeys.stock import Stock, stocked
from tests.make import PASSWORD

SIZES = (ViewportSize(width=390, height=844), ViewportSize(width=1280, height=768))
AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
RUN_AXE = """async (options) => (await axe.run({resultTypes: ["violations"], ...options})).violations.map(
    found => `${found.id} (${found.impact}): ${found.nodes.map(node => node.html.slice(0, 120)).join(" ")}`)"""
FACTS = """() => ({
    lang: document.documentElement.lang,
    headings: document.querySelectorAll("h1").length,
    unlabelled: [...document.querySelectorAll("input:not([type=hidden]), select, textarea")]
        .filter(input => !input.labels?.length && !input.ariaLabel).map(input => input.outerHTML.slice(0, 120)),
})"""
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"

BEFORE_LOGIN = (
    *("/login", "/login/help", "/password/forgotten", "/password/reset/{reset}", "/password/reset/broken"),
    *("/credentials/{invitation}", "/credentials/{registered}/done", "/credentials/broken"),
)
READER = (
    "/self-check",
    *("/systems/taxis", "/systems/loacus", "/calendar", "/calendar?month=2028-02"),
    *("/", "/?show=unread", "/pages/taxis", "/pages/taxis/reference", "/articles/{article}"),
    *("/articles/{article}/changes", "/manuals/{manual}"),
    *("/search", "/search?q=停止", "/search?q=該当なし", "/search?q=点検票&page=taxis", "/search?tag=該当なし"),
    *("/contact", "/help"),
    *("/account", "/account/password", "/account/question"),
)
MANAGER = (
    *("/", "/requests", "/requests?q=該当なし", "/requests/new"),
    *("/requests/{waiting}", "/requests/{accepted}", "/requests/{cancelled}"),
    *("/dormancy", "/addresses", "/verify/{token}", "/verify/broken", "/addresses/{verified}/verified"),
    *("/certificates", "/certificates/{certificate}", "/certificates/{certificate}/suspend"),
    *("/calendar", "/calendar/address"),
)
STAFF = (
    *("/staff", "/staff/requests?state=all", "/staff/requests?q=該当なし", "/staff/requests/{waiting}"),
    *("/staff/articles", "/staff/articles?state=draft&page=juju", "/staff/articles/new", "/staff/articles/{draft}"),
    *(
        "/staff/articles/{draft}/as",
        "/staff/articles/{draft}/check",
        "/staff/articles/{article}",
        "/staff/articles/{article}/revisions",
    ),
    *("/staff/articles/{article}/readers", "/staff/articles/{withdrawn}/readers"),
    *("/staff/articles/{draft}/revisions?older=1&newer=2", "/staff/articles/{article}/copy"),
    *("/staff/articles/{draft}?unsaved=take", "/staff/templates", "/staff/templates/planned-stop"),
    "/staff/articles/{article}/readers?show=unacknowledged",
    *("/staff/articles/{article}/files/{file}/manual", "/staff/articles/{article}/manuals/{manual}"),
    "/staff/articles/{article}/manuals/{manual}/announcement",
    *("/staff/articles?q=該当なし", "/staff/articles/upcoming", "/staff/articles/upcoming?turn=end&page=juju"),
    *("/staff/articles/{scheduled}", "/staff/articles/{scheduled}/check", "/staff/articles/{ended}"),
    *("/staff/articles/withdraw", "/staff/articles/withdraw?article={article}&article={scheduled}&article={ended}"),
    *("/staff/articles/{article}/withdraw", "/staff/articles/{withdrawn}", "/articles/{article}"),
    *("/staff/addresses", "/staff/addresses?q=該当なし", "/staff/addresses/new"),
    *("/staff/dormancy", "/staff/dormancy?stage=lock", "/staff/dormancy?stage=deletion"),
    *("/staff/addresses/{provisional}/remove", "/staff/mails", "/staff/mails?state=all", "/staff/mails/{mail}"),
    *("/staff/audit", "/staff/audit?person=該当なし"),
    *("/staff/texts", "/staff/texts/faq", "/staff/texts/contact/history"),
    *("/staff/systems", "/staff/systems?system=JUJU", "/staff/systems/planned", "/staff/systems/disturbance"),
    *("/staff/systems/hours", "/calendar"),
    *("/staff/systems/{planned}", "/staff/systems/{disturbed}"),
    *("/staff/users", "/staff/users?q=該当なし", "/staff/users/{invited}", "/staff/users/{locked}"),
    *("/staff/users/{invited}/lock", "/staff/users/{invited}/credentials"),
    *("/staff/certificates", "/staff/certificates?q=該当なし", "/staff/certificates/expiring"),
    *("/staff/certificates/new", "/staff/certificates/{certificate}", "/staff/certificates/{certificate}/suspend"),
    "/staff/certificates/{certificate}/revoke",
)
ADMINISTRATOR = (
    *("/staff/cas", "/staff/cas/new", "/staff/cas/{ca}"),
    *("/staff", "/staff/allowed-addresses", "/staff/allowed-addresses?q=該当なし", "/staff/allowed-addresses/new"),
    *("/staff/allowed-addresses/{allowed}/end", "/staff/blocked", "/staff/blocked?country=DE"),
)
# Contrasts take axe longer than all the rest, and all screens share their colours: these show every one of them.
COLOURFUL = {
    *(
        "/",
        "/articles/{article}",
        "/search?q=停止",
        "/requests",
        "/requests/new",
        "/requests/{cancelled}",
        "/addresses",
    ),
    *("/staff", "/staff/requests?state=all", "/staff/articles/{article}/revisions", "/staff/addresses"),
    "/staff/articles/{article}/readers",
}
ALL_RULES: dict[str, Any] = {}
WITHOUT_CONTRAST = {"rules": {"color-contrast": {"enabled": False}}}
# Files, what only machines ask, and what nginx shows to whoever has no certificate: a stranger's test sees that one.
NO_SCREENS = {
    "files.send_file",
    "files.send_latest",
    # Where a second reader is asked for: the check sheet, with the approval in the place of its last card.
    "publishing.show_update",
    "calendar.send_own",
    "calendar.send_feed",
    "search.suggest",
    "health.healthz",
    "health.readyz",
    "auth.certificate_needed",
    "static",
}


@pytest.fixture(scope="module")
def stock(site: Site) -> Stock:
    return stocked(site.app, site.cast)


class Walker:
    """Looks at one screen after the other and collects what is wrong, so that a walk tells everything at once."""

    def __init__(self, page: Page, site: Site, stock: Stock, language: str = "ja") -> None:
        self.page = page
        self.faults: list[str] = []
        self._base_url = site.base_url
        self._names = {name: getattr(stock, name) for name in stock.__slots__}
        self._language = language
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.faults.append(f"{page.url}: {error}"))

    def _said(self, message: ConsoleMessage) -> None:
        """The browser also tells the status of a refused screen itself; that one is meant."""
        is_the_screen = message.text.startswith("Failed to load") and message.location["url"] == self.page.url
        if message.type in {"error", "warning"} and not is_the_screen:
            self.faults.append(f"{self.page.url}: {message.text}")

    def open(self, path: str, status: int = 200) -> None:
        answer = self.page.goto(self._base_url + path.format(**self._names), wait_until="domcontentloaded")
        if answer is None or answer.status != status:
            self.faults.append(f"{path}: answered {answer.status if answer else 'nothing'}")
        self.look(path)

    def look(self, what: str) -> None:
        self.faults += [f"{what}: {fault}" for fault in self._seen()]
        if self._language == "ja":
            self.page.evaluate(AXE)
            options = ALL_RULES if what in COLOURFUL else WITHOUT_CONTRAST
            self.faults += [f"{what}: {fault}" for fault in self.page.evaluate(RUN_AXE, options)]

    def _seen(self) -> Iterator[str]:
        facts: dict[str, Any] = self.page.evaluate(FACTS)
        if facts["lang"] != self._language:
            yield f"is said to be in {facts['lang']}"
        if facts["headings"] != 1:
            yield f"has {facts['headings']} main headings"
        yield from (f"has no label for {each}" for each in facts["unlabelled"])
        first = self.page.viewport_size or SIZES[0]
        for size in sorted(SIZES, key=lambda each: each != first):
            if size != first:
                self.page.set_viewport_size(size)
            if (beyond := self.page.evaluate(OVERFLOW)) > 0:
                yield f"is {beyond} px wider than {size['width']} px"

    def press(self, button: str) -> None:
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=button, exact=True).last.click()
        self.look(f"after 「{button}」 {self.page.url}")

    def log_in(self, login_id: str, password: str = PASSWORD) -> None:
        self.page.goto(self._base_url + "/login")
        self.page.fill("#login_id", login_id)
        self.page.fill("#password", password)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")


def test_no_screen_is_forgotten(site: Site, stock: Stock) -> None:
    """A new screen is walked too, or named among those that are none."""
    names = {name: getattr(stock, name) for name in stock.__slots__}
    map_ = site.app.url_map.bind("localhost")
    paths = [*BEFORE_LOGIN, *READER, *MANAGER, *STAFF, *ADMINISTRATOR]
    walked = {map_.match(path.format(**names).partition("?")[0], "GET")[0] for path in paths}
    rules = [rule for rule in site.app.url_map.iter_rules() if rule.methods and "GET" in rule.methods]
    assert {rule.endpoint for rule in rules if not rule.rule.endswith(".csv")} - NO_SCREENS == walked


def test_the_screens_before_the_login(site: Site, stock: Stock, open_browser: Open) -> None:
    """R6-1, R6-7, R6-9, R8-3: refused as well."""
    walker = Walker(open_browser("higashi"), site, stock)
    for path in BEFORE_LOGIN:
        walker.open(path, status=404 if "broken" in path else 200)
    for path, button in (
        (f"/credentials/{stock.invitation}", "登録する"),
        (f"/password/reset/{stock.reset}", "パスワードを変更する"),
        ("/password/forgotten", "メールを受け取る"),
    ):
        walker.page.goto(site.base_url + path)
        walker.press(button)
    walker.page.fill("#login_id", "nobody@higashi-gas.example")
    walker.press("メールを受け取る")
    assert not walker.faults, "\n".join(walker.faults)


def test_the_screens_of_a_reader(site: Site, stock: Stock, open_browser: Open) -> None:
    """R2-3, R8-3."""
    walker = Walker(open_browser("higashi"), site, stock)
    walker.open("/login")
    walker.log_in(site.cast.higashi_reader.login_id, "wrong-Horse7")
    walker.look("a refused login")
    walker.log_in(site.cast.higashi_reader.login_id)
    for path in READER:
        walker.open(path)
    walker.open("/requests", status=404)
    walker.page.goto(site.base_url + "/search")
    walker.page.locator("#search").press_sequentially("検針結果")
    walker.page.locator("#suggestions li").first.wait_for()
    walker.page.keyboard.press("ArrowDown")
    walker.look("suggestions")
    with walker.page.expect_navigation():
        walker.page.keyboard.press("Enter")
    walker.look("what was suggested")
    assert walker.page.url.startswith(f"{site.base_url}/articles/")
    assert not walker.faults, "\n".join(walker.faults)


def test_the_screens_of_a_contact_manager(site: Site, stock: Stock, open_browser: Open) -> None:
    """R2-3, R8-3: refused and confirmed as well."""
    walker = Walker(open_browser("higashi"), site, stock)
    walker.log_in(site.cast.higashi_manager.login_id)
    for path in MANAGER:
        walker.open(path, status=404 if "broken" in path else 200)
    walker.page.goto(site.base_url + "/requests/new")
    walker.press("内容を確認する")
    walker.page.fill("[name=name_kanji]", "北島 三郎")
    walker.page.fill("[name=name_kana]", "キタジマ サブロウ")
    walker.page.fill("[name=login_id]", "saburo@higashi-gas.example")
    walker.page.check("[name=johs][value=J1010]")
    walker.press("内容を確認する")
    walker.press("この内容で申請する")
    walker.press("申請を取り下げる")
    walker.page.goto(site.base_url + "/calendar/address")
    walker.press("購読アドレスを作る")
    assert not walker.faults, "\n".join(walker.faults)


def test_the_screens_of_the_reception_center(site: Site, stock: Stock, open_browser: Open) -> None:
    """R2-3, R8-3: refused and confirmed as well."""
    walker = Walker(open_browser("staff"), site, stock)
    walker.log_in(site.cast.reception.login_id)
    for path in STAFF:
        walker.open(path)
    for path, button in (
        ("/staff/articles/new", "下書きに保存"),
        ("/staff/articles/{article}", "プレビューを更新"),
        ("/staff/articles/{article}", "更新前の確認へ"),
        ("/staff/articles/{article}/manuals/{manual}", "新しい版を登録する"),
        ("/staff/articles/{article}/withdraw", "取り下げる"),
        ("/staff/articles/withdraw?article={scheduled}", "1件を取り下げる"),
        ("/staff/articles/{article}", "掲載終了を変える"),
        ("/staff/articles/{draft}?unsaved=take", "下書きに保存"),
        ("/staff/templates/faq", "プレビューを更新"),
        ("/staff/addresses/new", "仮登録してメールを送る"),
        ("/staff/systems/planned", "計画停止を登録する"),
        ("/staff/systems/disturbance", "障害を登録する"),
        ("/staff/systems/{disturbed}", "追記する"),
        ("/staff/systems/{planned}", "取り止める"),
        ("/staff/systems/hours", "変更を登録する"),
        ("/staff/requests/{waiting}", "申請を取り消す"),
        ("/staff/users/{locked}", "ロックを解除する"),
        ("/staff/users/{invited}/lock", "ロックする"),
        ("/staff/certificates/new", "内容を確認する"),
        ("/staff/certificates/{certificate}", "この事業者に登録する"),
        ("/staff/certificates/{certificate}/revoke", "失効させる"),
    ):
        names = {name: getattr(stock, name) for name in stock.__slots__}
        walker.page.goto(site.base_url + path.format(**names))
        walker.press(button)
        if walker.page.locator(".choosing").count():
            walker.press("選んだ内容で編集画面へ")
    walker.page.goto(site.base_url + "/staff/articles/new")
    chosen = FilePayload(name="偽.pdf", mimeType="application/pdf", buffer=b"MZ")
    walker.page.set_input_files("#files", chosen)
    walker.page.fill("#title", "件名")
    walker.page.fill("#source", "本文")
    walker.page.click("text=下書きに保存")
    walker.page.wait_for_selector(".summary")
    walker.look("a file that was refused")
    assert not walker.faults, "\n".join(walker.faults)


def test_the_screens_of_an_administrator(site: Site, stock: Stock, open_browser: Open) -> None:
    """R2-3, R8-3: refused and confirmed as well."""
    walker = Walker(open_browser("staff"), site, stock)
    walker.log_in(site.cast.administrator.login_id)
    for path in ADMINISTRATOR:
        walker.open(path)
    for path, button in (
        ("/staff/allowed-addresses/new", "許可する"),
        ("/staff/allowed-addresses/{allowed}/end", "終了する"),
        ("/staff/allowed-addresses", "継続を確認"),
        ("/staff/cas/new", "内容を確認する"),
        ("/staff/cas/{ca}", "読み取って設定する"),
    ):
        walker.page.goto(site.base_url + path.format(allowed=stock.allowed, ca=stock.ca))
        walker.press(button)
    walker.page.goto(site.base_url + "/staff/cas/new")
    next_ca: FilePayload = {
        "name": "next.pem",
        "mimeType": "application/x-pem-file",
        "buffer": other_authority().ca.pem,
    }
    walker.page.set_input_files("[name=file]", next_ca)
    walker.press("内容を確認する")
    assert not walker.faults, "\n".join(walker.faults)


CONDITIONS = """() => Object.fromEntries([...document.querySelectorAll("[data-condition]")].map(
    line => [line.dataset.condition, line.className]))"""


def test_the_conditions_are_told_while_a_password_is_typed(site: Site, stock: Stock, open_browser: Open) -> None:
    """R6-4, R6-5: each by its sign, in words for whoever can't see it, never the password; refused and expired as well."""
    walker = Walker(open_browser("higashi"), site, stock)
    page, person = walker.page, site.cast.higashi_johs_only
    with site.app.app_context(), transaction() as session:
        session.get_one(User, person.user_id).password_set_at = datetime.now(UTC) - timedelta(days=200)
    walker.log_in(person.login_id)
    assert page.url == f"{site.base_url}/account/password"
    walker.look("an expired password")

    def typed(current: str, new: str, again: str) -> dict[str, str]:
        for field, text in (("current", current), ("password", new), ("again", again)):
            page.locator(f"[name={field}]").fill(text)
        found: dict[str, str] = page.evaluate(CONDITIONS)
        return found

    unmet = {name for name, sign in typed("", "kita¥ひ", "x").items() if sign == "unmet"}
    assert unmet == {"length", "characters", "without-id", "same"}
    assert typed("mizukagami-7", "mizukagami-7", "mizukagami-7")["another"] == "unmet"
    typed(PASSWORD, "sakura2026", "sakura2026")
    page.wait_for_selector("[data-condition=not-guessable].unmet")
    assert set(typed(PASSWORD, "mizukagami-7-akane", "mizukagami-7-akane").values()) == {"met", ""}
    page.wait_for_selector("[data-condition=not-guessable].met")
    status = page.locator(".new-password [role=status]")
    page.wait_for_function("() => document.querySelector('.new-password [role=status]').textContent")
    assert status.text_content() == "すべての条件を満たしています。"
    typed(PASSWORD, "kita", "x")
    walker.press("パスワードを変更する")
    typed(PASSWORD, "mizukagami-7-akane", "mizukagami-7-akane")
    walker.press("パスワードを変更する")
    assert page.url == f"{site.base_url}/"
    assert not walker.faults, "\n".join(walker.faults)


@pytest.mark.parametrize("client", [None, "unregistered", "expired"])
def test_the_page_of_a_stranger(site: Site, stock: Stock, open_browser: Open, client: str | None) -> None:
    """R4-1, R9-6."""
    walker = Walker(open_browser(client), site, stock)
    walker.open("/", status=403)
    walker.open("/self-check", status=403)
    assert not walker.faults, "\n".join(walker.faults)


def test_the_screens_in_english(site: Site, stock: Stock, open_browser: Open) -> None:
    """R8-3: longer words than the Japanese."""
    for client, person, paths in (
        ("higashi", site.cast.higashi_deputy, MANAGER),
        ("staff", site.cast.reception_two, STAFF),
    ):
        walker = Walker(open_browser(client), site, stock, "en")
        walker.log_in(person.login_id)
        for path in paths:
            if "broken" not in path:
                walker.open(path)
        assert not walker.faults, "\n".join(walker.faults)


def test_what_somebody_writes_is_kept_while_it_is_written(site: Site, stock: Stock, open_browser: Open) -> None:
    """R7-4, R8-3: away from the network, without a login, in a template's place: nothing typed is lost, and it is said."""
    walker = Walker(open_browser("staff"), site, stock)
    page, new = walker.page, f"{site.base_url}/staff/articles/new"
    walker.log_in(site.cast.reception.login_id)
    page.goto(new)
    chosen: FilePayload = {"name": "手順書.csv", "mimeType": "text/csv", "buffer": b"a,b"}
    page.set_input_files("#files", chosen)
    page.select_option("#kind", "disturbance")
    page.click("[data-template]")
    page.wait_for_selector("#template-told:not([hidden])")
    assert "【システム】で【起きていること】" in page.input_value("#title")
    assert page.evaluate("() => document.querySelector('#files').files.length") == 1
    line = page.locator("#autosave")
    page.wait_for_selector("#autosave:not([hidden])")
    assert "自動保存しました" in line.inner_text()
    page.context.set_offline(True)
    page.fill("#title", "つながらないあいだの件名")
    page.wait_for_selector("#autosave.why")
    assert "サーバーに接続できません" in line.inner_text()
    page.context.set_offline(False)
    page.wait_for_selector("#autosave:not(.why)")
    beside = Walker(page.context.new_page(), site, stock)
    beside.page.goto(new)
    beside.page.get_by_role("button", name="ログアウト").click()
    page.fill("#source", "ログインが切れたあとの本文")
    page.wait_for_selector("#autosave.why")
    assert "ログインが切れています" in line.inner_text()
    beside.log_in(site.cast.reception.login_id)
    page.evaluate("() => window.dispatchEvent(new Event('focus'))")
    page.wait_for_selector("#autosave:not(.why)")
    page.goto(new)
    page.get_by_role("link", name="取り込む").first.click()
    assert page.input_value("#title") == "つながらないあいだの件名"
    assert page.input_value("#source") == "ログインが切れたあとの本文"
