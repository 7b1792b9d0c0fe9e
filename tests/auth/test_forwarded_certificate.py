import string
from urllib.parse import quote, quote_plus

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.hazmat.primitives.serialization.pkcs7 import serialize_certificates
from hypothesis import given
from hypothesis import strategies as st

from auth.certificate_facts import Unreadable, facts_of
from auth.certificate_rules import Reason
from auth.forwarded_certificate import LARGEST_VALUE, der_of, handshake_refusal
from tests.certificates import forwarded, good, rsa_authority
from tests.mutations import EXAMPLES, mutated

DER = good().der
PEM = good().pem.decode("ascii")
VALUE = forwarded(DER)


def escaped(text: str | bytes) -> str:
    return quote(text, safe="")


def test_what_nginx_writes_is_read_to_the_same_bytes() -> None:
    """A20."""
    assert der_of(VALUE) == DER


@pytest.mark.parametrize(
    "value",
    [VALUE.replace("%2F", "/").replace("%3D", "="), VALUE.replace("%2B", "%2b"), VALUE.removesuffix("%0A")],
    ids=["slashes bare", "small hex", "no last newline"],
)
def test_another_faithful_escaping_is_read_too(value: str) -> None:
    """A20."""
    assert der_of(value) == DER


REFUSED = {
    "garbage": "garbage",
    "empty": "",
    "NUL": "\0",
    "NUL behind": VALUE + "\0",
    "percent": "%",
    "percent zz": "%zz",
    "percent zz behind": VALUE + "%zz",
    "percent 00": "%00",
    "percent 00 behind": VALUE + "%00",
    "cut percent": VALUE + "%0",
    "plus for space": quote_plus(PEM),
    "bare plus": VALUE.replace("%2B", "+") + "+",
    "double-encoded": escaped(VALUE),
    "not encoded": PEM,
    "CRLF": escaped(PEM.replace("\n", "\r\n")),
    "CR": escaped(PEM.replace("\n", "\r")),
    "no newlines": escaped(PEM.replace("\n", "")),
    "tabs for newlines": escaped(PEM.replace("\n", "\n\t")),
    "two blocks": VALUE * 2,
    "junk before": escaped("junk\n" + PEM),
    "junk behind": escaped(PEM + "junk"),
    "newline before": "%0A" + VALUE,
    "two newlines behind": VALUE + "%0A",
    "space in base64": escaped(PEM.replace("M", " ", 1)),
    "long lines": escaped(PEM.replace("\n", "", 3)),
    "no padding": escaped("-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n"),
    "empty block": escaped("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"),
    "other label": escaped(PEM.replace("CERTIFICATE", "TRUSTED CERTIFICATE")),
    "DER": escaped(DER),
    "RSA key": escaped(
        rsa_authority().ca.key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    ),
    "PKCS#7": escaped(serialize_certificates([good().certificate], Encoding.PEM)),
    "1 MB of percent": "%41" * 350_000,
    "1 MB of base64": escaped(
        "-----BEGIN CERTIFICATE-----\n" + ("A" * 64 + "\n") * 16_000 + "-----END CERTIFICATE-----\n"
    ),
    "joined by a comma": f"{VALUE},{VALUE}",
    "joined by a comma and a space": f"{VALUE}, {VALUE}",
    "empty and joined": f",{VALUE}",
    "not ASCII": VALUE + "é",
    "full width": VALUE.replace("%2D", "-") + "%",
    "lone surrogate": VALUE + "\udcff",
}


@pytest.mark.parametrize("value", REFUSED.values(), ids=REFUSED)
def test_anything_else_in_the_header_is_unreadable(value: str) -> None:
    """A4, A20."""
    with pytest.raises(Unreadable):
        facts_of(der_of(value))


@given(mutated([VALUE.encode("ascii")]).map(lambda content: content.decode("latin-1")))
@EXAMPLES
def test_a_mutated_header_is_another_certificate_or_unreadable_and_nothing_else(value: str) -> None:
    """A20."""
    try:
        facts = facts_of(der_of(value))
    except Unreadable:
        return
    assert der_of(value) == DER or facts.fingerprint != facts_of(DER).fingerprint


@given(st.text(max_size=300) | st.text(alphabet=string.ascii_letters + "%0123456789-", max_size=300))
@EXAMPLES
def test_any_text_is_unreadable_and_nothing_else(value: str) -> None:
    """A20."""
    with pytest.raises(Unreadable):
        der_of(value)


def test_no_refused_value_is_kept_in_memory() -> None:
    before = der_of.cache_info().currsize
    with pytest.raises(Unreadable):
        der_of("A" * LARGEST_VALUE)
    assert der_of.cache_info().currsize == before


@pytest.mark.parametrize(
    ("verify", "der", "refusal"),
    [
        ("SUCCESS", DER, None),
        ("SUCCESS", None, Reason.UNREADABLE),
        ("NONE", None, Reason.MISSING),
        ("NONE", DER, Reason.MISSING),
        ("FAILED:certificate has expired", DER, Reason.EXPIRED),
        ("FAILED:certificate has expired", None, Reason.EXPIRED),
        ("FAILED:certificate is not yet valid", DER, Reason.NOT_YET_VALID),
        ("FAILED:unable to verify the first certificate", DER, Reason.FOREIGN),
        ("FAILED:unable to get local issuer certificate", DER, Reason.FOREIGN),
        ("FAILED:self-signed certificate", DER, Reason.FOREIGN),
        ("FAILED:certificate revoked", DER, Reason.FOREIGN),
        ("FAILED:certificate has expired,SUCCESS", DER, Reason.FOREIGN),
        ("FAILED:", DER, Reason.FOREIGN),
        ("FAILED", DER, Reason.UNREADABLE),
        ("NONE,SUCCESS", DER, Reason.UNREADABLE),
        ("NONE, SUCCESS", DER, Reason.UNREADABLE),
        ("SUCCESS,SUCCESS", DER, Reason.UNREADABLE),
        ("SUCCESS ", DER, Reason.UNREADABLE),
        ("success", DER, Reason.UNREADABLE),
        ("SUCCESS\0", DER, Reason.UNREADABLE),
        ("", DER, Reason.UNREADABLE),
    ],
)
def test_the_word_of_nginx_is_taken_exactly(verify: str, der: bytes | None, refusal: Reason | None) -> None:
    """A4, A8, A9, A13."""
    assert handshake_refusal(verify, der) is refusal
