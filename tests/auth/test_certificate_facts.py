import hashlib
import warnings
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import x25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from auth.certificate_facts import LARGEST_DER, Unreadable, cached_facts_of, facts_of
from auth.certificate_files import der_of_file
from auth.certificate_rules import RegisteredFacts, login_refusal, registration_refusals
from auth.issuing_cas import IssuingCas
from demo.authority import TWO_YEARS
from tests.certificates import (
    ISSUED_AT,
    NOW,
    UNLIMITED,
    authority,
    good,
    pinned,
    with_public_key,
    with_serial,
    with_subject,
)
from tests.mutations import EXAMPLES, mutated

FIXED_FOLDER = Path(__file__).parent / "fixed"  # `everything.crt` holds every extension that has a parser of its own
FIXED = [der_of_file((FIXED_FOLDER / f"{name}.crt").read_bytes()) for name in ("plain", "everything", "negative")]
FIXED_CAS = IssuingCas.from_pem([(FIXED_FOLDER / "ca.crt").read_bytes()])
FIXED_NOW = NOW + timedelta(days=30)
FIXED_REGISTERED = [
    RegisteredFacts(facts_of(der).fingerprint, is_revoked=False, is_suspended=False, has_active_organization=True)
    for der in FIXED
]
GOOD_PEM = good().pem


def test_the_facts_of_a_certificate_are_plain_values() -> None:
    """R4-4."""
    issued = authority().issue_client("pc-01", not_before=ISSUED_AT, serial=0xBEEF)
    facts = facts_of(issued.der)
    assert facts.fingerprint == hashlib.sha256(issued.der).hexdigest()
    assert (facts.subject, facts.issuer) == ("CN=pc-01", "CN=Demo Client CA,O=Demo CA Example,C=JP")
    assert (facts.serial, facts.version) == ("beef", 3)
    assert (facts.not_before, facts.not_after) == (ISSUED_AT, ISSUED_AT + TWO_YEARS)
    assert (facts.public_key, facts.signature_hash) == ("P-256", "sha256")
    assert (facts.has_client_auth, facts.is_ca, facts.unknown_critical) == (True, False, ())


def test_a_ca_is_seen_as_one() -> None:
    assert facts_of(authority().ca.der).is_ca


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("<script>alert(1)</script>", r"CN=\<script\>alert(1)\</script\>"),
        ("=cmd|' /C calc'!A0", "CN==cmd|' /C calc'!A0"),
        ("a\0b", r"CN=a\00b"),
        ("txt\u202efdp.exe", "CN=txt\u202efdp.exe"),
        ("a/CN=admin", "CN=a/CN=admin"),
        ("a,CN=admin", r"CN=a\,CN=admin"),
        ("x" * 100, "CN=" + "x" * 100),
        ("", "CN="),
    ],
    ids=["script", "formula", "NUL", "right to left", "slash", "comma", "long", "empty"],
)
def test_a_hostile_name_is_kept_as_data_and_decides_nothing(value: str, shown: str) -> None:
    """A21."""
    der = with_subject((NameOID.COMMON_NAME, value))
    assert facts_of(der).subject == shown
    assert "\0" not in facts_of(der).subject
    assert registration_refusals(der, pinned(), NOW) == []


@pytest.mark.parametrize("size", [2_000, 15_000, 65_536])
def test_an_oversized_name_is_refused(size: int) -> None:
    """A21."""
    with pytest.raises(Unreadable, match="すぎます"):
        facts_of(with_subject((UNLIMITED, "あ" * (size // 3))))


def test_odd_numbers_and_names_leave_no_remark_in_the_log() -> None:
    """A21, A22."""
    odd = [with_serial(b"\x00"), with_subject((NameOID.COMMON_NAME, "x" * 100))]
    with warnings.catch_warnings(record=True) as remarks:
        warnings.simplefilter("always")
        for der in odd:
            registration_refusals(der, pinned(), NOW)
    assert remarks == []


def test_a_key_that_nobody_can_load_is_named_by_its_number() -> None:
    """A22."""
    x25519_key = (
        x25519.X25519PrivateKey.generate().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    )
    assert facts_of(with_public_key(x25519_key)).public_key == "1.3.101.110"
    brainpool = bytes.fromhex("3022301406072a8648ce3d020106092b2403030208010101030a000400000000000000ff")
    assert facts_of(with_public_key(brainpool)).public_key == "1.2.840.10045.2.1"


@given(mutated(FIXED))
@EXAMPLES
def test_a_mutated_certificate_is_refused_and_never_breaks_the_judge(der: bytes) -> None:
    """A20, A22."""
    assert registration_refusals(der, FIXED_CAS, FIXED_NOW)
    try:
        facts = facts_of(der)
    except Unreadable:
        return
    for original in FIXED_REGISTERED:
        assert login_refusal(facts, original, FIXED_NOW) is not None
    assert "\0" not in (facts.issuer + facts.subject).encode("utf-8").decode("utf-8")


def test_the_originals_of_the_mutations_are_read_and_one_is_sound() -> None:
    assert {facts_of(der).serial: registration_refusals(der, FIXED_CAS, FIXED_NOW) for der in FIXED} == {
        "63": ["未知の必須拡張(1.3.6.1.4.1.11129.2.4.3)が含まれています。"],
        "64": [],
        "-5": ["シリアル番号が正の数ではありません。"],
    }


@given(st.binary(max_size=LARGEST_DER + 10))
@EXAMPLES
def test_any_bytes_are_unreadable_and_nothing_else(content: bytes) -> None:
    """A20."""
    with pytest.raises(Unreadable):
        facts_of(der_of_file(content))


def test_the_cache_gives_the_same_facts() -> None:
    assert cached_facts_of(good().der) == facts_of(good().der)
