from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from hypothesis import given
from hypothesis import strategies as st

from auth.certificate_facts import facts_of
from auth.certificate_rules import Reason, RegisteredFacts, latest_end, login_refusal, registration_refusals
from demo.authority import CLIENT_AUTH, SERVER_AUTH
from tests.certificates import (
    A_SECOND,
    ANY_USAGE,
    ISSUED_AT,
    NOW,
    UNKNOWN_EXTENSION,
    authority,
    ecdsa_sha1,
    good,
    other_authority,
    pinned,
    recreated_authority,
    rsa_authority,
    rsa_md5,
    rsa_sha1,
    version_1,
    with_extension,
    with_key,
    with_serial,
    with_usages,
)
from tests.mutations import EXAMPLES

A_DAY = timedelta(days=1)

ODD = {
    "another usage": (lambda: with_usages(SERVER_AUTH), "「クライアント認証」がありません"),
    "no usage": (with_usages, "拡張鍵用途がありません"),
    "any usage alone": (lambda: with_usages(ANY_USAGE), "任意の用途"),
    "a CA": (lambda: with_extension(x509.BasicConstraints(ca=True, path_length=None)), "認証局の証明書です"),
    "version 1": (version_1, "X.509 v1"),
    "MD5": (rsa_md5, "md5"),
    "SHA-1 with RSA": (rsa_sha1, "sha1"),
    "SHA-1 with ECDSA": (ecdsa_sha1, "sha1"),
    "RSA 1024": (lambda: with_key(rsa.generate_private_key(65537, 1024)), "RSA 1024"),
    "RSA 2047": (lambda: with_key(rsa.generate_private_key(65537, 2047)), "RSA 2047"),
    "P-192": (lambda: with_key(ec.generate_private_key(ec.SECP192R1())), "P-192"),
    "P-521": (lambda: with_key(ec.generate_private_key(ec.SECP521R1())), "P-521"),
    "DSA": (lambda: with_key(dsa.generate_private_key(1024)), "DSA 1024"),
    "serial zero": (lambda: with_serial(b"\x00"), "シリアル番号が正の数ではありません"),
    "negative serial": (lambda: with_serial(b"\xfb"), "シリアル番号が正の数ではありません"),
    "serial of 21 bytes": (lambda: with_serial(b"\x01" * 21), "シリアル番号が長すぎます"),
    "unknown critical extension": (lambda: with_extension(UNKNOWN_EXTENSION), "1.3.6.1.4.1.55555.1"),
    "precertificate": (lambda: with_extension(x509.PrecertPoison()), "1.3.6.1.4.1.11129.2.4.3"),
}


@pytest.mark.parametrize(("build", "words"), ODD.values(), ids=ODD)
def test_an_odd_certificate_is_refused_with_its_own_reason(build: Callable[[], bytes], words: str) -> None:
    """A22."""
    assert any(words in refusal for refusal in registration_refusals(build(), pinned(), NOW))


@pytest.mark.parametrize(
    "build",
    [
        lambda: good().der,
        lambda: rsa_authority().issue_client(not_before=ISSUED_AT).der,
        lambda: with_key(rsa.generate_private_key(65537, 2048)),
        lambda: with_key(ec.generate_private_key(ec.SECP384R1())),
        lambda: with_key(ed25519.Ed25519PrivateKey.generate()),
        lambda: with_usages(SERVER_AUTH, CLIENT_AUTH),
        lambda: with_usages(ANY_USAGE, CLIENT_AUTH),
        lambda: with_serial(b"\x7f" + b"\xff" * 19),
        lambda: with_extension(x509.SubjectAlternativeName([x509.DNSName("pc.higashi.example")])),
    ],
    ids=[
        "P-256",
        "from an RSA CA",
        "RSA 2048",
        "P-384",
        "Ed25519",
        "two usages",
        "any and client",
        "serial of 20 bytes",
        "SAN",
    ],
)
def test_a_sound_certificate_may_be_registered(build: Callable[[], bytes]) -> None:
    """R4-2."""
    assert registration_refusals(build(), pinned(), NOW) == []


