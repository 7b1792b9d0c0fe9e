"""Certificates for tests: good ones, and odd ones that no honest library would build (A21, A22)."""

import warnings
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from auth.issuing_cas import IssuingCas
from demo.authority import Authority, Issued, make_authority

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
ISSUED_AT = NOW - timedelta(days=30)
A_SECOND = timedelta(seconds=1)

UNKNOWN_EXTENSION = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.55555.1"), b"\x05\x00")
ANY_USAGE = ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE
UNLIMITED = NameOID.STREET_ADDRESS  # a name's part without a limit of its length

_SEQUENCE, _INTEGER, _BIT_STRING = 0x30, 0x02, 0x03
_VERSION, _SERIAL, _ALGORITHM, _PUBLIC_KEY, _EXTENSIONS = 0, 1, 2, 6, 7
_ECDSA_SHA256 = bytes.fromhex("300a06082a8648ce3d040302")
_ECDSA_SHA1 = bytes.fromhex("300906072a8648ce3d0401")
_RSA_MD5 = bytes.fromhex("300d06092a864886f70d0101040500")
_RSA_SHA1 = bytes.fromhex("300d06092a864886f70d0101050500")


@cache
def authority() -> Authority:
    return make_authority(not_before=NOW - timedelta(days=400))


@cache
def rsa_authority() -> Authority:
    """The MD5 of the past needs an RSA key."""
    return make_authority(
        "Demo RSA CA", not_before=NOW - timedelta(days=400), key=rsa.generate_private_key(65537, 2048)
    )


@cache
def other_authority() -> Authority:
    return make_authority("Other CA", not_before=NOW - timedelta(days=400))


@cache
def recreated_authority() -> Authority:
    """The same name as `authority()` and another key (A15)."""
    return make_authority(not_before=NOW - timedelta(days=400))


def pinned(*authorities: Authority) -> IssuingCas:
    return IssuingCas.from_pem([one.ca.pem for one in authorities or (authority(), rsa_authority())])


@cache
def good() -> Issued:
    return authority().issue_client(not_before=ISSUED_AT)


def forwarded(der: bytes) -> str:
    """As nginx writes `$ssl_client_escaped_cert`."""
    pem = x509.load_der_x509_certificate(der).public_bytes(serialization.Encoding.PEM)
    return quote(pem.decode("ascii"), safe="")


def with_usages(*usages: x509.ObjectIdentifier) -> bytes:
    return authority().issue_client(not_before=ISSUED_AT, usages=usages).der


def with_extension(extension: x509.ExtensionType) -> bytes:
    return authority().issue_client(not_before=ISSUED_AT, extensions=[(extension, True)]).der


def with_subject(*attributes: tuple[x509.ObjectIdentifier, str]) -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        name = x509.Name([x509.NameAttribute(oid, value, _validate=False) for oid, value in attributes])
        return authority().issue_client(not_before=ISSUED_AT, subject=name).der


def with_serial(content: bytes) -> bytes:
    """`content` is the two's complement of the serial number."""
    return rebuilt(lambda fields: [*fields[:_SERIAL], tlv(_INTEGER, content), *fields[_SERIAL + 1 :]])


def version_1() -> bytes:
    return rebuilt(lambda fields: fields[_SERIAL:_EXTENSIONS])


def with_public_key(spki: bytes) -> bytes:
    return rebuilt(lambda fields: [*fields[:_PUBLIC_KEY], spki, *fields[_PUBLIC_KEY + 1 :]])


def with_key(
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey | dsa.DSAPrivateKey,
) -> bytes:
    return with_public_key(
        key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    )


def ecdsa_sha1() -> bytes:
    key = authority().ca.key
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    tbs = with_algorithm(good().certificate.tbs_certificate_bytes, _ECDSA_SHA1)
    return assembled(tbs, _ECDSA_SHA1, key.sign(tbs, ec.ECDSA(hashes.SHA1())))


def rsa_md5() -> bytes:
    return _rsa_signed(_RSA_MD5, hashes.MD5())


def rsa_sha1() -> bytes:
    return _rsa_signed(_RSA_SHA1, hashes.SHA1())


def _rsa_signed(algorithm: bytes, digest: hashes.HashAlgorithm) -> bytes:
    key = rsa_authority().ca.key
    assert isinstance(key, rsa.RSAPrivateKey)
    issued = rsa_authority().issue_client(not_before=ISSUED_AT)
    tbs = with_algorithm(issued.certificate.tbs_certificate_bytes, algorithm)
    return assembled(tbs, algorithm, key.sign(tbs, padding.PKCS1v15(), digest))


def with_algorithm(tbs: bytes, algorithm: bytes) -> bytes:
    fields = children(tbs)
    return tlv(_SEQUENCE, b"".join([*fields[:_ALGORITHM], algorithm, *fields[_ALGORITHM + 1 :]]))


def rebuilt(change: Callable[[list[bytes]], Sequence[bytes]]) -> bytes:
    """The good certificate with changed fields, signed again by the CA."""
    key = authority().ca.key
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    tbs = tlv(_SEQUENCE, b"".join(change(children(good().certificate.tbs_certificate_bytes))))
    return assembled(tbs, _ECDSA_SHA256, key.sign(tbs, ec.ECDSA(hashes.SHA256())))


def assembled(tbs: bytes, algorithm: bytes, signature: bytes) -> bytes:
    return tlv(_SEQUENCE, tbs + algorithm + tlv(_BIT_STRING, b"\0" + signature))


def tlv(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def children(der: bytes) -> list[bytes]:
    """The elements inside one constructed element."""
    found, rest = [], der[_header_size(der) :]
    while rest:
        size = _header_size(rest) + _content_size(rest)
        found.append(rest[:size])
        rest = rest[size:]
    return found


def _header_size(der: bytes) -> int:
    return 2 if der[1] < 0x80 else 2 + (der[1] & 0x7F)


def _content_size(der: bytes) -> int:
    return der[1] if der[1] < 0x80 else int.from_bytes(der[2 : _header_size(der)], "big")
