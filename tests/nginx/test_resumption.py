"""Every connection shows its certificate anew, over protocols and ciphers that are still good."""

import shutil
import ssl
import subprocess
from pathlib import Path

import pytest

from tests.nginx.certificates import Identity
from tests.nginx.conftest import Edge
from tests.nginx.wire import read_answer

QUESTION = b"GET / HTTP/1.1\r\nHost: portal.example\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_tls_session_is_never_resumed(edge: Edge, version: ssl.TLSVersion) -> None:
    """A24: neither by ticket nor by session number, so a revoked certificate can't live on in a session."""
    context = edge.higashi.context()
    context.minimum_version = context.maximum_version = version
    with edge.higashi.connected(context) as first:
        first.sendall(QUESTION)
        assert read_answer(first).status == 200
        session = first.session
    with edge.higashi.connected(context, session=session) as second:
        assert not second.session_reused
        second.sendall(QUESTION)
        assert read_answer(second).received("X-Client-Verify") == ["SUCCESS"]


def openssl_client(edge: Edge, *options: str, identity: Identity | None = None) -> str:
    program = shutil.which("openssl")
    assert program, "the openssl command is not installed"
    host, port = edge.front.address
    shown = ["-cert", str(identity.certificate), "-key", str(identity.key)] if identity else []
    spoken = subprocess.run(
        [
            *(program, "s_client", "-connect", f"{host}:{port}", "-servername", "portal.example"),
            *("-CAfile", str(edge.certificates.authority)),
            *shown,
            *options,
        ],
        input=QUESTION,
        capture_output=True,
        check=False,
        timeout=30,
    )
    return (spoken.stdout + spoken.stderr).decode()


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_a_session_begun_with_a_certificate_does_not_admit_a_visitor_without(
    edge: Edge, version: str, tmp_path: Path
) -> None:
    """A24: whatever OpenSSL kept of the first connection is worth nothing in the second."""
    kept = tmp_path / "session"
    first = openssl_client(edge, version, "-ign_eof", "-sess_out", str(kept), identity=edge.certificates.higashi)
    assert "HTTP/1.1 200 OK" in first
    offered = ["-sess_in", str(kept)] if kept.exists() else []
    second = openssl_client(edge, version, "-ign_eof", *offered)
    assert "Reused" not in second
    assert "HTTP/1.1 403 Forbidden" in second


def test_openssl_reconnecting_gets_a_new_session_each_time(edge: Edge) -> None:
    """A24."""
    spoken = openssl_client(edge, "-reconnect", "-tls1_2", identity=edge.certificates.higashi)
    assert spoken.count("New, TLSv1.2") == 6
    assert "Reused" not in spoken


@pytest.mark.parametrize("version", ["-tls1", "-tls1_1"])
def test_old_protocols_are_refused(edge: Edge, version: str) -> None:
    spoken = openssl_client(edge, version, "-cipher", "DEFAULT@SECLEVEL=0")
    assert "alert protocol version" in spoken


@pytest.mark.parametrize("ciphers", ["AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA256", "DHE-RSA-AES128-GCM-SHA256"])
def test_weak_ciphers_are_refused(edge: Edge, ciphers: str) -> None:
    assert "alert handshake failure" in openssl_client(edge, "-tls1_2", "-cipher", ciphers)
