"""What a client certificate says, as plain values: stored and shown, never parsed again to decide anything (A21)."""

import hashlib
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID, SignatureAlgorithmOID

from base.sentences import say

LARGEST_DER = 16_384
LARGEST_NAME = 1_024  # bytes: issuer and serial are indexed, and PostgreSQL indexes no more than 2 700
LARGEST_SERIAL = 160  # bits, RFC 5280

_CURVE_NAMES = {
    "secp192r1": "P-192",
    "secp224r1": "P-224",
    "secp256r1": "P-256",
    "secp384r1": "P-384",
    "secp521r1": "P-521",
}
_UNDERSTOOD = frozenset(
    {
        ExtensionOID.BASIC_CONSTRAINTS,
        ExtensionOID.KEY_USAGE,
        ExtensionOID.EXTENDED_KEY_USAGE,
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
        ExtensionOID.CERTIFICATE_POLICIES,
        ExtensionOID.CRL_DISTRIBUTION_POINTS,
    }
)
PARSER_FAULTS = (  # everything that mutated certificates have been seen to raise
    ValueError,
    TypeError,  # a name of bits that may not be bits
    KeyError,  # an unknown TLS feature
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
_quiet = threading.Lock()  # the list of warning filters belongs to the whole process


@contextmanager
def quietly() -> Iterator[None]:
    """An odd serial or name is a fact to judge here, not a remark for a log."""
    with _quiet, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


class Unreadable(Exception):
    """These bytes are no certificate that can be judged; `reason` is a sentence for the person."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """A certificate is identified by `fingerprint`, the SHA-256 of its DER in hex: never by its serial or names (A14)."""

    fingerprint: str
    issuer: str
    subject: str
    serial: str
    not_before: datetime
    not_after: datetime
    public_key: str
    signature_hash: str
    version: int
    extended_key_usage: tuple[str, ...]
    has_client_auth: bool
    is_ca: bool
    unknown_critical: tuple[str, ...]


def facts_of(der: bytes) -> CertificateFacts:
    return read_certificate(der)[1]


@lru_cache(maxsize=512)
def cached_facts_of(der: bytes) -> CertificateFacts:
    """Remember the facts alone: dates, state and registration are judged anew at every request."""
    return facts_of(der)


def read_certificate(der: bytes) -> tuple[x509.Certificate, CertificateFacts]:
    """Parse once, for those who also check the signature; raises Unreadable and nothing else."""
    if len(der) > LARGEST_DER:
        raise Unreadable(say("証明書が大きすぎます。"))
    try:
        with quietly():
            certificate = x509.load_der_x509_certificate(der)
            facts = _facts(certificate, hashlib.sha256(der).hexdigest())
    except PARSER_FAULTS as fault:
        raise Unreadable(say("証明書として読み取れません。")) from fault
    if max(len(facts.issuer.encode()), len(facts.subject.encode())) > LARGEST_NAME:
        raise Unreadable(say("証明書の発行者名または主体者名が長すぎます。"))
    if int(facts.serial, 16).bit_length() > LARGEST_SERIAL:
        raise Unreadable(say("証明書のシリアル番号が長すぎます。"))
    return certificate, facts


def _facts(certificate: x509.Certificate, fingerprint: str) -> CertificateFacts:
    usages = _extended_key_usage(certificate.extensions)
    return CertificateFacts(
        fingerprint=fingerprint,
        issuer=certificate.issuer.rfc4514_string(),
        subject=certificate.subject.rfc4514_string(),
        serial=format(certificate.serial_number, "x"),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        public_key=_key_name(certificate),
        signature_hash=_hash_name(certificate),
        version=certificate.version.value + 1,
        extended_key_usage=usages,
        has_client_auth=ExtendedKeyUsageOID.CLIENT_AUTH.dotted_string in usages,
        is_ca=_is_ca(certificate.extensions),
        unknown_critical=tuple(
            extension.oid.dotted_string
            for extension in certificate.extensions
            if extension.critical and extension.oid not in _UNDERSTOOD
        ),
    )


def _extended_key_usage(extensions: x509.Extensions) -> tuple[str, ...]:
    try:
        usages = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return ()
    return tuple(usage.dotted_string for usage in usages)


def _is_ca(extensions: x509.Extensions) -> bool:
    try:
        return extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _key_name(certificate: x509.Certificate) -> str:
    """Name the key ("RSA 2048", "P-256"); what can't be loaded is named by its algorithm's number."""
    unknown = certificate.public_key_algorithm_oid.dotted_string
    try:
        key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        return unknown
    match key:
        case rsa.RSAPublicKey():
            return f"RSA {key.key_size}"
        case dsa.DSAPublicKey():
            return f"DSA {key.key_size}"
        case ec.EllipticCurvePublicKey():
            return _CURVE_NAMES.get(key.curve.name, key.curve.name)
        case ed25519.Ed25519PublicKey():
            return "Ed25519"
    return unknown


def _hash_name(certificate: x509.Certificate) -> str:
    """Name the hash under the signature ("sha256"; "ed25519" has its own); unknown ones by their number."""
    if certificate.signature_algorithm_oid == SignatureAlgorithmOID.ED25519:
        return "ed25519"
    try:
        algorithm = certificate.signature_hash_algorithm
    except UnsupportedAlgorithm:
        algorithm = None
    return certificate.signature_algorithm_oid.dotted_string if algorithm is None else algorithm.name
