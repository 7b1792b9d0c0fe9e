import stat
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key, pkcs12
from cryptography.x509.oid import ExtensionOID

from auth.certificate_rules import registration_refusals
from demo.authority import TWO_YEARS, make_authority, write_authority, write_client, write_server
from tests.certificates import ISSUED_AT, NOW, authority, good, pinned


def test_a_client_certificate_of_the_authority_may_be_registered() -> None:
    """R4-2."""
    assert registration_refusals(good().der, pinned(authority()), NOW) == []
    assert good().certificate.not_valid_after_utc - good().certificate.not_valid_before_utc == TWO_YEARS


@pytest.mark.parametrize("name", ["server", "clients/pc"])
def test_openssl_finds_nothing_against_a_certificate_even_when_strict(tmp_path: Path, name: str) -> None:
    write_authority(tmp_path, authority())
    write_server(tmp_path, authority().issue_server(not_before=ISSUED_AT))
    write_client(tmp_path, "pc", good(), authority(), "a password")
    purpose = "sslserver" if name == "server" else "sslclient"
    moment = str(int(NOW.timestamp()))
    command = ["openssl", "verify", "-x509_strict", "-purpose", purpose, "-attime", moment, "-CAfile", "ca.crt"]
    checked = subprocess.run([*command, f"{name}.crt"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert checked.stdout == f"{name}.crt: OK\n", checked.stderr


def test_the_server_answers_for_every_name_of_this_machine() -> None:
    names = (
        authority()
        .issue_server(not_before=ISSUED_AT)
        .certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    )
    assert names.value.get_values_for_type(x509.DNSName) == ["localhost"]
    assert [str(address) for address in names.value.get_values_for_type(x509.IPAddress)] == ["127.0.0.1", "::1"]


@pytest.mark.parametrize(
    "oid",
    [
        ExtensionOID.SUBJECT_KEY_IDENTIFIER,
        ExtensionOID.AUTHORITY_KEY_IDENTIFIER,
        ExtensionOID.KEY_USAGE,
        ExtensionOID.CRL_DISTRIBUTION_POINTS,
    ],
)
def test_server_and_client_certificates_hold_what_strict_clients_ask_for(oid: x509.ObjectIdentifier) -> None:
    for issued in (authority().issue_server(not_before=ISSUED_AT), good()):
        assert oid in {extension.oid for extension in issued.certificate.extensions}


def test_the_files_of_a_client_belong_together_and_its_key_to_the_owner_alone(tmp_path: Path) -> None:
    write_client(tmp_path, "pc", good(), authority(), "ひみつ1234")
    clients = tmp_path / "clients"
    assert x509.load_pem_x509_certificate((clients / "pc.crt").read_bytes()) == good().certificate
    key = load_pem_private_key((clients / "pc.key").read_bytes(), None)
    assert key.public_key() == good().certificate.public_key()
    bundle = pkcs12.load_pkcs12((clients / "pc.p12").read_bytes(), "ひみつ1234".encode())
    assert bundle.cert is not None
    assert bundle.cert.certificate == good().certificate
    assert [stat.S_IMODE((clients / f"pc.{kind}").stat().st_mode) for kind in ("key", "p12")] == [0o600, 0o600]


def test_files_are_replaced_when_the_demo_starts_again(tmp_path: Path) -> None:
    for _ in range(2):
        write_client(tmp_path, "pc", good(), authority(), "a password")
    assert (tmp_path / "clients" / "pc.key").read_bytes() == good().key_pem


def test_an_authority_of_another_name_is_another_authority() -> None:
    other = make_authority("Other", not_before=NOW, lifetime=timedelta(days=1))
    assert other.ca.certificate.subject != authority().ca.certificate.subject
