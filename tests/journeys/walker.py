"""A walk over screens in a real browser."""

from collections.abc import Iterator
from importlib.resources import files
from typing import Any

from playwright.sync_api import ConsoleMessage, Page, Response, ViewportSize

from tests.html_checker import keep
from tests.journeys.standing import Site
from tests.journeys.stock import Stock
from tests.make import PASSWORD

SIZES = (ViewportSize(width=390, height=844), ViewportSize(width=1280, height=768))
AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
RUN_AXE = """async (options) => (await axe.run({resultTypes: ["violations"], ...options})).violations.map(
    found => `${found.id} (${found.impact}): ${found.nodes.map(node => node.html.slice(0, 120)).join(" ")}`)"""
FACTS = """() => ({
    lang: document.documentElement.lang,
    headings: document.querySelectorAll("h1").length,
    beyond: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    unlabelled: [...document.querySelectorAll("input:not([type=hidden]), select, textarea")]
        .filter(input => !input.labels?.length && !input.ariaLabel).map(input => input.outerHTML.slice(0, 120)),
})"""
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"

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


class Walker:
    """Looks at one screen after the other and collects what is wrong, so that a walk tells everything at once."""

    def __init__(self, page: Page, site: Site, stock: Stock, language: str = "ja") -> None:
        self.page = page
        self.faults: list[str] = []
        self._base_url = site.base_url
        self._kept = site.folder / "pages"
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
        self._keep(answer, path)
        self.look(path)

    def _keep(self, answer: Response | None, what: str) -> None:
        if answer:
            keep(self._kept, answer.text(), f"{what} ({self._language})")

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
        yield from self._beyond(facts["beyond"])
        self.page.set_viewport_size(next(size for size in SIZES if size != self.page.viewport_size))
        yield from self._beyond(self.page.evaluate(OVERFLOW))

    def _beyond(self, pixels: int) -> Iterator[str]:
        """The next screen is opened in the size at which this one was left."""
        if pixels > 0 and self.page.viewport_size:
            yield f"is {pixels} px wider than {self.page.viewport_size['width']} px"

    def press(self, button: str) -> None:
        with self.page.expect_navigation() as came:
            self.page.get_by_role("button", name=button, exact=True).last.click()
        what = f"after 「{button}」 {self.page.url}"
        self._keep(came.value, what)
        self.look(what)

    def log_in(self, login_id: str, password: str = PASSWORD) -> None:
        self.page.goto(self._base_url + "/login")
        self.page.fill("#login_id", login_id)
        self.page.fill("#password", password)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
