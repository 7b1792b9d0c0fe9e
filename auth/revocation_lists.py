"""A CA's revocation list, judged as a whole before a line of it counts (R4-5, A12). Pure: whence it came is nothing to it."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509.oid import CRLEntryExtensionOID, ExtensionOID

from auth.certificate_facts import PARSER_FAULTS
from auth.key_strength import HASHES
from auth.pem_file import BrokenPem, pem_blocks
from base.sentences import say

LARGEST_LIST = 10 * 1024 * 1024
LARGEST_NUMBER = 160  # bits, RFC 5280
_LABEL = "X509 CRL"
_UNDERSTOOD = frozenset(
    {ExtensionOID.CRL_NUMBER, ExtensionOID.AUTHORITY_KEY_IDENTIFIER, ExtensionOID.ISSUING_DISTRIBUTION_POINT}
)
_UNDERSTOOD_OF_A_LINE = frozenset({CRLEntryExtensionOID.CRL_REASON, CRLEntryExtensionOID.INVALIDITY_DATE})


class UnusableList(Exception):
    """`reasons` are sentences for staff, all that is wrong at once."""

    def __init__(self, *reasons: str) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = reasons


@dataclass(frozen=True, slots=True)
class RevocationList:
    """`since` and `until`: when it was made and when the next one is due; `until` itself is too late."""

    digest: str
    number: int | None
    since: datetime
    until: datetime
    _crl: x509.CertificateRevocationList = field(repr=False)

    def lines(self) -> Iterator[tuple[str, datetime]]:
        """Serial in hex as in the registry, and since when; one after the other, so that a long list needs no room."""
        for line in self._crl:
            yield format(line.serial_number, "x"), line.revocation_date_utc

    def is_older(self, number: int | None, since: datetime | None) -> bool:
        """By its number where both have one, and not the same one: somebody may play an old list back."""
        if number is not None and self.number is not None and self.number != number:
            return self.number < number
        return since is not None and self.since < since


def digest_of(file: bytes) -> str:
    return hashlib.sha256(file).hexdigest()


def read_list(file: bytes, ca: x509.Certificate, now: datetime) -> RevocationList:
    """DER or PEM. `UnusableList` names everything against it."""
    crl = _parsed(file)
    try:
        faults = [fault for check in _CHECKS if (fault := check(crl, ca, now))]
        number = _number(crl)
    except PARSER_FAULTS as fault:
        raise UnusableList(say("失効リストとして読み取れません。")) from fault
    until = crl.next_update_utc
    if faults or until is None:
        raise UnusableList(*faults)
    return RevocationList(digest_of(file), number, crl.last_update_utc, until, crl)


def _parsed(file: bytes) -> x509.CertificateRevocationList:
    if len(file) > LARGEST_LIST:
        raise UnusableList(say("失効リストが大きすぎます(10MBまで)。"))
    try:
        return x509.load_der_x509_crl(_der(file))
    except (*PARSER_FAULTS, BrokenPem) as fault:
        raise UnusableList(say("失効リストとして読み取れません。")) from fault


def _der(file: bytes) -> bytes:
    if not file.lstrip().startswith(b"-----BEGIN "):
        return file
    blocks = pem_blocks(file)
    if [block.label for block in blocks] != [_LABEL]:
        raise UnusableList(say("ファイルには失効リストを1つだけ入れてください。"))
    return blocks[0].der()


Check = Callable[[x509.CertificateRevocationList, x509.Certificate, datetime], str | None]


def _issuer(crl: x509.CertificateRevocationList, ca: x509.Certificate, _now: datetime) -> str | None:
    return None if crl.issuer == ca.subject else say("この認証局の失効リストではありません。")


def _signature(crl: x509.CertificateRevocationList, ca: x509.Certificate, _now: datetime) -> str | None:
    """By the pinned key and no other (A15); a weak hash proves nothing."""
    if _hash_name(crl) not in HASHES:
        return say("署名のハッシュが弱すぎます。SHA-256 以上で署名された失効リストが必要です。")
    try:
        is_signed = crl.is_signature_valid(ca.public_key())  # type: ignore[arg-type] # a CA of another key is never taken in
    except (TypeError, ValueError, UnsupportedAlgorithm):
        is_signed = False
    return None if is_signed else say("署名が、この認証局の鍵によるものではありません。")


def _hash_name(crl: x509.CertificateRevocationList) -> str:
    if crl.signature_algorithm_oid == x509.SignatureAlgorithmOID.ED25519:
        return "ed25519"
    try:
        algorithm = crl.signature_hash_algorithm
    except UnsupportedAlgorithm:
        algorithm = None
    return algorithm.name if algorithm else ""


def _begins(crl: x509.CertificateRevocationList, _ca: x509.Certificate, now: datetime) -> str | None:
    return say("発行日時が未来です。") if crl.last_update_utc > now else None


def _ends(crl: x509.CertificateRevocationList, _ca: x509.Certificate, now: datetime) -> str | None:
    if crl.next_update_utc is None:
        return say("次回更新日時がありません。")
    return say("次回更新日時を過ぎています。") if now >= crl.next_update_utc else None


def _scope(crl: x509.CertificateRevocationList, _ca: x509.Certificate, _now: datetime) -> str | None:
    """A list of some certificates, or of other CAs' ones, would leave the rest unasked."""
    for extension in crl.extensions:
        if extension.oid == ExtensionOID.DELTA_CRL_INDICATOR:
            return say("差分だけの失効リストです。全体の失効リストが必要です。")
        value = extension.value
        if isinstance(value, x509.IssuingDistributionPoint) and not _covers_all_clients(value):
            return say("一部の証明書だけを対象とする失効リストです。全体の失効リストが必要です。")
    return None


def _covers_all_clients(scope: x509.IssuingDistributionPoint) -> bool:
    narrowed = (scope.indirect_crl, scope.only_contains_ca_certs, scope.only_contains_attribute_certs)
    return not any((*narrowed, scope.only_some_reasons, scope.full_name, scope.relative_name))


def _critical(crl: x509.CertificateRevocationList, _ca: x509.Certificate, _now: datetime) -> str | None:
    known = _UNDERSTOOD | {ExtensionOID.DELTA_CRL_INDICATOR}
    unknown = {each.oid.dotted_string for each in crl.extensions if each.critical and each.oid not in known}
    for line in crl:
        unknown |= {
            each.oid.dotted_string
            for each in line.extensions
            if each.critical and each.oid not in _UNDERSTOOD_OF_A_LINE
        }
    return say("未知の必須拡張(%(unknown)s)が含まれています。", unknown=sorted(unknown)) if unknown else None


def _large_number(crl: x509.CertificateRevocationList, _ca: x509.Certificate, _now: datetime) -> str | None:
    number = _number(crl)
    is_odd = number is not None and (number < 0 or number.bit_length() > LARGEST_NUMBER)
    return say("失効リストの番号が正しくありません。") if is_odd else None


def _number(crl: x509.CertificateRevocationList) -> int | None:
    try:
        return crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    except x509.ExtensionNotFound:
        return None


_CHECKS: tuple[Check, ...] = (_issuer, _signature, _begins, _ends, _scope, _critical, _large_number)
