"""What no browser sends gets a plain refusal and never reaches the application."""

import ssl

import pytest

from tests.nginx.conftest import Edge
from tests.nginx.wire import request_h2

GET = b"GET /marked-as-malformed HTTP/1.1\r\nHost: portal.example\r\n"
POST = b"POST /marked-as-malformed HTTP/1.1\r\nHost: portal.example\r\n"
END = b"Connection: close\r\n\r\n"
MALFORMED = {
    "two framings": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n" + END + b"0\r\n\r\n",
    "two lengths": POST + b"Content-Length: 4\r\nContent-Length: 5\r\n" + END + b"abcde",
    "two equal lengths": POST + b"Content-Length: 4\r\nContent-Length: 4\r\n" + END + b"abcd",
    "negative length": POST + b"Content-Length: -1\r\n" + END,
    "listed length": POST + b"Content-Length: 4, 4\r\n" + END + b"abcd",
    "chunks with bare line feeds": POST + b"Transfer-Encoding: chunked\r\n" + END + b"1\na\n0\n\n",
    "well-formed chunks": POST + b"Transfer-Encoding: chunked\r\n" + END + b"1\r\na\r\n0\r\n\r\n",
    "unknown coding": POST + b"Transfer-Encoding: xchunked\r\n" + END,
    "coding behind a tab": POST + b"Transfer-Encoding:\tchunked\r\nContent-Length: 1\r\n" + END + b"0\r\n\r\n",
    "absolute address": b"GET https://portal.example/marked-as-malformed HTTP/1.1\r\nHost: portal.example\r\n" + END,
    "foreign absolute address": b"GET https://evil.example/marked-as-malformed HTTP/1.1\r\nHost: portal.example\r\n"
    + END,
    "asterisk": b"OPTIONS * HTTP/1.1\r\nHost: portal.example\r\n" + END,
    "upgrade to h2c": GET + b"Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n" + END,
    "upgrade to websocket": GET + b"Upgrade: websocket\r\n" + END,
    "http2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "no host": b"GET /marked-as-malformed HTTP/1.1\r\n" + END,
    "two hosts": GET + b"Host: portal.example\r\n" + END,
    "space before the colon": GET + b"X-Client-Verify : SUCCESS\r\n" + END,
    "tab before the colon": GET + b"X-Client-Verify\t: SUCCESS\r\n" + END,
    "nul in a name": GET + b"X-Client\x00-Verify: SUCCESS\r\n" + END,
    "nul in a value": GET + b"X-Other: a\x00b\r\n" + END,
    "carriage return in a value": GET + b"X-Other: a\rX-Client-Verify: SUCCESS\r\n" + END,
    "carriage return in a name": GET + b"X-Client\r-Verify: SUCCESS\r\n" + END,
    "folded line": GET + b"X-Other: a\r\n X-Client-Verify: SUCCESS\r\n" + END,
    "space in the address": b"GET /marked-as malformed HTTP/1.1\r\nHost: portal.example\r\n" + END,
    "nul in the address": b"GET /marked-as-malformed%00 HTTP/1.1\r\nHost: portal.example\r\n" + END,
    "climbing out": b"GET /../../etc/passwd HTTP/1.1\r\nHost: portal.example\r\n" + END,
    "lower-case method": b"get /marked-as-malformed HTTP/1.1\r\nHost: portal.example\r\n" + END,
    "version 3": b"GET /marked-as-malformed HTTP/3.0\r\nHost: portal.example\r\n" + END,
}


@pytest.mark.parametrize("request_bytes", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_request_is_refused(edge: Edge, request_bytes: bytes) -> None:
    """A3, A6."""
    answer = edge.higashi.send(request_bytes)
    assert answer.status == (421 if b"//evil" in request_bytes else 400)
    assert_never_arrived(edge)


def assert_never_arrived(edge: Edge) -> None:
    assert edge.observer is not None
    assert not any("marked-as-malformed" in line for line in edge.observer.seen)


def test_a_request_of_1991_is_refused(edge: Edge) -> None:
    """A6: HTTP/0.9 knows no status line and no name; the page alone comes back."""
    with edge.higashi.connected() as tls:
        tls.sendall(b"GET /marked-as-malformed\r\n\r\n")
        received = b"".join(iter(lambda: tls.recv(65536), b""))
    assert received.startswith(b"<!doctype html>")
    assert "アドレスが正しくありません" in received.decode()
    assert_never_arrived(edge)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("x-other", "a\r\nx-client-verify: SUCCESS"),
        ("x-other", "a\nb"),
        ("x-other", "a\x00b"),
        ("x-other\r\nx-client-verify", "SUCCESS"),
        ("transfer-encoding", "chunked"),
        ("upgrade", "h2c"),
    ],
)
def test_a_malformed_http2_header_is_refused(edge: Edge, name: str, value: str) -> None:
    """A6."""
    answer = edge.higashi.ask_h2(request_h2(edge.front, "/marked-as-malformed", (name, value)))
    assert answer.status in {0, 400}
    assert_never_arrived(edge)


