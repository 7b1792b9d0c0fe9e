"""Where a request's certificate comes from: nginx's headers or the TLS socket; each source is deaf to the other."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hmac import compare_digest
from ipaddress import ip_address
from ssl import SSLSocket
from typing import Protocol

from auth.certificate_facts import CertificateFacts, Unreadable, cached_facts_of
from auth.certificate_rules import Reason
from auth.forwarded_certificate import NONE, SUCCESS, der_of, handshake_refusal

VERIFY_HEADER = "X-Client-Verify"
CERTIFICATE_HEADER = "X-Client-Cert"
ADDRESS_HEADER = "X-Client-Address"
SECRET_HEADER = "X-Front-Secret"  # noqa: S105 - the header's name
REFERENCE_HEADER = "X-Request-Id"
REFERENCE = re.compile(r"[0-9a-f]{8}")

_VERIFY, _CERTIFICATE, _ADDRESS, _SECRET, _REFERENCE = (
    "HTTP_" + name.upper().replace("-", "_")
    for name in (VERIFY_HEADER, CERTIFICATE_HEADER, ADDRESS_HEADER, SECRET_HEADER, REFERENCE_HEADER)
)


@dataclass(frozen=True, slots=True)
class Presented:
    """What came with a request; `verify` in nginx's words, an empty `remote_address` is an unknown one.

    `reference` is how the front's log names the request, empty where there is no front.
    """

    der: bytes | None
    verify: str
    remote_address: str
    reference: str = ""


class CertificateSource(Protocol):
    def presented(self, environ: Mapping[str, object]) -> Presented: ...


@dataclass(frozen=True, slots=True)
class NginxHeaders:
    """Believe the headers of the configured front only: its unix socket, or whoever knows the secret (A2, H1)."""

    front_secret: str | None
    is_unix_socket: bool

    def presented(self, environ: Mapping[str, object]) -> Presented:
        if not self._is_front(environ):
            return Presented(None, NONE, _text(environ, "REMOTE_ADDR"))
        address = _address(_text(environ, _ADDRESS))
        verify = _text(environ, _VERIFY) or NONE
        if not address or verify == NONE:
            return Presented(None, verify, address, _reference(environ))
        return Presented(_der(_text(environ, _CERTIFICATE)), verify, address, _reference(environ))

    def _is_front(self, environ: Mapping[str, object]) -> bool:
        if self.is_unix_socket and not _text(environ, "REMOTE_ADDR"):
            return True
        return bool(self.front_secret) and compare_digest(
            _text(environ, _SECRET).encode("utf-8", "surrogatepass"),
            (self.front_secret or "").encode("utf-8", "surrogatepass"),
        )


@dataclass(frozen=True, slots=True)
class TlsSocket:
    """Take the certificate from the TLS connection that the server itself accepted; no header counts."""

    def presented(self, environ: Mapping[str, object]) -> Presented:
        connection = environ.get("gunicorn.socket")
        der = _peer_certificate(connection) if isinstance(connection, SSLSocket) else None
        return Presented(der, SUCCESS if der else NONE, _text(environ, "REMOTE_ADDR"))


def identified(presented: Presented) -> CertificateFacts | Reason:
    """The facts to look up in the registry, or why there are none."""
    refusal = handshake_refusal(presented.verify, presented.der)
    if refusal is not None or presented.der is None:
        return refusal or Reason.MISSING
    try:
        return cached_facts_of(presented.der)
    except Unreadable:
        return Reason.UNREADABLE


def _peer_certificate(connection: SSLSocket) -> bytes | None:
    """None also where the handshake has not ended or the connection has."""
    return connection.getpeercert(binary_form=True) if connection.version() else None


def _der(forwarded: str) -> bytes | None:
    try:
        return der_of(forwarded)
    except Unreadable:
        return None


def _address(forwarded: str) -> str:
    try:
        return _plain_address(forwarded)
    except ValueError:
        return ""


@lru_cache(maxsize=1024)
def _plain_address(forwarded: str) -> str:
    """One address and nothing else: a repeated header arrives joined by a comma."""
    if "%" in forwarded:
        raise ValueError("a zone belongs to one machine alone")
    return str(ip_address(forwarded))


def _reference(environ: Mapping[str, object]) -> str:
    found = REFERENCE.match(_text(environ, _REFERENCE))
    return found[0] if found else ""


def _text(environ: Mapping[str, object], key: str) -> str:
    value = environ.get(key)
    return value if isinstance(value, str) else ""
