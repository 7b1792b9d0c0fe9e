"""Every screen in a real browser, at the desk and on a phone: in one heading, in its language, within the glass, for everybody."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import FilePayload

from auth.models import User
from base.db import transaction
from tests.cast import Person
from tests.certificates import other_authority
from tests.html_checker import html_faults
from tests.journeys.conftest import Open
from tests.journeys.standing import Site
from tests.journeys.stock import Stock, stocked
from tests.journeys.walker import Walker
from tests.make import PASSWORD

BEFORE_LOGIN = (
    *("/login", "/login/help", "/password/forgotten", "/password/reset/{reset}", "/password/reset/broken"),
    *("/credentials/{invitation}", "/credentials/{registered}/done", "/credentials/broken"),
)
READER = (
    "/self-check",
    *("/systems/taxis", "/systems/loacus", "/calendar", "/calendar?month=2028-02"),
    *("/", "/?show=unread", "/pages/taxis", "/pages/taxis/reference", "/articles/{article}"),
    "/articles/{article}?lang=en",
    *("/articles/{article}/changes", "/manuals/{manual}"),
    *("/search", "/search?q=停止", "/search?q=該当なし", "/search?q=点検票&page=taxis", "/search?tag=該当なし"),
    *("/contact", "/help"),
    *("/account", "/account/password", "/account/question"),
)
MANAGER = (
    *("/", "/requests", "/requests?q=該当なし", "/requests/new"),
    *("/requests/drafts", "/requests/drafts/{unsent}"),
    *("/requests/{waiting}", "/requests/{accepted}", "/requests/{cancelled}"),
    *("/requests/bulk", "/requests/bulk/{faulty_file}", "/requests/bulk/{checked_file}"),
    *("/inventory", "/inventory/{inventory}", "/inventory/{inventory}?q=該当なし", "/inventory/{inventory}/keep"),
    "/inventory/{ended_inventory}",
    *("/people", "/people?q=該当なし", "/people/{changing}", "/people/{moving}", "/people/{deleted}"),
    *("/people/{changing}/change", "/people/{changing}/correct", "/people/{changing}/new-id"),
    *("/people/{changing}/remove", "/people/{deleted}/anew"),
    *("/dormancy", "/addresses", "/verify/{token}", "/verify/broken", "/addresses/{verified}/verified"),
    *("/certificates", "/certificates/{certificate}", "/certificates/{certificate}/suspend"),
    *("/calendar", "/calendar/address"),
)
STAFF = (
    *("/staff/requests", "/staff/requests/{accepted}", "/staff/requests/{cancelled}"),
    *(
        "/staff",
        "/staff/requests?state=all",
        "/staff/requests?q=該当なし",
        "/staff/requests?q=higashi&state=all&order=kana&kind=new",
        "/staff/requests/{waiting}",
    ),
    *("/staff/inventories", "/staff/inventories/{inventory}", "/staff/inventories/{inventory}?q=該当なし"),
    *("/staff/inventories/{inventory}/end", "/staff/inventories/{ended_inventory}"),
    *("/staff/closing-days", "/staff/closing-days?year=2030"),
    *("/staff/closing-days/changes/{calendar_plan}", "/staff/closing-days/changes/{calendar_change}"),
    *(
        "/staff/processing",
        "/staff/processing?before=2000-01-01",
        "/staff/processing/{m}",
        "/staff/processing/{m}/delay",
    ),
    *("/staff/processing/{m}/accounts", "/staff/processing/{m}/loacus", "/staff/processing/{m}/taxis?q=該当なし"),
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
    *("/staff/jnote", "/staff/jnote?q=x@jnote.example", "/staff/jnote/{jnote}"),
    *("/staff/addresses", "/staff/addresses?q=該当なし", "/staff/addresses/new"),
    *("/staff/dormancy", "/staff/dormancy?stage=lock", "/staff/dormancy?stage=deletion"),
    *("/staff/addresses/{provisional}/remove", "/staff/mails", "/staff/mails?state=all", "/staff/mails/{mail}"),
    *("/staff/audit", "/staff/audit?person=該当なし"),
    *("/staff/texts", "/staff/texts/faq", "/staff/texts/contact/history"),
    *("/staff/systems", "/staff/systems?system=JUJU", "/staff/systems/planned", "/staff/systems/disturbance"),
    *("/staff/systems/hours", "/calendar"),
    *("/staff/systems/{planned}", "/staff/systems/{disturbed}"),
    *("/staff/people", "/staff/people?q=該当なし", "/staff/people/{changing}"),
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
# Files, what only machines ask, and what nginx shows to whoever has no certificate: a stranger's test sees that one.
NO_SCREENS = {
    "files.send_file",
    "files.send_latest",
    # Where a second reader is asked for: the check sheet, with the approval in the place of its last card.
    "publishing.show_update",
    # A part of a page, and files.
    "outlooks.show_outlook",
    "outlooks.send_outlook",
    "outlooks.send_days",
    "calendar.send_own",
    "calendar.send_feed",
    "search.suggest",
    "inventory.print_record",
    "staff_inventory.print_record",
    "health.healthz",
    "health.readyz",
    "auth.certificate_needed",
    "static",
}


@pytest.fixture(scope="module")
def stock(site: Site) -> Stock:
    return stocked(site.app, site.cast)


def test_no_screen_is_forgotten(site: Site, stock: Stock) -> None:
    """A new screen is walked too, or named among those that are none."""
    names = {name: getattr(stock, name) for name in stock.__slots__}
    map_ = site.app.url_map.bind("localhost")
    paths = [*BEFORE_LOGIN, *READER, *MANAGER, *STAFF, *ADMINISTRATOR]
    walked = {map_.match(path.format(**names).partition("?")[0], "GET")[0] for path in paths}
    rules = [rule for rule in site.app.url_map.iter_rules() if rule.methods and "GET" in rule.methods]
    assert {rule.endpoint for rule in rules if not rule.rule.endswith(".csv")} - NO_SCREENS == walked


def speaks(site: Site, person: Person, language: str) -> None:
    with site.app.app_context(), transaction() as session:
        session.get_one(User, person.user_id).language = language


def test_the_screens_in_english(site: Site, stock: Stock, open_browser: Open) -> None:
    """R8-3: longer words than the Japanese. Before the others press what changes the screens."""
    cast, faults = site.cast, list[str]()
    speaks(site, cast.administrator, "en")
    for client, person, paths in (
        ("higashi", None, BEFORE_LOGIN),
        ("higashi", cast.higashi_deputy, (*READER, *MANAGER)),
        ("staff", cast.reception_two, STAFF),
        ("staff", cast.administrator, ADMINISTRATOR),
    ):
        walker = Walker(open_browser(client, "en"), site, stock, "en")
        if person:
            walker.log_in(person.login_id)
        for path in dict.fromkeys(paths):
            walker.open(path, status=404 if "broken" in path else 200)
        faults += walker.faults
    speaks(site, cast.administrator, "ja")
    assert not faults, "\n".join(faults)


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


def test_people_are_answered_for_from_the_keyboard_without_leaving_the_list(
    site: Site, stock: Stock, open_browser: Open
) -> None:
    """R5-20, R8-3: saved at once, the next one at hand; away from the network it is said, and nothing is lost."""
    walker = Walker(open_browser("higashi"), site, stock)
    page, saved = walker.page, "p.answer-total:has-text('4名のうち2名が回答済み')"
    walker.log_in(site.cast.higashi_manager.login_id)
    page.goto(f"{site.base_url}/inventory/{stock.inventory}")
    page.evaluate("() => { window.isSameScreen = true; }")
    page.focus("tr:not(.own) [name=keep]")
    name = page.evaluate("() => document.activeElement.value")
    page.context.set_offline(True)
    page.keyboard.press("Enter")
    page.wait_for_selector(".told .error")
    page.context.set_offline(False)
    page.keyboard.press("Enter")
    page.wait_for_selector(saved)
    assert page.evaluate("() => document.activeElement.name") == "keep"
    walker.look("somebody kept from the keyboard")
    page.focus(f"[name=undo][value='{name}']")
    page.keyboard.press("Enter")
    page.wait_for_selector("p.answer-total:has-text('4名のうち1名が回答済み')")
    assert page.evaluate("() => window.isSameScreen")
    walker.faults = [fault for fault in walker.faults if "ERR_INTERNET_DISCONNECTED" not in fault]
    assert not walker.faults, "\n".join(walker.faults)


def test_what_the_keyboard_ticked_is_accepted_together(site: Site, stock: Stock, open_browser: Open) -> None:
    """R5-10 ②, R8-3: with nothing ticked, `a` goes to the row's own button."""
    walker = Walker(open_browser("staff"), site, stock)
    page = walker.page
    walker.log_in(site.cast.reception.login_id)
    page.goto(f"{site.base_url}/staff/requests")
    focused = "() => document.activeElement.innerText"
    for key in "ja":
        page.keyboard.press(key)
    assert page.evaluate(focused) == "受付"
    for key in "xa":
        page.keyboard.press(key)
    assert page.evaluate(focused) == "選んだ申請を受付完了にする"


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
    walker.page.locator("details[data-chooser=taxis] summary").click()
    walker.page.check("[name=task][value=TAXIS-1]")
    walker.page.get_by_text("TAXIS・JOHSの利用開始").wait_for()
    walker.look("tasks that were ticked")
    assert walker.page.is_checked("[name=taxis][value='1012']")
    walker.press("内容を確認する")
    walker.press("この内容で申請する")
    walker.press("申請を取り下げる")
    walker.page.goto(site.base_url + "/requests/new")
    walker.page.fill("[name=name_kanji]", "森 一")
    walker.page.goto(site.base_url + "/calendar")
    # What a page sends as it is left comes by itself, after the next page or before it.
    walker.open("/requests/drafts")
    for _ in range(20):
        if walker.page.get_by_role("link", name="森 一").count():
            break
        walker.page.wait_for_timeout(250)
        walker.page.reload()
    assert walker.page.get_by_role("link", name="森 一").count() == 1
    for path, chosen, button in (
        (f"/people/{stock.deleted}/anew", "1011", "内容を確認する"),
        (f"/people/{stock.changing}/change", "1011", "内容を確認する"),
    ):
        walker.page.goto(site.base_url + path)
        walker.page.check(f"[name=taxis][value='{chosen}']")
        walker.press(button)
    walker.page.goto(f"{site.base_url}/people/{stock.deleted}/anew")
    walker.page.fill("[name=memo]", "交代要員のため")
    walker.press("内容を確認する")
    walker.press("この内容で申請する")
    walker.page.goto(site.base_url + "/calendar/address")
    walker.press("購読アドレスを作る")
    walker.page.goto(f"{site.base_url}/inventory/{stock.inventory}/keep")
    walker.page.check("[name=own]")
    walker.press("2名を継続にする")
    walker.press("棚卸を完了する")
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
        ("/staff/jnote", "ファイルを確認する"),
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


def test_every_screen_of_the_walks_is_html_without_a_fault(site: Site, stock: Stock) -> None:
    """R8-3: as the server sent them, in both languages. The last test: it needs what the others above have seen."""
    faults = html_faults(site.folder / "pages")
    assert not faults, "\n".join(faults)
