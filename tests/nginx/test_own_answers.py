"""What nginx answers by itself: pages, static files, attachments."""

import base64
import hashlib
import re
import socket
from pathlib import Path

import pytest

from demo.front import NGINX_DIR
from tests.nginx.conftest import Edge, StartEdge
from tests.nginx.wire import Answer, read_answer

PAGES = sorted((NGINX_DIR / "pages").glob("*.html"))
OWN = {
    "strict-transport-security": "max-age=31536000; includeSubDomains",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


def assert_own_page(answer: Answer, status: int, words: str) -> None:
    assert answer.status == status
    assert words in answer.text
    assert {name: answer.header(name) for name in OWN} == {name: [value] for name, value in OWN.items()}
    assert answer.header("Cache-Control") == ["no-store"]
    assert answer.header("Content-Type") == ["text/html; charset=utf-8"]
    assert answer.header("Server") == ["nginx"]
    assert answer.header("Access-Control-Allow-Origin") == []
    [policy] = answer.header("Content-Security-Policy")
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    [style] = re.findall(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    assert f"'sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}'" in policy
    assert "<!--#" not in answer.text


@pytest.mark.parametrize(
    ("request_line", "status", "words"),
    [
        ("GET / HTTP/1.1\r\nUpgrade: h2c", 400, "リクエストを受け付けられませんでした"),
        ("GET /healthz HTTP/1.1", 404, "ページが見つかりません"),
        ("TRACE / HTTP/1.1", 405, "この方法では利用できません"),
        ("POST /login HTTP/1.1\r\nContent-Length: 9999999", 413, "送信したファイルが大きすぎます"),
        (f"GET /{'a' * 9000} HTTP/1.1", 414, "アドレスが長すぎます"),
        ("GET / HTTP/1.1\r\nCookie: " + "a" * 9000, 431, "ブラウザーから送られた情報が大きすぎます"),
    ],
)
def test_an_own_page_tells_what_to_do_and_carries_the_security_headers(
    edge: Edge, request_line: str, status: int, words: str
) -> None:
    """E19: no page can be framed, read across origins or made to load anything."""
    request = f"{request_line}\r\nHost: portal.example\r\nOrigin: null\r\n\r\n"
    assert_own_page(edge.higashi.send(request.encode()), status, words)


def test_the_certificate_page_carries_the_security_headers(edge_alone: Edge) -> None:
    """R4-1, E19."""
    assert_own_page(edge_alone.nobody.ask("/"), 403, "クライアント証明書が必要です")


@pytest.mark.parametrize("path", ["/", "/staff/articles", "/verify/token"])
def test_an_application_that_is_down_is_a_system_error_with_a_reference(edge_alone: Edge, path: str) -> None:
    """R2-7: the words, the code, the time in JST, and a reference that the log holds as well."""
    answer = edge_alone.higashi.ask(path)
    assert_own_page(answer, 502, "システムエラーが発生しました。")
    assert "<dt>エラーコード:</dt>\n<dd>EF0502</dd>" in answer.text
    assert re.search(r"<dt>エラー発生時刻:</dt>\n<dd>20\d\d/\d\d/\d\d \d\d:\d\d:\d\d JST</dd>", answer.text)
    assert "お手数ですが、下記連絡先までご連絡ください。" in answer.text
    assert answer.header("Retry-After") == ["30"]
    [reference] = re.findall(r"<dd>([0-9a-f]{8})</dd>", answer.text)
    assert edge_alone.logged(f'"request":"{reference}')["status"] == "502"


def test_plain_http_is_told_to_use_https(edge: Edge) -> None:
    with socket.create_connection(edge.front.address, timeout=10) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\nHost: portal.example\r\n\r\n")
        answer = read_answer(plain)
    assert answer.status == 400
    assert "https:// で始まるアドレスをお使いください" in answer.text
    assert answer.header("Strict-Transport-Security") == []


def test_too_many_requests_are_told_to_wait(start_edge: StartEdge) -> None:
    edge = start_edge(requests_per_second=1, requests_burst=1)
    answers = [edge.higashi.ask("/") for _ in range(4)]
    refused = next(answer for answer in answers if answer.status != 200)
    assert_own_page(refused, 429, "アクセスが集中しています")
    assert refused.header("Retry-After") == ["10"]
    other = edge.browser(edge.certificates.nishi).ask("/")
    assert other.status == 200


@pytest.mark.parametrize("page", PAGES, ids=[page.stem for page in PAGES])
def test_every_page_shares_the_style_that_the_policy_allows(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    [style] = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in (NGINX_DIR / "snippets/portal-headers.conf").read_text(encoding="utf-8")
    assert ' style="' not in text
    assert '<html lang="ja">' in text


def test_every_named_page_exists_and_every_page_is_named() -> None:
    configuration = "".join(
        file.read_text(encoding="utf-8")
        for file in [NGINX_DIR / "portal.conf.template", *NGINX_DIR.glob("snippets*/*.conf")]
    )
    assert set(re.findall(r"/_edge/pages/(\w+)\.html", configuration)) == {page.stem for page in PAGES}


@pytest.mark.parametrize(
    "path",
    [
        "/healthz",
        "/readyz",
        "/metrics",
        "/healthz/",
        "/healthz?x=1",
        "//healthz",
        "/%68ealthz",
        "/static/../readyz",
        "/x/..//metrics",
        "/./readyz",
    ],
)
def test_probes_are_not_for_visitors(edge: Edge, path: str) -> None:
    assert edge.higashi.ask(path).status == 404


@pytest.mark.parametrize(
    "path",
    [
        "/_files/report.bin",
        "/_files/",
        "//_files/report.bin",
        "/%5ffiles/report.bin",
        "/static/../_files/report.bin",
        "/_edge/pages/404.html",
        "/_edge/pages/",
    ],
)
def test_internal_locations_are_not_for_visitors(edge: Edge, path: str) -> None:
    (edge.front.settings.files_dir / "report.bin").write_bytes(b"confidential")
    answer = edge.higashi.ask(path)
    assert answer.status == 404
    assert b"confidential" not in answer.body


def test_the_certificate_location_proxies_nothing_for_visitors(edge: Edge) -> None:
    answer = edge.higashi.ask("/_edge/certificate")
    assert_own_page(answer, 403, "クライアント証明書が必要です")
    assert edge.observer is not None
    assert not any("_edge" in line for line in edge.observer.seen)


def test_an_attachment_goes_out_with_the_headers_of_the_application(edge: Edge) -> None:
    (edge.front.settings.files_dir / "report.bin").write_bytes(b"confidential")
    answer = edge.higashi.ask("/file-with-policy")
    assert (answer.status, answer.body) == (200, b"confidential")
    assert answer.header("Content-Disposition") == ["attachment; filename*=UTF-8''report.pdf"]
    assert answer.header("Cache-Control") == ["private, no-cache"]
    assert answer.header("Content-Security-Policy") == ["default-src 'self'"]
    assert {name: answer.header(name) for name in OWN} == {name: [value] for name, value in OWN.items()}


def test_an_attachment_without_a_policy_gets_the_narrowest(edge: Edge) -> None:
    (edge.front.settings.files_dir / "report.bin").write_bytes(b"confidential")
    answer = edge.higashi.ask("/file", ["Range: bytes=0-3"])
    assert (answer.status, answer.body) == (206, b"conf")
    assert answer.header("Content-Type") == ["application/pdf"]
    assert answer.header("Content-Security-Policy") == ["default-src 'none'; sandbox"]


def test_an_attachment_that_is_gone_is_not_found(edge: Edge) -> None:
    assert_own_page(edge.higashi.ask("/file-gone"), 404, "ページが見つかりません")


def test_static_files_come_from_disk(edge: Edge) -> None:
    (edge.front.settings.static_dir / "site.css").write_text("body { margin: 0 }" * 100, encoding="utf-8")
    versioned = edge.higashi.ask("/static/site.css?v=abc")
    assert versioned.header("Cache-Control") == ["public, max-age=31536000, immutable"]
    assert versioned.header("Content-Type") == ["text/css; charset=utf-8"]
    assert versioned.header("X-Content-Type-Options") == ["nosniff"]
    plain = edge.higashi.ask("/static/site.css", ["Accept-Encoding: gzip"])
    assert plain.header("Cache-Control") == ["no-cache"]
    assert plain.header("Content-Encoding") == ["gzip"]


@pytest.mark.parametrize("path", ["/static/", "/static/none.css", "/static../demo/front.py", "/static/%2e%2e/app.sock"])
def test_static_files_are_all_there_is(edge: Edge, path: str) -> None:
    answer = edge.higashi.ask(path)
    assert answer.status == 404 or answer.seen["line"].startswith("GET /static")


def test_the_answers_of_the_application_pass_untouched(edge: Edge) -> None:
    page = edge.higashi.ask("/page", ["Accept-Encoding: gzip"])
    assert page.header("Content-Security-Policy") == ["default-src 'self'"]
    assert page.header("Content-Encoding") == []
    assert edge.higashi.ask("/broken").status == 500
    assert "line" in edge.higashi.ask("/broken").seen
