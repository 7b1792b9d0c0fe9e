"""A revocation list counts as a whole or not at all (R4-5, A12)."""

import time
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import CRLEntryExtensionOID
from hypothesis import given

from auth.revocation_lists import LARGEST_LIST, UnusableList, digest_of, read_list
from tests.certificates import (
    A_SECOND,
    NOW,
    UNKNOWN_EXTENSION,
    authority,
    good,
    other_authority,
    recreated_authority,
    rsa_authority,
)
from tests.lists import SINCE, UNTIL, crl, in_der, without_next_update
from tests.mutations import EXAMPLES, mutated

CA = authority().ca.certificate
LONG_SERIAL = (1 << 159) - 5


def scope(**facts: object) -> tuple[x509.ExtensionType, bool]:
    parts: dict[str, object] = dict.fromkeys(("full_name", "relative_name", "only_some_reasons"))
    narrowed = ("only_contains_user_certs", "only_contains_ca_certs", "indirect_crl", "only_contains_attribute_certs")
    return x509.IssuingDistributionPoint(**(parts | dict.fromkeys(narrowed, False) | facts)), True  # type: ignore[arg-type] # the test's own names


def line_of_another_issuer() -> x509.RevokedCertificate:
    issuer = x509.CertificateIssuer([x509.DirectoryName(other_authority().ca.certificate.subject)])
    line = x509.RevokedCertificateBuilder().serial_number(5).revocation_date(SINCE)
    return line.add_extension(issuer, critical=True).build()


@pytest.mark.parametrize("file", [crl([3, LONG_SERIAL]), in_der(crl([3, LONG_SERIAL]))], ids=["PEM", "DER"])
def test_a_sound_list_is_read_line_by_line(file: bytes) -> None:
    """R4-5, A12."""
    found = read_list(file, CA, NOW)
    assert list(found.lines()) == [("3", SINCE), (format(LONG_SERIAL, "x"), SINCE)]
    assert (found.number, found.since, found.until, found.digest) == (1, SINCE, UNTIL, digest_of(file))


@pytest.mark.parametrize("made_by", [rsa_authority(), authority()], ids=["RSA", "P-256"])
def test_an_empty_list_without_a_number_is_sound_too(made_by: object) -> None:
    one = rsa_authority() if made_by is rsa_authority() else authority()
    found = read_list(crl(by=one, number=None), one.ca.certificate, NOW)
    assert (list(found.lines()), found.number) == ([], None)


def test_a_list_of_all_client_certificates_is_sound() -> None:
    found = read_list(crl([7], extensions=[scope(only_contains_user_certs=True)]), CA, NOW)
    assert [serial for serial, _ in found.lines()] == ["7"]


PARTIAL = "一部の証明書だけ"
ODD = {
    "nothing": (b"", ["読み取れません"]),
    "garbage": (b"garbage", ["読み取れません"]),
    "cut": (in_der(crl([3]))[:-3], ["読み取れません"]),
    "cut PEM": (crl([3])[:-30], ["読み取れません"]),
    "two in one": (crl([3]) + crl([4]), ["1つだけ"]),
    "a certificate": (good().pem, ["1つだけ"]),
    "a certificate in DER": (good().der, ["読み取れません"]),
    "too large": (b"\x30" * (LARGEST_LIST + 1), ["大きすぎます"]),
    "another CA's": (crl(by=other_authority()), ["この認証局の失効リストではありません", "鍵によるものではありません"]),
    "a namesake's": (crl(by=recreated_authority()), ["鍵によるものではありません"]),
    "of the future": (crl(since=NOW + A_SECOND), ["発行日時が未来"]),
    "over": (crl(until=NOW), ["次回更新日時を過ぎて"]),
    "without an end": (without_next_update(), ["次回更新日時がありません"]),
    "delta": (crl(extensions=[(x509.DeltaCRLIndicator(1), True)]), ["差分だけ"]),
    "indirect": (crl(extensions=[scope(indirect_crl=True)]), [PARTIAL]),
    "of CAs": (crl(extensions=[scope(only_contains_ca_certs=True)]), [PARTIAL]),
    "of some reasons": (
        crl(extensions=[scope(only_some_reasons=frozenset([x509.ReasonFlags.key_compromise]))]),
        [PARTIAL],
    ),
    "of one place": (
        crl(extensions=[scope(full_name=[x509.UniformResourceIdentifier("http://ca.example/1.crl")])]),
        [PARTIAL],
    ),
    "unknown critical": (crl(extensions=[(UNKNOWN_EXTENSION, True)]), ["未知の必須拡張(1.3.6.1.4.1.55555.1)"]),
    "a line of another issuer": (
        crl(lines=[line_of_another_issuer()]),
        [CRLEntryExtensionOID.CERTIFICATE_ISSUER.dotted_string],
    ),
    "all at once": (
        crl(by=other_authority(), since=NOW + A_SECOND, until=NOW + 2 * A_SECOND),
        ["ありません"] * 2 + ["未来"],
    ),
}


