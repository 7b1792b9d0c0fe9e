"""Which certificate may stand in the list of issuing CAs (R4-2): every fault is named, in Japanese."""

from collections.abc import Callable
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.x509.oid import ExtensionOID

from auth.certificate_facts import CertificateFacts, Unreadable, read_certificate
from auth.key_strength import CA_KEYS, HASHES, is_strong
from auth.pem_file import CERTIFICATE, BrokenPem, pem_blocks
from base.sentences import say

LARGEST_BUNDLE = 256 * 1024
# Of a CA they limit what it may issue; whoever builds the connection heeds them.
_UNDERSTOOD_OF_A_CA = frozenset(
    extension.dotted_string
    for extension in (
        ExtensionOID.NAME_CONSTRAINTS,
        ExtensionOID.POLICY_CONSTRAINTS,
        ExtensionOID.INHIBIT_ANY_POLICY,
        ExtensionOID.SUBJECT_KEY_IDENTIFIER,
        ExtensionOID.AUTHORITY_KEY_IDENTIFIER,
    )
)

Check = Callable[[x509.Certificate, CertificateFacts, datetime], str | None]


def ders_of_bundle(file: bytes) -> list[bytes]:
    """The certificates in a file that a person chose, PEM (several, with words between them) or one DER; raises Unreadable."""
    if len(file) > LARGEST_BUNDLE:
        raise Unreadable(say("ファイルが大きすぎます。"))
    if b"-----BEGIN " not in file:
        return [file]
    try:
        blocks = pem_blocks(file)
        if any(block.label != CERTIFICATE for block in blocks):
            raise Unreadable(
                say("証明書ではないもの(秘密鍵など)が含まれています。証明書だけのファイルを選んでください。")
            )
        return [block.der() for block in blocks]
    except BrokenPem as fault:
        raise Unreadable(say("証明書として読み取れません。")) from fault


def ca_refusals(der: bytes, now: datetime) -> list[str]:
    """Name everything against taking this CA in; the empty list means it may be."""
    try:
        certificate, facts = read_certificate(der)
    except Unreadable as unreadable:
        return [unreadable.reason]
    refusals = [check(certificate, facts, now) for check in _CHECKS]
    return [refusal for refusal in refusals if refusal]


def _authority(_certificate: x509.Certificate, facts: CertificateFacts, _now: datetime) -> str | None:
    return (
        None
        if facts.is_ca and facts.version == 3
        else say("認証局の証明書ではありません(基本制約に CA がありません)。")
    )


def _uses(certificate: x509.Certificate, _facts: CertificateFacts, _now: datetime) -> str | None:
    usage = key_usage(certificate)
    lacks = [
        words
        for words, is_there in (
            (say("証明書の署名"), usage is None or usage.key_cert_sign),
            (say("失効リストの署名"), usage is None or usage.crl_sign),
        )
        if not is_there
    ]
    return say("鍵用途に「%(uses)s」がありません。", uses=lacks) if lacks else None


def _key(_certificate: x509.Certificate, facts: CertificateFacts, _now: datetime) -> str | None:
    if is_strong(facts.public_key, CA_KEYS):
        return None
    return say(
        "鍵(%(public_key)s)は使えません。RSA 2048ビット以上、P-256、P-384、P-521、Ed25519 のいずれかが必要です。",
        public_key=facts.public_key,
    )


def _hash(_certificate: x509.Certificate, facts: CertificateFacts, _now: datetime) -> str | None:
    if facts.signature_hash in HASHES:
        return None
    return say(
        "署名のハッシュ(%(signature_hash)s)は使えません。SHA-256 以上で署名された証明書が必要です。",
        signature_hash=facts.signature_hash,
    )


def _dates(_certificate: x509.Certificate, facts: CertificateFacts, now: datetime) -> str | None:
    if now >= facts.not_after:
        return say("有効期限が切れています。")
    return say("有効期間がまだ始まっていません。") if now < facts.not_before else None


def _serial(_certificate: x509.Certificate, facts: CertificateFacts, _now: datetime) -> str | None:
    return None if int(facts.serial, 16) > 0 else say("シリアル番号が正の数ではありません。")


def _critical(_certificate: x509.Certificate, facts: CertificateFacts, _now: datetime) -> str | None:
    unknown = [extension for extension in facts.unknown_critical if extension not in _UNDERSTOOD_OF_A_CA]
    return say("未知の必須拡張(%(unknown)s)が含まれています。", unknown=unknown) if unknown else None


def _itself(certificate: x509.Certificate, facts: CertificateFacts, _now: datetime) -> str | None:
    """A root signs itself: then its own key has to fit. Of an intermediate there is nothing to ask; its key is pinned as it is."""
    if certificate.issuer != certificate.subject or facts.signature_hash not in HASHES:
        return None
    try:
        certificate.verify_directly_issued_by(certificate)
    except (InvalidSignature, ValueError, TypeError, UnsupportedAlgorithm):
        return say("自己署名の証明書ですが、署名がその鍵によるものではありません。")
    return None


_CHECKS: tuple[Check, ...] = (_authority, _uses, _key, _hash, _dates, _serial, _critical, _itself)


def key_usage(certificate: x509.Certificate) -> x509.KeyUsage | None:
    """None where the CA limits its key to nothing."""
    try:
        return certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return None
