"""Which certificate may be registered (R4-2), and whom a presented one admits (R4-1, R4-3)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import MAXYEAR, datetime, timedelta
from enum import StrEnum
from functools import lru_cache

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from auth.certificate_facts import CertificateFacts, Unreadable, read_certificate
from auth.issuing_cas import IssuingCas, is_signed_by
from auth.key_strength import CLIENT_KEYS, HASHES, is_strong
from base.sentences import say


class Reason(StrEnum):
    """Why a request is not let in by its certificate."""

    MISSING = "missing"
    UNREADABLE = "unreadable"
    NOT_REGISTERED = "not_registered"
    REVOKED = "revoked"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    ORGANIZATION_ENDED = "organization_ended"
    FOREIGN = "foreign"
    OTHER_CERTIFICATE = "other_certificate"
    LIST_STALE = "list_stale"


@dataclass(frozen=True, slots=True)
class RegisteredFacts:
    """What the registry and the CAs' lists hold at this moment about one certificate.

    `is_revoked`: by us or by its CA's list. `is_list_stale`: nobody knows any more whether the CA has revoked it.
    """

    fingerprint: str
    is_revoked: bool
    is_suspended: bool
    has_active_organization: bool
    is_list_stale: bool = False


def login_refusal(facts: CertificateFacts, registered: RegisteredFacts | None, now: datetime) -> Reason | None:
    """Judge at every request (R4-1, R4-3, R4-5); the second of `not_after` is already too late (A8)."""
    if now >= facts.not_after:
        return Reason.EXPIRED
    if now < facts.not_before:
        return Reason.NOT_YET_VALID
    if registered is None or registered.fingerprint != facts.fingerprint or _lifetime(facts):
        return Reason.NOT_REGISTERED
    return _refusal_by_state(registered)


def _refusal_by_state(registered: RegisteredFacts) -> Reason | None:
    """What is certain comes before what nobody knows any more."""
    if registered.is_revoked:
        return Reason.REVOKED
    if registered.is_suspended:
        return Reason.SUSPENDED
    if not registered.has_active_organization:
        return Reason.ORGANIZATION_ENDED
    return Reason.LIST_STALE if registered.is_list_stale else None


def registration_refusals(der: bytes, cas: IssuingCas, now: datetime) -> list[str]:
    """Name everything against registering this certificate, in Japanese; the empty list means it may be (R4-2, A22)."""
    try:
        certificate, facts = read_certificate(der)
    except Unreadable as unreadable:
        return [unreadable.reason]
    refusals = [check(facts) for check in _CHECKS]
    refusals += [_dates(facts, now), _signature(facts, certificate, cas, now)]
    return [refusal for refusal in refusals if refusal]


@lru_cache(maxsize=4096)
def latest_end(not_before: datetime) -> datetime:
    """Two years and one day after the start; two years after 29 February are 28 February."""
    year = min(not_before.year + 2, MAXYEAR - 1)
    try:
        anniversary = not_before.replace(year=year)
    except ValueError:
        anniversary = not_before.replace(year=year, day=28)
    return anniversary + timedelta(days=1)


def _version(facts: CertificateFacts) -> str | None:
    return (
        None
        if facts.version == 3
        else say("X.509 v%(version)s の証明書です。v3 の証明書が必要です。", version=facts.version)
    )


def _serial(facts: CertificateFacts) -> str | None:
    return None if int(facts.serial, 16) > 0 else say("シリアル番号が正の数ではありません。")


def _key(facts: CertificateFacts) -> str | None:
    if is_strong(facts.public_key, CLIENT_KEYS):
        return None
    return say(
        "鍵(%(public_key)s)は使えません。RSA 2048ビット以上、P-256、P-384、Ed25519 のいずれかが必要です。",
        public_key=facts.public_key,
    )


def _hash(facts: CertificateFacts) -> str | None:
    if facts.signature_hash in HASHES:
        return None
    return say(
        "署名のハッシュ(%(signature_hash)s)は使えません。SHA-256 以上で署名された証明書が必要です。",
        signature_hash=facts.signature_hash,
    )


def _usage(facts: CertificateFacts) -> str | None:
    if facts.has_client_auth:
        return None
    if not facts.extended_key_usage:
        return say("拡張鍵用途がありません。「クライアント認証」を含む証明書が必要です。")
    if ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE.dotted_string in facts.extended_key_usage:
        return say("拡張鍵用途が「任意の用途」です。「クライアント認証」を明記した証明書が必要です。")
    return say("拡張鍵用途に「クライアント認証」がありません。")


def _ca(facts: CertificateFacts) -> str | None:
    return say("認証局の証明書です。PCに入れたクライアント証明書を選んでください。") if facts.is_ca else None


def _critical(facts: CertificateFacts) -> str | None:
    if not facts.unknown_critical:
        return None
    return say("未知の必須拡張(%(unknown)s)が含まれています。", unknown=list(facts.unknown_critical))


def _lifetime(facts: CertificateFacts) -> str | None:
    return say("有効期間が2年と1日を超えています。") if facts.not_after > latest_end(facts.not_before) else None


_CHECKS: tuple[Callable[[CertificateFacts], str | None], ...] = (
    _version,
    _serial,
    _key,
    _hash,
    _usage,
    _ca,
    _critical,
    _lifetime,
)


def _dates(facts: CertificateFacts, now: datetime) -> str | None:
    if now >= facts.not_after:
        return say("有効期限が切れています。")
    return say("有効期間がまだ始まっていません。") if now < facts.not_before else None


def _signature(facts: CertificateFacts, certificate: x509.Certificate, cas: IssuingCas, now: datetime) -> str | None:
    """Ask the pinned keys; a hash that is refused anyway is not worth asking about."""
    if facts.signature_hash not in HASHES:
        return None
    if not cas.certificates:
        return say("発行を認める認証局が、まだ登録されていません。")
    named = cas.named(certificate.issuer)
    if not named:
        return say("指定の認証局が発行した証明書ではありません。")
    signers = [ca for ca in named if is_signed_by(certificate, ca)]
    if not signers:
        return say("署名が指定の認証局の鍵によるものではありません。")
    if not any(ca.not_valid_before_utc <= now < ca.not_valid_after_utc for ca in signers):
        return say("発行した認証局の証明書が有効期間内ではありません。")
    return None