def test_every_reason_against_a_certificate_is_named_at_once() -> None:
    """A22."""
    refusals = registration_refusals(version_1(), pinned(other_authority()), ISSUED_AT - A_DAY)
    assert refusals == [
        "X.509 v1 の証明書です。v3 の証明書が必要です。",
        "拡張鍵用途がありません。「クライアント認証」を含む証明書が必要です。",
        "有効期間がまだ始まっていません。",
        "指定の認証局が発行した証明書ではありません。",
    ]


def test_what_is_no_certificate_is_refused_as_unreadable() -> None:
    assert registration_refusals(b"garbage", pinned(), NOW) == ["証明書として読み取れません。"]


def test_a_certificate_of_another_ca_is_refused() -> None:
    """A13."""
    foreign = other_authority().issue_client(not_before=ISSUED_AT)
    assert registration_refusals(foreign.der, pinned(), NOW) == ["指定の認証局が発行した証明書ではありません。"]


def test_a_ca_made_anew_under_the_same_name_is_refused_by_its_key() -> None:
    """A15."""
    twin = recreated_authority().issue_client(not_before=ISSUED_AT, serial=good().certificate.serial_number)
    assert twin.certificate.issuer == good().certificate.issuer
    assert registration_refusals(twin.der, pinned(), NOW) == ["署名が指定の認証局の鍵によるものではありません。"]


def test_an_old_and_a_new_ca_stand_beside_each_other_even_under_one_name() -> None:
    """R4-2."""
    cas = pinned(authority(), recreated_authority(), other_authority())
    for issuer in (authority(), recreated_authority(), other_authority()):
        assert registration_refusals(issuer.issue_client(not_before=ISSUED_AT).der, cas, NOW) == []


def test_a_changed_byte_breaks_the_signature() -> None:
    """A15."""
    der = good().der.replace(b"\x0c\x02pc", b"\x0c\x02qc")
    assert der != good().der
    assert registration_refusals(der, pinned(), NOW) == ["署名が指定の認証局の鍵によるものではありません。"]


def test_a_ca_outside_its_own_dates_vouches_for_nobody() -> None:
    """R4-2."""
    after_the_ca = authority().ca.certificate.not_valid_after_utc
    late = authority().issue_client(not_before=after_the_ca - A_DAY)
    assert registration_refusals(late.der, pinned(), after_the_ca - A_SECOND) == []
    assert registration_refusals(late.der, pinned(), after_the_ca) == [
        "発行した認証局の証明書が有効期間内ではありません。"
    ]


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (datetime(2025, 3, 1, 9, tzinfo=UTC), datetime(2027, 3, 2, 9, tzinfo=UTC)),
        (datetime(2024, 2, 28, 9, tzinfo=UTC), datetime(2026, 3, 1, 9, tzinfo=UTC)),
        (datetime(2024, 2, 29, 9, tzinfo=UTC), datetime(2026, 3, 1, 9, tzinfo=UTC)),
        (datetime(2024, 3, 1, 9, tzinfo=UTC), datetime(2026, 3, 2, 9, tzinfo=UTC)),
        (datetime(2026, 2, 27, 9, tzinfo=UTC), datetime(2028, 2, 28, 9, tzinfo=UTC)),
        (datetime(2026, 2, 28, 9, tzinfo=UTC), datetime(2028, 2, 29, 9, tzinfo=UTC)),
        (datetime(2025, 12, 31, 9, tzinfo=UTC), datetime(2028, 1, 1, 9, tzinfo=UTC)),
    ],
)
def test_a_certificate_lives_two_years_and_a_day_at_most(start: datetime, end: datetime) -> None:
    """A10, R4-2."""
    now = start + A_DAY
    longest = authority().issue_client(not_before=start, not_after=end)
    too_long = authority().issue_client(not_before=start, not_after=end + A_SECOND)
    assert "有効期間が2年と1日を超えています。" not in registration_refusals(longest.der, pinned(), now)
    assert "有効期間が2年と1日を超えています。" in registration_refusals(too_long.der, pinned(), now)
    assert login_refusal(facts_of(longest.der), _registered(longest.der), now) is None
    assert login_refusal(facts_of(too_long.der), _registered(too_long.der), now) is Reason.NOT_REGISTERED