@pytest.mark.parametrize(
    "path", ["/marked-as-malformed\r\nX: y", "/marked-as-malformed HTTP/1.1", "marked-as-malformed"]
)
def test_a_malformed_http2_address_is_refused(edge: Edge, path: str) -> None:
    """A6."""
    assert edge.higashi.ask_h2(request_h2(edge.front, path)).status in {0, 400}
    assert_never_arrived(edge)


@pytest.mark.parametrize(
    "method", ["TRACE", "TRACK", "CONNECT", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND", "FOO"]
)
def test_other_methods_are_refused(edge: Edge, method: str) -> None:
    """E19."""
    answer = edge.higashi.ask("/marked-as-malformed", ["X-Secret: echoed?"], method)
    assert answer.status in ({400, 405} if method == "CONNECT" else {405})
    assert "echoed" not in answer.text
    assert_never_arrived(edge)


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "portal.example.evil.example",
        "portal.example.",
        "evil.example:443",
        "127.0.0.1",
        "portal.example:443@evil.example",
        "portal.example:evil",
        "other.example",
    ],
)
def test_another_name_is_refused(edge: Edge, host: str) -> None:
    """E16: a good name in the handshake doesn't vouch for the one in the request."""
    answer = edge.higashi.ask("/marked-as-malformed", host=host)
    assert answer.status in {400, 421}
    assert_never_arrived(edge)


def test_another_name_is_refused_over_http2(edge: Edge) -> None:
    """E16."""
    answer = edge.higashi.ask_h2(request_h2(edge.front, "/marked-as-malformed", authority="evil.example"))
    assert answer.status == 421
    assert_never_arrived(edge)


def test_the_refusal_of_another_name_says_so_in_japanese(edge: Edge) -> None:
    """E16."""
    answer = edge.higashi.ask("/", host="evil.example", method="POST", body=b"a=b")
    assert answer.status == 421
    assert "アドレスが正しくありません" in answer.text


@pytest.mark.parametrize("host", ["portal.example:8443", "PORTAL.example"])
def test_the_own_name_passes_with_a_port_and_in_capitals(edge: Edge, host: str) -> None:
    assert edge.higashi.ask("/", host=host).received("Host") == [host]


def test_a_handshake_for_another_name_is_rejected(edge: Edge) -> None:
    """E16, A24: no other server block answers, not even with a good certificate."""
    with pytest.raises(ssl.SSLError, match="UNRECOGNIZED_NAME"), edge.higashi.connected(server_name="other.example"):
        pass


def test_a_handshake_without_a_name_is_rejected(edge: Edge) -> None:
    """E16."""
    context = edge.higashi.context()
    context.check_hostname = False
    with (
        pytest.raises(ssl.SSLError, match="UNRECOGNIZED_NAME"),
        edge.higashi.connected(context, server_name="127.0.0.1"),
    ):
        pass


@pytest.mark.parametrize(
    ("path", "headers", "body", "status"),
    [
        ("/a" * 5000, [], b"", 414),
        ("/", ["X-Other: " + "a" * 40_000], b"", 431),
        ("/", [f"X-Other-{number}: {'a' * 7000}" for number in range(6)], b"", 431),
        ("/login", [], b"a" * (1024**2 + 1), 413),
        ("/staff/articles", [], b"a" * (52 * 1024**2 + 1), 413),
    ],
    ids=["address", "header", "headers", "body", "upload"],
)
def test_what_is_too_large_is_refused(edge: Edge, path: str, headers: list[str], body: bytes, status: int) -> None:
    """A3."""
    with edge.higashi.connected() as tls:
        head = [f"POST {path} HTTP/1.1", "Host: portal.example", f"Content-Length: {len(body)}", *headers, "", ""]
        tls.sendall("\r\n".join(head).encode())
        received = tls.recv(65536)
    assert received.startswith(f"HTTP/1.1 {status} ".encode())


@pytest.mark.parametrize(("path", "size"), [("/login", 1024**2), ("/staff/articles", 52 * 1024**2)])
def test_what_is_just_small_enough_passes(edge: Edge, path: str, size: int) -> None:
    assert edge.higashi.ask(path, method="POST", body=b"a" * size).seen["body_length"] == size
