import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth.certificate_facts import facts_of
from auth.certificate_rules import Reason
from auth.certificate_source import NginxHeaders, Presented, TlsSocket, identified
from demo.authority import write_authority, write_client, write_server
from tests.certificates import ISSUED_AT, authority, forwarded, good
from tests.mutations import EXAMPLES

SECRET = "between the front and the application"
DER = good().der
HEADERS: dict[str, object] = {
    "HTTP_X_CLIENT_VERIFY": "SUCCESS",
    "HTTP_X_CLIENT_CERT": forwarded(DER),
    "HTTP_X_CLIENT_ADDRESS": "203.0.113.7",
}
OVER_SOCKET = HEADERS | {"REMOTE_ADDR": ""}
OVER_TCP = HEADERS | {"REMOTE_ADDR": "198.51.100.9"}
NOTHING = Presented(None, "NONE", "198.51.100.9")
BELIEVED = Presented(DER, "SUCCESS", "203.0.113.7")

BEHIND_SOCKET = NginxHeaders(front_secret=None, is_unix_socket=True)
BEHIND_SECRET = NginxHeaders(front_secret=SECRET, is_unix_socket=False)


def test_the_headers_count_on_the_configured_socket() -> None:
    """R4-1."""
    assert BEHIND_SOCKET.presented(OVER_SOCKET) == BELIEVED


def test_the_headers_count_with_the_shared_secret() -> None:
    """R4-1."""
    assert BEHIND_SECRET.presented(OVER_TCP | {"HTTP_X_FRONT_SECRET": SECRET}) == BELIEVED


@pytest.mark.parametrize(
    "source",
    [
        BEHIND_SOCKET,
        BEHIND_SECRET,
        NginxHeaders(front_secret=None, is_unix_socket=False),
        NginxHeaders(front_secret="", is_unix_socket=False),
    ],
    ids=["socket", "secret", "no front", "empty secret"],
)
@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"HTTP_X_FRONT_SECRET": ""},
        {"HTTP_X_FRONT_SECRET": "wrong"},
        {"HTTP_X_FRONT_SECRET": f"{SECRET},{SECRET}"},
        {"HTTP_X_FRONT_SECRET": "é\udcff"},
        {"HTTP_X_FRONT_SECRET": SECRET.upper()},
        {"HTTP_X_FRONT_SECRET": None},
        {"X-Front-Secret": SECRET},
    ],
    ids=["none", "empty", "wrong", "repeated", "not ASCII", "other case", "no text", "other key"],
)
def test_whoever_is_not_the_front_presents_nothing_and_has_his_own_address(
    source: NginxHeaders, sent: dict[str, object]
) -> None:
    """H1: the application as it sees a caller who is not its front."""
    assert source.presented(OVER_TCP | sent) == NOTHING
    assert identified(source.presented(OVER_TCP | sent)) is Reason.MISSING


def test_without_a_configured_front_not_even_a_socket_is_believed() -> None:
    """A4."""
    assert NginxHeaders(front_secret=None, is_unix_socket=False).presented(OVER_SOCKET) == Presented(None, "NONE", "")


@pytest.mark.parametrize(
    "header",
    [
        "X_FORWARDED_FOR",
        "FORWARDED",
        "X_REAL_IP",
        "CF_CONNECTING_IP",
        "TRUE_CLIENT_IP",
        "X_CLIENT_IP",
        "X_FORWARDED_CLIENT_CERT",
        "SSL_CLIENT_CERT",
    ],
)
@pytest.mark.parametrize(
    ("source", "environ", "expected"),
    [
        (BEHIND_SOCKET, OVER_SOCKET, BELIEVED),
        (BEHIND_SECRET, OVER_TCP, NOTHING),
        (TlsSocket(), OVER_TCP, NOTHING),
    ],
    ids=["socket", "secret", "embedded"],
)
def test_the_usual_proxy_headers_change_nothing(
    source: NginxHeaders | TlsSocket, environ: dict[str, object], expected: Presented, header: str
) -> None:
    """H1."""
    assert source.presented(environ | {f"HTTP_{header}": "127.0.0.1"}) == expected


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"HTTP_X_CLIENT_VERIFY": "NONE,SUCCESS"}, Reason.UNREADABLE),
        ({"HTTP_X_CLIENT_VERIFY": "SUCCESS,SUCCESS"}, Reason.UNREADABLE),
        ({"HTTP_X_CLIENT_CERT": f"{forwarded(DER)},{forwarded(DER)}"}, Reason.UNREADABLE),
        ({"HTTP_X_CLIENT_CERT": f",{forwarded(DER)}"}, Reason.UNREADABLE),
        ({"HTTP_X_CLIENT_CERT": ""}, Reason.UNREADABLE),
        ({"HTTP_X_CLIENT_CERT": "%2D%2D%2D"}, Reason.UNREADABLE),
        ({"HTTP_X_CLIENT_CERT": DER}, Reason.UNREADABLE),
        ({"HTTP_X_CLIENT_VERIFY": ""}, Reason.MISSING),
        ({"HTTP_X_CLIENT_VERIFY": None}, Reason.MISSING),
        ({"HTTP_X_CLIENT_VERIFY": "NONE"}, Reason.MISSING),
        ({"HTTP_X_CLIENT_VERIFY": "FAILED:certificate has expired"}, Reason.EXPIRED),
        ({"HTTP_X_CLIENT_VERIFY": "FAILED:certificate is not yet valid"}, Reason.NOT_YET_VALID),
        ({"HTTP_X_CLIENT_VERIFY": "FAILED:self-signed certificate"}, Reason.FOREIGN),
        ({"HTTP_X_CLIENT_ADDRESS": "203.0.113.7,198.51.100.9"}, Reason.UNREADABLE),
        ({"HTTP_X_CLIENT_ADDRESS": ""}, Reason.UNREADABLE),
    ],
)
def test_a_repeated_or_broken_header_admits_nobody(changed: dict[str, object], refusal: Reason) -> None:
    """A4, A20."""
    presented = BEHIND_SOCKET.presented(OVER_SOCKET | changed)
    assert identified(presented) is refusal


