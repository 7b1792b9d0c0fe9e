"""The commands for scripts, as a script runs them: a program of its own, without any setting."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

from base.secret_file import read_secrets, write_secrets
from tests.make import client_certificate

CHECKOUT = Path(__file__).resolve().parents[1]
ALLOWED_NAMES = {"PATH", "HOME", "LANG", "LC_ALL", "TMPDIR"}


def run(*command: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name in ALLOWED_NAMES} | settings
    program = [sys.executable, "-m", "flask", "--app", "app", *command]
    return subprocess.run(program, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False)


def test_the_schedule_is_told_without_any_setting() -> None:
    """R5-33; each kind's dates are proven without a program of their own."""
    told = run("schedule", "--date", "2018-12-14", "--kind", "new", "--json")
    assert told.returncode == 0, told.stderr
    names = ("accepted_on", "processing_date", "taxis_johs_from", "juju_loacus_from", "notified_from")
    assert [json.loads(told.stdout)[name] for name in names] == [
        *("2018-12-17", "2019-01-07", "2019-01-16", "2019-01-21", None)
    ]


def test_a_certificate_is_judged_without_any_setting(tmp_path: Path) -> None:
    """R4-2, R4-4: without settings no CA is known, so its issuer is none of ours."""
    (tmp_path / "pc.crt").write_bytes(client_certificate().pem)
    told = run("certificate", str(tmp_path / "pc.crt"), "--json")
    assert told.returncode == 1, told.stderr
    answer = json.loads(told.stdout)
    assert (len(answer["fingerprint"]), answer["accepted"], len(answer["refusals"])) == (64, False, 1)


def test_a_file_that_is_no_certificate_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "pc.crt").write_text("nothing", encoding="ascii")
    told = run("certificate", str(tmp_path / "pc.crt"), "--json")
    assert (told.returncode, told.stderr) == (1, "")
    assert json.loads(told.stdout)["accepted"] is False


def test_new_secrets_are_readable_by_their_owner_alone_and_never_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"
    told = run("secrets", "new", str(file))
    assert told.returncode == 0, told.stderr
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert read_secrets(file).keys[0] not in told.stdout + told.stderr
    before = file.read_bytes()
    again = run("secrets", "new", str(file))
    assert again.returncode == 1
    assert "exists already" in again.stderr
    assert file.read_bytes() == before


def test_commands_that_need_a_database_are_not_offered_without_one() -> None:
    told = run("audit", "verify")
    assert (told.returncode, told.stdout) == (2, "")
    assert "No such command 'audit'" in told.stderr


def test_settings_that_are_wrong_are_all_told_instead_of_a_trace(tmp_path: Path) -> None:
    told = run("audit", "verify", PORTAL_BASE_URL="http://portal.example", PORTAL_SMTP_PORT="x")
    assert told.returncode != 0
    assert "PORTAL_DATABASE_URL is missing" in told.stderr
    assert "PORTAL_SMTP_PORT" in told.stderr


def test_the_audit_trail_is_sealed_and_verified(sqlite_url: str, tmp_path: Path) -> None:
    """G9, R9-17."""
    settings = {
        "PORTAL_BASE_URL": "https://portal.example",
        "PORTAL_DATABASE_URL": sqlite_url,
        "PORTAL_SECRETS_FILE": str(tmp_path / "secrets.json"),
        "PORTAL_OPERATOR_FILE": str(CHECKOUT / "demo" / "operator.toml"),
        "PORTAL_CLIENT_CA_FILE": str(tmp_path / "ca.crt"),
        "PORTAL_FILES_DIR": str(tmp_path / "files"),
        "PORTAL_CERTIFICATE_SOURCE": "tls",
    }
    (tmp_path / "ca.crt").write_bytes(b"")
    write_secrets(Path(settings["PORTAL_SECRETS_FILE"]))
    assert run("audit", "seal", **settings).stdout.startswith("sealed")
    verified = run("audit", "verify", **settings)
    assert (verified.returncode, "whole" in verified.stdout) == (0, True), verified.stderr
