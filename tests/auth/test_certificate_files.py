"""What people choose when they are asked for a certificate (R4-3)."""

import os
import random
from contextlib import suppress

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs7
from hypothesis import given, settings
from hypothesis import strategies as st

from auth.certificate_facts import Unreadable, facts_of
from auth.certificate_files import der_of_file
from demo.authority import Issued, named
from tests.certificates import ISSUED_AT, authority, good

CA = authority().ca
GOOD_PEM = good().pem
EMPTY_CHAIN = bytes.fromhex(
    "302306092a864886f70d010702a0163014020101310030 0b06092a864886f70d0107013100".replace(" ", "")
)
EXAMPLES = settings(max_examples=int(os.environ.get("PORTAL_EXAMPLES", "300")))


def chain_of(*issued: Issued, kind: Encoding = Encoding.DER) -> bytes:
    return pkcs7.serialize_certificates([each.certificate for each in issued], kind)


def client_two() -> Issued:
    return authority().issue_client("pc-2", not_before=ISSUED_AT)


def key_in_der(form: PrivateFormat) -> bytes:
    return good().key.private_bytes(Encoding.DER, form, NoEncryption())


def request_in(encoding: Encoding) -> bytes:
    request = x509.CertificateSigningRequestBuilder().subject_name(named("pc")).sign(good().key, hashes.SHA256())
    return request.public_bytes(encoding)


@pytest.mark.parametrize(
    "file",
    [
        good().der,
        GOOD_PEM,
        GOOD_PEM.replace(b"\n", b"\r\n"),
        b"Bag Attributes\n    friendlyName: pc\nsubject=CN = pc\n" + GOOD_PEM + b"\n\n",
        chain_of(good()),
        chain_of(good(), CA),
        chain_of(CA, good(), kind=Encoding.PEM),
        chain_of(good(), kind=Encoding.PEM).replace(b"PKCS7", b"CERTIFICATE"),
    ],
    ids=["DER", "PEM", "CRLF", "text around it", "p7b", "p7b with its chain", "p7b in PEM", "p7b under another label"],
)
def test_a_file_with_one_certificate_is_read(file: bytes) -> None:
    """R4-3."""
    assert der_of_file(file) == good().der


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (GOOD_PEM + good().key_pem, "秘密鍵"),
        (good().key_pem, "秘密鍵"),
        (GOOD_PEM * 2, "1枚だけ"),
        (GOOD_PEM * 20, "1枚だけ"),
        (GOOD_PEM * 200, "大きすぎます"),
        (GOOD_PEM.replace(b"-----END", b"-----"), "読み取れません"),
        (GOOD_PEM[:200], "読み取れません"),
        (GOOD_PEM.replace(b"A", b"*"), "読み取れません"),
        (b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", "読み取れません"),
        (GOOD_PEM.replace(b"CERTIFICATE", b"X509 CRL"), "証明書ではないもの"),
        (good().der + b"\0", "読み取れません"),
        (b"", "空です"),
        (b" \n", "空です"),
        (good().p12("pc", "demo", CA.certificate), "PFX形式"),
        (key_in_der(PrivateFormat.TraditionalOpenSSL), "秘密鍵"),
        (key_in_der(PrivateFormat.PKCS8), "秘密鍵"),
        (request_in(Encoding.PEM), "発行要求(CSR)"),
        (request_in(Encoding.DER), "発行要求(CSR)"),
        (chain_of(CA), "認証局の証明書だけ"),
        (EMPTY_CHAIN, "読み取れません"),
        (chain_of(good(), client_two(), CA), "2枚以上"),
        (chain_of(good(), *[CA] * 20), "多すぎます"),
        (chain_of(good(), CA)[:-1], "読み取れません"),
    ],
    ids=[
        "with its key",
        "key",
        "two",
        "chain",
        "huge chain",
        "no end",
        "cut",
        "no base64",
        "empty block",
        "revocation list",
        "junk",
        "empty",
        "blank",
        "PFX",
        "key in DER",
        "PKCS#8 key in DER",
        "CSR",
        "CSR in DER",
        "PKCS#7 of CAs",
        "PKCS#7 of nothing",
        "PKCS#7 of two PCs",
        "PKCS#7 too long",
        "PKCS#7 cut",
    ],
)
def test_a_file_with_anything_else_is_refused_with_its_reason(file: bytes, words: str) -> None:
    """A20, A23, R4-3: what it is instead is said; a chain in PEM is not even read."""
    with pytest.raises(Unreadable) as unreadable:
        facts_of(der_of_file(file))
    assert words in unreadable.value.reason


CARRIERS = (chain_of(good(), CA), chain_of(good(), CA, kind=Encoding.PEM), good().p12("pc", "demo", CA.certificate))


@given(st.sampled_from((*CARRIERS, GOOD_PEM, request_in(Encoding.DER))), st.integers(0, 2**32))
@EXAMPLES
def test_no_mutation_of_any_kind_of_file_breaks_the_reading(file: bytes, seed: int) -> None:
    """A20, A22: unreadable, or a certificate that the rules judge."""
    dice, odd = random.Random(seed), bytearray(file)
    for _ in range(dice.randint(1, 6)):
        odd[dice.randrange(dice.choice((60, len(odd))))] = dice.randrange(256)
    with suppress(Unreadable):
        facts = facts_of(der_of_file(bytes(odd[: dice.randint(1, len(odd))] if dice.random() < 0.1 else odd)))
        assert len(facts.fingerprint) == 64