@pytest.mark.parametrize(
    ("sent", "address"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:DB8::0001", "2001:db8::1"),
        ("::ffff:203.0.113.7", "::ffff:cb00:7107"),
        ("203.0.113.7:443", ""),
        ("[::1]:80", ""),
        ("203.0.113.7, 127.0.0.1", ""),
        ("127.0.0.1,203.0.113.7", ""),
        ("fe80::1%eth0", ""),
        (" 203.0.113.7", ""),
        ("010.0.0.1", ""),
        ("2130706433", ""),
        ("unix:", ""),
        ("localhost", ""),
        ("1.2.3.4," * 10_000, ""),
    ],
)
def test_only_one_plain_address_is_an_address(sent: str, address: str) -> None:
    """H1."""
    assert BEHIND_SOCKET.presented(OVER_SOCKET | {"HTTP_X_CLIENT_ADDRESS": sent}).remote_address == address


@given(
    st.dictionaries(
        st.sampled_from([*HEADERS, "HTTP_X_FRONT_SECRET", "REMOTE_ADDR", "gunicorn.socket"]),
        st.text(max_size=40) | st.none() | st.binary(max_size=10) | st.integers(),
    )
)
@EXAMPLES
def test_no_environment_breaks_a_source(environ: dict[str, object]) -> None:
    """A20."""
    for source in (BEHIND_SOCKET, BEHIND_SECRET, TlsSocket()):
        assert isinstance(identified(source.presented(environ)), Reason)


def test_a_certificate_from_the_front_is_identified_by_its_facts() -> None:
    """R4-4."""
    assert identified(BELIEVED) == facts_of(DER)


def test_bytes_that_are_no_certificate_are_unreadable() -> None:
    """A20."""
    assert identified(Presented(b"\x30\x00", "SUCCESS", "203.0.113.7")) is Reason.UNREADABLE


@contextmanager
def tls_connection(folder: Path, client: str | None) -> Iterator[ssl.SSLSocket]:
    """The server's side of a real TLS connection on which `client` has shown its certificate, or nobody."""
    ca = write_authority(folder, authority())
    server_files = write_server(folder, authority().issue_server(not_before=ISSUED_AT))
    server_side, client_side = socket.socketpair()
    server_context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=ca)
    server_context.load_cert_chain(*server_files)
    server_context.verify_mode = ssl.CERT_OPTIONAL
    client_context = ssl.create_default_context(cafile=ca)
    if client:
        client_context.load_cert_chain(folder / "clients" / f"{client}.crt", folder / "clients" / f"{client}.key")

    def call() -> None:
        with client_context.wrap_socket(client_side, server_hostname="localhost") as connection:
            connection.recv(1)

    caller = threading.Thread(target=call)
    caller.start()
    with server_context.wrap_socket(server_side, server_side=True) as connection:
        yield connection
        connection.sendall(b".")
    caller.join()


def environ_of(connection: object) -> Mapping[str, object]:
    """With the headers of another certificate and address."""
    return HEADERS | {"gunicorn.socket": connection, "REMOTE_ADDR": "127.0.0.1"}


def test_the_embedded_server_takes_the_certificate_from_the_connection_alone(tmp_path: Path) -> None:
    """R4-1, H1."""
    issued = authority().issue_client("mine", not_before=ISSUED_AT)
    write_client(tmp_path, "mine", issued, authority(), "a password")
    with tls_connection(tmp_path, "mine") as connection:
        assert TlsSocket().presented(environ_of(connection)) == Presented(issued.der, "SUCCESS", "127.0.0.1")


def test_a_connection_without_a_certificate_presents_nothing_whatever_its_headers(tmp_path: Path) -> None:
    """R4-1, H1."""
    with tls_connection(tmp_path, None) as connection:
        assert TlsSocket().presented(environ_of(connection)) == Presented(None, "NONE", "127.0.0.1")


def test_a_connection_without_tls_presents_nothing() -> None:
    """H1."""
    with socket.socket() as plain:
        assert TlsSocket().presented(environ_of(plain)) == Presented(None, "NONE", "127.0.0.1")


def test_a_connection_that_has_ended_presents_nothing(tmp_path: Path) -> None:
    with tls_connection(tmp_path, None) as connection:
        pass
    assert TlsSocket().presented(environ_of(connection)) == Presented(None, "NONE", "127.0.0.1")
