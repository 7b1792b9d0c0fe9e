"""A list's source is a file or an address on the operator's side; nothing else is opened, and nothing goes on for ever."""

import http.server
import ssl
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

import pytest

from auth import list_sources
from auth.list_sources import NotFetched, fetch, source_refusal
from auth.revocation_lists import LARGEST_LIST
from base import clock
from demo.authority import make_authority

NOWHERE = Path("/nowhere")


class Site(http.server.BaseHTTPRequestHandler):
    answers: ClassVar[dict[str, tuple[int, dict[str, str], bytes]]] = {}
    asked: ClassVar[list[tuple[str, str | None]]] = []
    gate: ClassVar[threading.Event] = threading.Event()

    def do_GET(self) -> None:
        self.asked.append((self.path, self.headers.get("Host")))
        if self.path == "/silent":
            self.gate.wait(5)
            return
        status, headers, body = self.answers.get(self.path, (404, {}, b""))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words: object) -> None:
        """Nothing: the tests read what was asked."""


@pytest.fixture
def base() -> Iterator[str]:
    Site.answers, Site.asked, Site.gate = {"/good.crl": (200, {}, b"a list")}, [], threading.Event()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        Site.gate.set()
        server.shutdown()
        thread.join()


def test_an_address_is_asked_directly_and_not_by_any_proxy(base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """R4-5."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert fetch(f"{base}/good.crl", NOWHERE) == b"a list"
    assert Site.asked == [("/good.crl", base.removeprefix("http://"))]


def test_over_https_the_server_has_to_be_the_one_that_was_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R4-5: by a certificate that the machine trusts."""
    since = clock.system_time() - timedelta(days=1)
    issuer = make_authority(not_before=since)
    known = issuer.issue_server(["127.0.0.1"], not_before=since)
    for name, pem in (("server.pem", known.pem + known.key_pem), ("ca.pem", issuer.ca.pem)):
        (tmp_path / name).write_bytes(pem)
    Site.answers, Site.asked = {"/good.crl": (200, {}, b"a list")}, []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.pem")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        address = f"https://127.0.0.1:{server.server_address[1]}/good.crl"
        with pytest.raises(NotFetched, match="サーバーの証明書を確認できません"):
            fetch(address, NOWHERE)
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        assert fetch(address, NOWHERE) == b"a list"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("target", ["file:///etc/hostname", "ftp://127.0.0.1/x", "data:,x", "gopher://127.0.0.1/"])
def test_no_redirect_leads_away_from_http(base: str, target: str) -> None:
    """R4-5, E15."""
    Site.answers["/moved.crl"] = (302, {"Location": target}, b"")
    with pytest.raises(NotFetched):
        fetch(f"{base}/moved.crl", NOWHERE)


def test_a_redirect_to_another_address_is_followed_but_not_round_and_round(base: str) -> None:
    Site.answers["/moved.crl"] = (302, {"Location": "/good.crl"}, b"")
    Site.answers["/round.crl"] = (302, {"Location": "/round.crl"}, b"")
    assert fetch(f"{base}/moved.crl", NOWHERE) == b"a list"
    with pytest.raises(NotFetched):
        fetch(f"{base}/round.crl", NOWHERE)


@pytest.mark.parametrize(("status", "word"), [(404, "HTTP 404"), (500, "HTTP 500"), (401, "HTTP 401")])
def test_a_refusal_is_told_with_its_number(base: str, status: int, word: str) -> None:
    Site.answers["/no.crl"] = (status, {}, b"secret words")
    with pytest.raises(NotFetched, match=word) as told:
        fetch(f"{base}/no.crl", NOWHERE)
    assert "secret" not in told.value.reason


def test_what_is_too_large_or_never_comes_is_left(base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """R4-5, I1."""
    Site.answers["/large.crl"] = (200, {}, b"x" * (LARGEST_LIST + 1))
    with pytest.raises(NotFetched, match="大きすぎます"):
        fetch(f"{base}/large.crl", NOWHERE)
    monkeypatch.setattr(list_sources, "ANSWER_SECONDS", 0.2)
    with pytest.raises(NotFetched, match="時間内に応答がありません"):
        fetch(f"{base}/silent", NOWHERE)
    monkeypatch.setattr(list_sources, "ALTOGETHER_SECONDS", -1)
    with pytest.raises(NotFetched, match="時間内に応答がありません"):
        fetch(f"{base}/good.crl", NOWHERE)


def test_nobody_there_is_told_as_such() -> None:
    with pytest.raises(NotFetched, match="接続できません"):
        fetch("http://127.0.0.1:9/x.crl", NOWHERE)


def test_a_file_is_read_by_its_path_or_by_its_name_beside_the_bundle(tmp_path: Path) -> None:
    """R4-5."""
    (tmp_path / "a.crl").write_bytes(b"a list")
    assert fetch("a.crl", tmp_path) == fetch(f"{tmp_path}/a.crl", NOWHERE) == b"a list"
    (tmp_path / "large.crl").write_bytes(b"x" * (LARGEST_LIST + 1))
    (tmp_path / "folder.crl").mkdir()
    (tmp_path / "zero.crl").symlink_to("/dev/zero")
    for name, word in (
        ("large", "大きすぎます"),
        ("folder", "IsADirectoryError|ふつう"),
        ("zero", "ふつうのファイル"),
        ("none", "ファイルがありません"),
    ):
        with pytest.raises(NotFetched, match=word):
            fetch(f"{name}.crl", tmp_path)


@pytest.mark.parametrize(
    ("source", "is_good"),
    [
        ("https://ca.example/client.crl", True),
        ("http://ca.example:8080/crl?x=1", True),
        ("/etc/portal/client.crl", True),
        ("client.pem", True),
        ("", False),
        ("client.txt", False),
        ("/etc/passwd", False),
        ("crl/client.crl", False),
        ("../client.crl", False),
        ("https://", False),
        ("https://user:secret@ca.example/x.crl", False),
        ("https://ca.example:99999/x.crl", False),
        ("https://[::1/x.crl", False),
        ("https://ca.example/x y.crl", False),
        ("https://ca.example/\u3042.crl", False),
        ("https://ca.example/x.crl\r\nHost: other", False),
        ("file:///etc/client.crl", False),
        ("ftp://ca.example/x.crl", False),
        ("ldap://ca.example/x.crl", False),
        ("https://ca.example/" + "x" * 500, False),
    ],
)
def test_what_a_source_may_be(source: str, is_good: bool) -> None:  # noqa: FBT001 - a column of the table
    """R8-3."""
    assert (source_refusal(source) is None) is is_good