@pytest.mark.parametrize("kind", ODD)
def test_everything_against_a_list_is_named(kind: str) -> None:
    """R4-5, A12, A15."""
    file, reasons = ODD[kind]
    with pytest.raises(UnusableList) as unusable:
        read_list(file, CA, NOW)
    assert len(unusable.value.reasons) == len(reasons), unusable.value.reasons
    assert all(word in told for word, told in zip(reasons, unusable.value.reasons, strict=True)), unusable.value.reasons


@pytest.mark.parametrize(
    ("number", "since", "known", "known_since", "is_older"),
    [
        (5, SINCE, 5, SINCE, False),
        (5, SINCE - A_SECOND, 5, SINCE, True),
        (4, SINCE + A_SECOND, 5, SINCE, True),
        (6, SINCE - A_SECOND, 5, SINCE, False),
        (None, SINCE, 5, SINCE, False),
        (None, SINCE - A_SECOND, 5, SINCE, True),
        (4, SINCE - A_SECOND, None, SINCE, True),
        (1, SINCE, None, None, False),
    ],
)
def test_an_old_list_played_back_is_known_by_its_number(
    number: int | None, since: object, known: int | None, known_since: object, *, is_older: bool
) -> None:
    """R4-5: by its date without numbers, or where the number is the same."""
    found = read_list(crl(number=number, since=since), CA, NOW)  # type: ignore[arg-type] # moments, as the table says
    assert found.is_older(known, known_since) is is_older  # type: ignore[arg-type] # as above


@given(mutated([in_der(crl([3, LONG_SERIAL])), crl([3])]))
@EXAMPLES
def test_a_mutated_list_is_unusable_and_nothing_else(file: bytes) -> None:
    """A12, A20: text around a PEM changes nothing in it."""
    try:
        found = read_list(file, CA, NOW)
    except UnusableList:
        return
    assert b"-----BEGIN" in file
    assert {serial for serial, _ in found.lines()} == {"3"}


def test_a_hundred_thousand_lines_are_read_in_about_a_second() -> None:
    """R4-5: once when the list has changed, never at a login."""
    line = x509.RevokedCertificateBuilder().revocation_date(SINCE)
    line = line.add_extension(x509.CRLReason(x509.ReasonFlags.key_compromise), critical=False)
    lines = [line.serial_number(LONG_SERIAL - number).build() for number in range(100_000)]
    start = x509.CertificateRevocationListBuilder(CA.subject, SINCE, UNTIL, [], lines)
    file = start.sign(authority().ca.key, x509.load_pem_x509_crl(crl()).signature_hash_algorithm)  # type: ignore[arg-type] # an EC key
    began = time.process_time()
    found = read_list(file.public_bytes(Encoding.DER), CA, NOW)
    assert sum(1 for _ in found.lines()) == 100_000
    assert time.process_time() - began < 3  # about 0.7 s where nothing else runs


def test_the_list_of_yesterday_is_over_at_its_second() -> None:
    """R4-5."""
    assert read_list(crl(until=NOW + A_SECOND), CA, NOW).until == NOW + A_SECOND
    with pytest.raises(UnusableList):
        read_list(crl(until=NOW + A_SECOND), CA, NOW + timedelta(seconds=1))
