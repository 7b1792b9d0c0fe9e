"""Who gets in through the real front with a real browser's TLS, and what everybody else is told."""

import http.client
import socket
import ssl
from urllib.parse import urlsplit

import pytest

from tests.journeys.conftest import Open
from tests.journeys.standing import Site
from tests.make import PASSWORD


def ask(site: Site, client: str | None, path: str = "/login") -> tuple[int, str]:
    """One GET over TLS, with that client certificate or none."""
    context = ssl.create_default_context(cafile=site.folder / "ca.crt")
    if client:
        context.load_cert_chain(*site.client_files(client))
    address = urlsplit(site.base_url)
    connection = http.client.HTTPSConnection("localhost", address.port, context=context, timeout=10)
    connection.request("GET", path)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


@pytest.mark.parametrize(
    ("client", "title"),
    [
        (None, "クライアント証明書が確認できませんでした"),
        ("expired", "クライアント証明書の有効期限が切れています"),
        ("foreign", "このサイトでは使えないクライアント証明書です"),
        ("unregistered", "登録されていないクライアント証明書です"),
    ],
)
def test_without_a_registered_valid_certificate_only_the_explaining_page_is_seen(
    site: Site, client: str | None, title: str
) -> None:
    """R4-1, R4-2, R4-3, A1, A8, A13."""
    status, page = ask(site, client)
    assert status == 403
    assert title in page
    assert "設定 → プライバシーとセキュリティ → セキュリティ → 証明書の管理" in page
    assert 'name="password"' not in page


def test_only_nginx_listens(site: Site) -> None:
    """A7."""
    assert (site.folder / "app.sock").stat().st_mode & 0o777 == 0o660
    listening = socket.create_connection(site.front.address, timeout=5)
    listening.close()


def test_probes_are_not_there_from_outside(site: Site) -> None:
    """Probes answer on the socket alone."""
    assert ask(site, "higashi", "/healthz")[0] == 404
    assert ask(site, "higashi", "/readyz")[0] == 404


def test_a_person_logs_in_sees_home_and_logs_out(site: Site, open_browser: Open) -> None:
    """R6-2, R8-2, B8."""
    page = open_browser("higashi")
    page.goto(site.base_url + "/")
    page.fill("#login_id", site.cast.higashi_reader.login_id)
    page.fill("#password", PASSWORD)
    page.click("main button")
    assert page.url == site.base_url + "/"
    assert "南 次郎" in page.inner_text("header")
    page.click("text=ログアウト")
    assert page.url == site.base_url + "/login"
    page.goto(site.base_url + "/")
    assert page.url == site.base_url + "/login"
