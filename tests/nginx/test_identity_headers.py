"""The application hears about the visitor from nginx alone."""

from urllib.parse import quote, unquote

import pytest

from tests.nginx.conftest import FRONT_SECRET, Edge
from tests.nginx.wire import Answer, request_h2

ADDRESS_HEADERS = [
    "X-Forwarded-For",
    "Forwarded",
    "X-Real-IP",
    "CF-Connecting-IP",
    "True-Client-IP",
    "X-Client-IP",
    "X-Cluster-Client-IP",
    "X-Original-Forwarded-For",
    "Via",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "X-Forwarded-Port",
    "X-Forwarded-Prefix",
    "X-Original-URL",
    "X-Rewrite-URL",
    "X-HTTP-Method-Override",
]
ADDRESS_LISTS = [
    "127.0.0.1",
    "203.0.113.9, 127.0.0.1",
    "for=127.0.0.1;proto=https;by=127.0.0.1",
    '"[::1]:80", 127.0.0.1:8080',
    "  ,, ,,;=% not an address",
    ", ".join(["10.0.0.1"] * 600),
]
MISSPELLINGS = ["{}_{}_{}", "{}-{}_{}", "{}_{}-{}", "{}.{}.{}", "{}-{}-{}\xa0", "{}-{}-{}%20", "{}-{}-{}_"]


def nishi_pem(edge: Edge) -> str:
    return quote(edge.certificates.nishi.pem)


def assert_own_identity(edge: Edge, answer: Answer) -> None:
    assert answer.status == 200
    assert [unquote(pem) for pem in answer.received("X-Client-Cert")] == [edge.certificates.higashi.pem]
    assert answer.received("X-Client-Verify") == ["SUCCESS"]
    assert answer.received("X-Client-Address") == ["127.0.0.1"]
    assert answer.received("X-Front-Secret") == [FRONT_SECRET]
    assert len(answer.received("X-Request-Id")) == 1
    assert edge.certificates.nishi.pem not in unquote(answer.text)


def forged(edge: Edge) -> list[tuple[str, str]]:
    return [
        ("x-client-cert", nishi_pem(edge)),
        ("x-client-verify", "FAILED:forged"),
        ("x-client-address", "203.0.113.9"),
        ("x-front-secret", "forged"),
        ("x-request-id", "forged"),
    ]


def test_headers_sent_from_outside_are_replaced(edge: Edge) -> None:
    """A2."""
    answer = edge.higashi.ask("/", [f"{name}: {value}" for name, value in forged(edge)])
    assert_own_identity(edge, answer)
    assert "forged" not in answer.text


def test_headers_sent_from_outside_are_replaced_over_http2(edge: Edge) -> None:
    """A2."""
    answer = edge.higashi.ask_h2(request_h2(edge.front, "/", *forged(edge)))
    assert_own_identity(edge, answer)
    assert "forged" not in answer.text


@pytest.mark.parametrize("path", ["/", "/staff/articles/new", "/login", "/verify/abc"])
def test_every_location_replaces_them(edge: Edge, path: str) -> None:
    """A2."""
    assert_own_identity(edge, edge.higashi.ask(path, [f"{name}: {value}" for name, value in forged(edge)]))


def test_a_visitor_without_certificate_cannot_claim_one(edge: Edge) -> None:
    """A2."""
    answer = edge.nobody.ask("/", ["X-Client-Verify: SUCCESS", f"X-Client-Cert: {nishi_pem(edge)}"])
    assert answer.status == 403
    assert answer.received("X-Client-Verify") == ["NONE"]
    assert answer.received("X-Client-Cert") == []


@pytest.mark.parametrize("misspelling", MISSPELLINGS)
def test_other_spellings_are_dropped(edge: Edge, misspelling: str) -> None:
    """A3: granian and WSGI would read some of them as the real header."""
    names = [misspelling.format(*name.split("-")) for name in ("X-Client-Verify", "X-Client-Cert", "X-Front-Secret")]
    answer = edge.higashi.ask("/", [f"{name}: {nishi_pem(edge)}" for name in names])
    assert_own_identity(edge, answer)
    assert {name.lower() for name in names}.isdisjoint(key.lower() for key, _ in answer.seen["headers"])


@pytest.mark.parametrize("name", ["x_client_cert", "x-client_cert", "x.client.cert"])
def test_other_spellings_are_dropped_over_http2(edge: Edge, name: str) -> None:
    """A3."""
    assert_own_identity(edge, edge.higashi.ask_h2(request_h2(edge.front, "/", (name, nishi_pem(edge)))))


def test_a_repeated_header_arrives_once_in_nginx_own_words(edge: Edge) -> None:
    """A4."""
    twice = ["X-Client-Verify: NONE", "X-Client-Verify: SUCCESS", "x-client-verify: FAILED:x"]
    assert_own_identity(edge, edge.higashi.ask("/", [*twice, *[f"X-Client-Cert: {nishi_pem(edge)}"] * 2]))


def test_connection_cannot_strip_a_header(edge: Edge) -> None:
    """A5."""
    named = "Connection: X-Client-Cert, X-Client-Verify, X-Client-Address, X-Front-Secret, close"
    assert_own_identity(edge, edge.higashi.ask("/", [named]))


@pytest.mark.parametrize("value", ADDRESS_LISTS)
def test_only_the_address_of_the_connection_counts(edge: Edge, value: str) -> None:
    """R2-8, H1, H2: lists, ports, IPv6 and garbage change nothing."""
    answer = edge.higashi.ask("/", [f"{name}: {value}" for name in ADDRESS_HEADERS[:4]])
    assert_own_identity(edge, answer)


@pytest.mark.parametrize("name", ADDRESS_HEADERS)
def test_headers_that_proxies_believe_do_not_pass(edge: Edge, name: str) -> None:
    """H1."""
    answer = edge.higashi.ask("/", [f"{name}: 127.0.0.1"])
    assert_own_identity(edge, answer)
    assert answer.received(name) == []


def test_ten_thousand_addresses_are_refused_or_ignored(edge: Edge) -> None:
    """H2."""
    answer = edge.higashi.ask("/", ["X-Forwarded-For: " + ", ".join(["10.0.0.1"] * 10_000)])
    assert answer.status == 431


def test_what_a_form_needs_passes(edge: Edge) -> None:
    sent = {
        "Cookie": "__Host-session=abc; other=1",
        "Content-Type": "application/x-www-form-urlencoded",
        "Referer": "https://portal.example/login",
        "Origin": "https://portal.example",
        "User-Agent": "Chrome",
        "Accept": "text/html",
        "Accept-Language": "ja",
        "If-None-Match": '"abc"',
        "X-CSRFToken": "token",
    }
    answer = edge.higashi.ask("/login", [f"{name}: {value}" for name, value in sent.items()], "POST", b"a=b")
    assert answer.seen["line"] == "POST /login HTTP/1.1"
    assert answer.seen["body_length"] == 3
    assert {name: answer.received(name) for name in sent} == {name: [value] for name, value in sent.items()}
    assert answer.received("Host") == ["portal.example"]
