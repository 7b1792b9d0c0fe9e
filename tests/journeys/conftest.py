import os
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from tests.databases import Cluster
from tests.journeys.standing import Site, standing_site

CHROMIUM = "/usr/bin/chromium-headless-shell"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Playwright's own proxy, which shows the client certificates, ends with a failed assertion where a line of HTTP/2 breaks.
    "--disable-http2",
]
WAIT_MILLISECONDS = 15_000


class Open(Protocol):
    def __call__(self, client: str | None, locale: str = "ja-JP") -> Page: ...


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker("browser")


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=os.environ.get("CHROMIUM", CHROMIUM), args=FLAGS)
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def site(postgres: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with postgres.fresh() as url, standing_site(tmp_path_factory.mktemp("site"), url) as site:
        yield site


@pytest.fixture
def open_browser(chromium: Browser, site: Site) -> Iterator[Open]:
    """A new browser with that client certificate, on a blank page."""
    contexts: list[BrowserContext] = []

    def open_with(client: str | None, locale: str = "ja-JP") -> Page:
        certificates = []
        if client:
            certificate, key = site.client_files(client)
            certificates = [{"origin": site.base_url, "certPath": str(certificate), "keyPath": str(key)}]
        context = chromium.new_context(
            client_certificates=certificates,  # type: ignore[arg-type] # a TypedDict that Playwright doesn't export
            ignore_https_errors=True,
            locale=locale,
            viewport={"width": 1280, "height": 768},
        )
        context.set_default_timeout(WAIT_MILLISECONDS)
        contexts.append(context)
        return context.new_page()

    yield open_with
    for context in contexts:
        context.close()