@given(st.datetimes(timezones=st.just(UTC)))
@EXAMPLES
def test_the_longest_life_is_known_for_every_start(start: datetime) -> None:
    """A10."""
    latest = latest_end(start)
    if start.year < 9990:
        assert timedelta(days=730) <= latest - start <= timedelta(days=732)


def _registered(der: bytes) -> RegisteredFacts:
    return RegisteredFacts(
        facts_of(der).fingerprint, is_revoked=False, is_suspended=False, has_active_organization=True
    )


@pytest.mark.parametrize(
    ("since_end", "refusal"),
    [(-A_SECOND, None), (timedelta(0), Reason.EXPIRED), (A_SECOND, Reason.EXPIRED)],
    ids=["a second before", "exactly now", "a second ago"],
)
def test_a_certificate_ends_with_the_second_of_its_end(since_end: timedelta, refusal: Reason | None) -> None:
    """A8, R4-2."""
    facts = facts_of(good().der)
    now = facts.not_after + since_end
    assert login_refusal(facts, _registered(good().der), now) is refusal
    assert ("有効期限が切れています。" in registration_refusals(good().der, pinned(), now)) == (refusal is not None)


@pytest.mark.parametrize(
    ("since_start", "refusal"),
    [(-A_SECOND, Reason.NOT_YET_VALID), (timedelta(0), None), (A_SECOND, None)],
    ids=["in a second", "exactly now", "a second ago"],
)
def test_a_certificate_begins_with_the_second_of_its_start(since_start: timedelta, refusal: Reason | None) -> None:
    """A9."""
    facts = facts_of(good().der)
    now = facts.not_before + since_start
    assert login_refusal(facts, _registered(good().der), now) is refusal
    assert ("有効期間がまだ始まっていません。" in registration_refusals(good().der, pinned(), now)) == (
        refusal is not None
    )


@pytest.mark.parametrize(
    ("is_revoked", "is_suspended", "has_active_organization", "refusal"),
    [
        (False, False, True, None),
        (False, False, False, Reason.ORGANIZATION_ENDED),
        (False, True, True, Reason.SUSPENDED),
        (False, True, False, Reason.SUSPENDED),
        (True, False, True, Reason.REVOKED),
        (True, False, False, Reason.REVOKED),
        (True, True, True, Reason.REVOKED),
        (True, True, False, Reason.REVOKED),
    ],
)
def test_the_registry_decides_about_a_valid_certificate(
    *, is_revoked: bool, is_suspended: bool, has_active_organization: bool, refusal: Reason | None
) -> None:
    """R4-3."""
    facts = facts_of(good().der)
    registered = RegisteredFacts(facts.fingerprint, is_revoked, is_suspended, has_active_organization)
    assert login_refusal(facts, registered, NOW) is refusal


def test_a_certificate_that_is_registered_for_nobody_admits_nobody() -> None:
    """R4-1, R4-3."""
    assert login_refusal(facts_of(good().der), None, NOW) is Reason.NOT_REGISTERED


def test_the_registration_of_one_certificate_says_nothing_about_another_with_its_serial() -> None:
    """A14."""
    impostor = other_authority().issue_client(not_before=ISSUED_AT, serial=good().certificate.serial_number)
    assert facts_of(impostor.der).serial == facts_of(good().der).serial
    assert login_refusal(facts_of(impostor.der), _registered(good().der), NOW) is Reason.NOT_REGISTERED
