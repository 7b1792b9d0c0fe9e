"""What the edge writes down, and what it doesn't."""

import pytest

from tests.nginx.conftest import Edge, StartEdge

TOKEN = "ImEtdmVyaWZpY2F0aW9uLXRva2VuIg.aSJ4xw.Zm9yIHRoZSBsb2dzIHRvIGZvcmdldA"
SECRETS = [TOKEN, "hidden-query", "hidden-referer", "hidden-cookie", "hidden-short-token", "CERTIFICATE"]
PATHS = [
    f"/verify/{TOKEN}",
    f"/verify/{TOKEN}?hidden-query=1",
    "/verify/hidden-short-token",
    "/credentials/hidden-short-token",
    "/password/reset/hidden-short-token?hidden-query=1",
    f"//verify/{TOKEN}",
    f"/./verify/{TOKEN}",
    f"/x/../verify/{TOKEN}",
    f"/%76erify/{TOKEN}",
    f"/account/reset/{TOKEN}/",
    "/search?q=hidden-query",
    "/static/none.css?v=hidden-query",
    "/file?hidden-query",
    "/slowly/%e3%81%82?hidden-query",
    f"/healthz/{TOKEN}?hidden-query",
    "/_files/x?hidden-query",
    "/ hidden-query",
    "/%00hidden-query",
]
HEADERS = ["Referer: https://portal.example/verify/hidden-referer", "Cookie: __Host-session=hidden-cookie"]
CRUEL_HEADERS = [*HEADERS, "X-Other: " + "a" * 9000]


def ask_everything(edge: Edge) -> None:
    if edge.observer:
        edge.observer.gate.set()
    for path in PATHS:
        for browser in (edge.higashi, edge.nobody):
            browser.ask(path, HEADERS)
    edge.higashi.ask(f"/verify/{TOKEN}", HEADERS, "TRACE")
    edge.higashi.ask(f"/verify/{TOKEN}", HEADERS, host="evil.example")
    edge.higashi.ask(f"/verify/{TOKEN}?hidden-query", CRUEL_HEADERS)
    edge.higashi.ask(f"/verify/{TOKEN}", HEADERS, "POST", b"hidden-query=1")
    edge.higashi.ask("/the-last-one?hidden-query")


def assert_nothing_kept(edge: Edge) -> None:
    edge.logged('"path":"/the-last-one"')
    logs = edge.logs
    assert '"path":"/verify/(token)"' in logs
    assert [secret for secret in SECRETS if secret in logs] == []


def test_no_log_holds_a_query_string_a_token_or_a_referer(start_edge: StartEdge) -> None:
    """D8."""
    edge = start_edge()
    ask_everything(edge)
    assert_nothing_kept(edge)


def test_not_even_the_error_log_while_the_application_is_down(start_edge: StartEdge) -> None:
    """D8: nginx would write the request line and the Referer beside "connect() failed"."""
    edge = start_edge(is_app_up=False)
    ask_everything(edge)
    assert edge.logged('"status":"502"')["path"] == "/verify/(token)"
    assert_nothing_kept(edge)


@pytest.mark.parametrize(
    ("asked", "written"),
    [
        ("/", "/"),
        ("/articles/0123456789AB?page=2", "/articles/0123456789AB"),
        ("/staff/", "/staff/"),
        ("/verify", "/verify/(token)"),
        ("/verifying", "/verifying"),
        (f"/credentials/{TOKEN}", "/credentials/(token)"),
        (f"/password/reset/{TOKEN}", "/password/reset/(token)"),
        ("/password/forgotten", "/password/forgotten"),
        (f"/a/b/{TOKEN}/c", "/a/b/(long)"),
        ("/a%20b", "(unusual)"),
    ],
)
def test_a_log_line_tells_who_asked_for_what_and_how_it_went(edge: Edge, asked: str, written: str) -> None:
    [request] = edge.higashi.ask(asked).received("X-Request-Id")
    line = edge.logged(request)
    told = {name: line[name] for name in ("method", "path", "address", "certificate", "status", "upstream_status")}
    assert told == {
        "method": "GET",
        "path": written,
        "address": "127.0.0.1",
        "certificate": "SUCCESS",
        "status": "200",
        "upstream_status": "200",
    }
