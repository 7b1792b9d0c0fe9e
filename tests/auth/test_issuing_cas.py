import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from auth.issuing_cas import IssuingCas, UnusableCa
from demo.authority import make_authority
from tests.certificates import ISSUED_AT, NOW, authority, good, other_authority

CA = authority().ca.pem


def test_a_bundle_holds_more_than_one_ca_in_one_file_or_several() -> None:
    """R4-2."""
    one_file = IssuingCas.from_pem([b"# old\n" + CA + b"# new\r\n" + other_authority().ca.pem.replace(b"\n", b"\r\n")])
    two_files = IssuingCas.from_pem([CA, other_authority().ca.pem])
    assert one_file == two_files
    assert len(one_file.certificates) == 2


def test_an_expired_ca_may_stay_in_the_bundle() -> None:
    """R4-2."""
    old = make_authority(not_before=NOW.replace(year=2001), lifetime=NOW - NOW.replace(year=2025))
    assert IssuingCas.from_pem([old.ca.pem]).certificates == (old.ca.certificate,)


@pytest.mark.parametrize(
    ("bundles", "fault"),
    [
        ([], "the bundle holds no certificate"),
        ([b"nothing"], "the bundle holds no certificate"),
        ([CA[:-30]], "the bundle is not whole PEM"),
        ([CA + authority().ca.key_pem], "block 2 is PRIVATE KEY, not a certificate"),
        ([CA, good().pem], "block 2 (CN=pc) is not a CA"),
        ([CA.replace(b"M", b"*")], "block 1 can't be read"),
        ([CA.replace(b"MII", b"MIJ", 1)], "block 1 can't be read"),
        (
            [make_authority("Weak", not_before=ISSUED_AT, key=rsa.generate_private_key(65537, 1024)).ca.pem],
            "block 1 (CN=Weak,O=Demo CA Example,C=JP) has a weak key, RSA 1024",
        ),
    ],
    ids=["no file", "no block", "cut", "key", "leaf", "no base64", "no certificate", "weak key"],
)
def test_a_bundle_that_cannot_be_trusted_names_its_fault(bundles: list[bytes], fault: str) -> None:
    """R4-2."""
    with pytest.raises(UnusableCa) as unusable:
        IssuingCas.from_pem(bundles)
    assert unusable.value.faults == (fault,)


def test_every_fault_of_a_bundle_is_told_at_once() -> None:
    with pytest.raises(UnusableCa) as unusable:
        IssuingCas.from_pem([good().pem, good().key_pem])
    assert len(unusable.value.faults) == 2
