"""`python -m demo.pictures`: the main screens of a running demo, as `docs/pictures` keeps them."""

import argparse
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from demo.folder import DemoFolder

PICTURES = Path(__file__).resolve().parent.parent / "docs" / "pictures"
CHROMIUM = "/usr/bin/chromium"
READER = "n.ishikawa@higashi-gas.example"
CONTACT_MANAGER = "h.azuma@higashi-gas.example"
RECEPTION = "m.hirose@minami-network.example"
ADMINISTRATOR = "h.sonobe@minami-network.example"
LOCKED = "d.uchida@higashi-gas.example"
RECOVERED = """検針結果のダウンロードに時間がかかる状態は、本日10:20に復旧しました。

| 項目 | 内容 |
| --- | --- |
| 発生 | 8:10 |
| 復旧 | 10:20 |

ご迷惑をおかけしましたことをお詫び申し上げます。
"""


@dataclass(frozen=True, slots=True)
class Picture:
    """`go` does what leads from the address to the screen."""

    name: str
    login_id: str
    path: str
    go: Callable[[Page], None] = lambda _page: None


def _planned_stop(page: Page) -> None:
    page.get_by_text("TAXIS 計画停止のお知らせ").first.click()
    page.wait_for_load_state()


def _new_colleague(page: Page) -> None:
    page.get_by_label("利用者名(漢字)").fill("三浦 菜々")
    page.get_by_label("利用者名(カナ)").fill("ミウラ ナナ")
    page.get_by_label("メールアドレス(ID)").fill("n.miura@higashi-gas.example")


def _written_article(page: Page) -> None:
    page.locator("select[name=page]").select_option(label="TAXIS")
    page.locator("input[name=title]").fill("検針結果のダウンロードが復旧しました")
    page.locator("textarea[name=source]").fill(RECOVERED)
    page.get_by_text("プレビューを更新").click()
    page.locator(".preview table").wait_for()
    page.evaluate("window.scrollTo(0, 0)")


def _check_sheet(page: Page) -> None:
    _written_article(page)
    page.get_by_text("保存して公開前の確認へ").click()
    page.wait_for_url("**/check")


def _verification_letter(page: Page) -> None:
    page.get_by_text("メールアドレスのご登録依頼").first.click()
    page.wait_for_load_state()


def _locked_person(page: Page) -> None:
    page.locator("main input[name=q]").fill(LOCKED)
    page.locator("main input[name=q]").press("Enter")
    page.wait_for_url("**/staff/users/*")


PICTURED = (
    Picture("home-reader", READER, "/"),
    Picture("list", READER, "/pages/taxis"),
    Picture("article", READER, "/pages/taxis/notices", _planned_stop),
    Picture("search", READER, "/search?q=検針"),
    Picture("calendar", CONTACT_MANAGER, "/calendar"),
    Picture("home-contact-manager", CONTACT_MANAGER, "/"),
    Picture("people", CONTACT_MANAGER, "/people"),
    Picture("requests", CONTACT_MANAGER, "/requests"),
    Picture("request-new", CONTACT_MANAGER, "/requests/new", _new_colleague),
    Picture("bulk", CONTACT_MANAGER, "/requests/bulk"),
    Picture("inventory", CONTACT_MANAGER, "/inventory"),
    Picture("addresses", CONTACT_MANAGER, "/addresses"),
    Picture("account", CONTACT_MANAGER, "/account"),
    Picture("certificates", CONTACT_MANAGER, "/certificates"),
    Picture("desk", RECEPTION, "/staff"),
    Picture("requests-to-accept", RECEPTION, "/staff/requests"),
    Picture("processing-desk", RECEPTION, "/staff/processing"),
    Picture("closing-days", RECEPTION, "/staff/closing-days"),
    Picture("publish", RECEPTION, "/staff/articles/new", _written_article),
    Picture("publish-check", RECEPTION, "/staff/articles/new", _check_sheet),
    Picture("addresses-of-all", RECEPTION, "/staff/addresses"),
    Picture("inbox", RECEPTION, "/demo/inbox", _verification_letter),
    Picture("users", RECEPTION, "/staff/users"),
    Picture("user", RECEPTION, "/staff/users", _locked_person),
    Picture("expiring", RECEPTION, "/staff/certificates/expiring"),
    Picture("audit", RECEPTION, "/staff/audit"),
    Picture("allowed-addresses", ADMINISTRATOR, "/staff/allowed-addresses"),
)


@contextmanager
def visitor(browser: Browser, folder: DemoFolder, base: str, client: str | None) -> Iterator[Page]:
    certificate = {
        "origin": base,
        "certPath": str(folder.clients / f"{client}.crt"),
        "keyPath": str(folder.clients / f"{client}.key"),
    }
    context = browser.new_context(
        base_url=base,
        viewport={"width": 1280, "height": 768},
        locale="ja-JP",
        timezone_id="Asia/Tokyo",
        ignore_https_errors=True,
        client_certificates=[certificate] if client else [],  # type: ignore[list-item] # a TypedDict of plain values
    )
    yield context.new_page()
    context.close()


def log_in(page: Page, account: dict[str, str]) -> None:
    page.goto("/login")
    page.locator("input[name=login_id]").fill(account["login_id"])
    page.locator("input[name=password]").fill(account["password"])
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url(lambda address: not address.endswith("/login"))


def take_pictures(browser: Browser, folder: DemoFolder, base: str) -> None:
    accounts = {each["login_id"]: each for each in json.loads(folder.accounts.read_text(encoding="utf-8"))}
    with visitor(browser, folder, base, None) as page:
        page.goto("/")
        page.screenshot(path=PICTURES / "certificate-needed.png")
    with visitor(browser, folder, base, accounts[READER]["client"]) as page:
        page.goto("/login")
        page.screenshot(path=PICTURES / "login.png")
        page.goto("/self-check")
        page.screenshot(path=PICTURES / "self-check.png")
    for login_id in (READER, CONTACT_MANAGER, RECEPTION, ADMINISTRATOR):
        with visitor(browser, folder, base, accounts[login_id]["client"]) as page:
            log_in(page, accounts[login_id])
            for picture in (each for each in PICTURED if each.login_id == login_id):
                take(page, picture)


def take(page: Page, picture: Picture) -> None:
    answer = page.goto(picture.path)
    if answer is None or not answer.ok:
        raise ValueError(f"{picture.path} answers {answer and answer.status}")
    picture.go(page)
    page.screenshot(path=PICTURES / f"{picture.name}.png")
    print(picture.name)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m demo.pictures", description="Pictures of a running demo.")
    parser.add_argument("--port", type=int, default=8443)
    parser.add_argument("--dir", type=Path, default=Path("instance/demo"))
    asked = parser.parse_args()
    PICTURES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        take_pictures(browser, DemoFolder(asked.dir.resolve()), f"https://localhost:{asked.port}")
        browser.close()


if __name__ == "__main__":
    main()
