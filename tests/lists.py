"""Revocation lists for tests: good ones of the demo's CA, and odd ones."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from demo.authority import Authority
from tests.certificates import NOW, assembled, authority, children, tlv

SINCE = NOW - timedelta(hours=1)
UNTIL = NOW + timedelta(days=7)
_SEQUENCE, _NEXT_UPDATE = 0x30, 4
_ECDSA_SHA256 = bytes.fromhex("300a06082a8648ce3d040302")


def crl(
    revoked: Mapping[int, datetime] | Sequence[int] = (),
    *,
    by: Authority | None = None,
    since: datetime = SINCE,
    until: datetime = UNTIL,
    number: int | None = 1,
    extensions: Sequence[tuple[x509.ExtensionType, bool]] = (),
    lines: Sequence[x509.RevokedCertificate] = (),
) -> bytes:
    """In PEM."""
    dated = revoked if isinstance(revoked, Mapping) else dict.fromkeys(revoked, SINCE)
    return (by or authority()).publish_list(
        dated, since=since, until=until, number=number, extensions=extensions, lines=lines
    )


def in_der(pem: bytes) -> bytes:
    return x509.load_pem_x509_crl(pem).public_bytes(serialization.Encoding.DER)


def without_next_update() -> bytes:
    """Signed again, as no honest library would build it."""
    key = authority().ca.key
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    fields = children(x509.load_pem_x509_crl(crl()).tbs_certlist_bytes)
    tbs = tlv(_SEQUENCE, b"".join([*fields[:_NEXT_UPDATE], *fields[_NEXT_UPDATE + 1 :]]))
    return assembled(tbs, _ECDSA_SHA256, key.sign(tbs, ec.ECDSA(hashes.SHA256())))
