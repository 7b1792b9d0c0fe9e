import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import NameOID

from auth.certificate_cli import certificate_command
from base import clock
from tests.certificates import ISSUED_AT, NOW, authority, good, other_authority, pinned, version_1, with_subject


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    clock.use(lambda: NOW)
    yield
    clock.use(clock.system_time)


def asked_about(folder: Path, content: bytes, *options: str) -> Result:
    file = folder / "client.crt"
    file.write_bytes(content)
    return CliRunner().invoke(certificate_command(pinned), [str(file), *options])


CHAIN = [authority().ca.certificate, good().certificate]
P7B = [pkcs7.serialize_certificates(CHAIN, kind) for kind in (Encoding.DER, Encoding.PEM)]


@pytest.mark.parametrize("content", [good().pem, good().der, *P7B], ids=["PEM", "DER", "PKCS#7", "PKCS#7 in PEM"])
def test_a_sound_certificate_is_accepted_with_its_facts(tmp_path: Path, content: bytes) -> None:
    """R4-2, R4-3."""
    result = asked_about(tmp_path, content, "--json")
    answer = json.loads(result.output)
    assert result.exit_code == 0
    assert (answer["accepted"], answer["refusals"]) == (True, [])
    assert (answer["subject"], answer["public_key"], answer["has_client_auth"]) == ("CN=pc", "P-256", True)
    assert answer["not_before"] == ISSUED_AT.isoformat()


def test_each_reason_against_a_certificate_is_told(tmp_path: Path) -> None:
    """A13, A22."""
    foreign = asked_about(tmp_path, other_authority().issue_client(not_before=ISSUED_AT).pem, "--json")
    assert foreign.exit_code == 1
    assert json.loads(foreign.output)["refusals"] == ["指定の認証局が発行した証明書ではありません。"]
    old = asked_about(tmp_path, version_1(), "--json")
    assert json.loads(old.output)["accepted"] is False
    assert len(json.loads(old.output)["refusals"]) == 2


def test_a_file_that_is_no_certificate_has_no_facts(tmp_path: Path) -> None:
    """A20."""
    result = asked_about(tmp_path, b"garbage", "--json")
    answer = json.loads(result.output)
    assert result.exit_code == 1
    assert (answer["fingerprint"], answer["accepted"]) == (None, False)
    assert answer["refusals"] == ["証明書として読み取れません。"]


def test_the_text_says_the_same_to_people(tmp_path: Path) -> None:
    accepted = asked_about(tmp_path, good().pem)
    assert accepted.exit_code == 0
    assert "主体者: CN=pc\n" in accepted.output
    assert accepted.output.endswith("登録できます。\n")
    refused = asked_about(tmp_path, b"garbage")
    assert (refused.exit_code, refused.output) == (1, "登録できません: 証明書として読み取れません。\n")


def test_a_name_cannot_turn_the_terminal_around(tmp_path: Path) -> None:
    """A21."""
    hostile = with_subject((NameOID.COMMON_NAME, "txt\u202e\x1b[2J\nfdp"))
    output = asked_about(tmp_path, hostile).output
    assert "主体者: CN=txt\\u202e\\u001b[2J\\u000afdp\n" in output


def test_a_missing_file_is_a_fault_of_the_call(tmp_path: Path) -> None:
    result = CliRunner().invoke(certificate_command(pinned), [str(tmp_path / "none.crt"), "--json"])
    assert result.exit_code == 2
