"""The settings: everything that is wrong is told at once, and no secret is ever shown."""

import json
from pathlib import Path

import pytest

from base.secret_file import read_secrets, write_secrets
from base.settings import READERS, REQUIRED, SettingsFault, read_settings

OPERATOR = """
name = "みなみ都市ガスネットワーク"
disturbance_desk = "障害"
support_desk = "認証"
[[desks]]
name = "障害"
about = "障害"
hours = "毎日"
[[desks]]
name = "認証"
about = "解除"
hours = "平日"
"""


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    write_secrets(tmp_path / "secrets.json")
    (tmp_path / "operator.toml").write_text(OPERATOR, encoding="utf-8")
    return {
        "PORTAL_BASE_URL": "https://portal.example/",
        "PORTAL_DATABASE_URL": "sqlite:////var/lib/portal/portal.db",
        "PORTAL_SECRETS_FILE": str(tmp_path / "secrets.json"),
        "PORTAL_OPERATOR_FILE": str(tmp_path / "operator.toml"),
        "PORTAL_CLIENT_CA_FILE": str(tmp_path / "ca.crt"),
        "PORTAL_FILES_DIR": str(tmp_path / "files"),
        "PORTAL_CERTIFICATE_SOURCE": "nginx",
    }


def faults_of(environ: dict[str, str]) -> list[str]:
    with pytest.raises(SettingsFault) as caught:
        read_settings(environ)
    return caught.value.faults


def test_what_is_named_is_taken_and_the_rest_has_its_value(environ: dict[str, str]) -> None:
    settings = read_settings(environ | {"PORTAL_SESSION_IDLE": "900", "PORTAL_SMTP_SECURITY": "tls"})
    assert settings.host == "portal.example"
    assert (settings.session_idle, settings.session_life) == (900, 43200)
    assert settings.smtp_security == "tls"
    assert settings.operator.support_desk.name == "認証"
    assert not settings.is_demo


def test_every_missing_setting_is_named_at_once() -> None:
    faults = faults_of({})
    assert faults[:-1] == [f"PORTAL_{READERS[name][0]} is missing" for name in REQUIRED]
    assert faults[-1].startswith("one of PORTAL_FILES_DIR and PORTAL_S3_BUCKET")


def test_all_faults_are_told_together(environ: dict[str, str]) -> None:
    wrong = {
        "PORTAL_BASE_URL": "http://portal.example",
        "PORTAL_DATABASE_URL": "mysql://somewhere",
        "PORTAL_CERTIFICATE_SOURCE": "both",
        "PORTAL_SMTP_PORT": "smtp",
        "PORTAL_DEMO": "yes",
        "PORTAL_SESION_IDLE": "900",
    }
    faults = faults_of(environ | wrong)
    assert len(faults) == len(wrong)
    for name in wrong:
        assert any(fault.startswith(name) for fault in faults), name


@pytest.mark.parametrize("name", ["PORTAL_CLOCK_FILE", "PORTAL_MAIL_DIR"])
def test_the_demo_s_settings_are_refused_elsewhere(environ: dict[str, str], name: str) -> None:
    assert faults_of(environ | {name: "/somewhere"}) == [f"{name} is for the demo only"]
    read_settings(environ | {name: "/somewhere", "PORTAL_DEMO": "1"})


def test_behind_a_front_something_must_tell_the_front(environ: dict[str, str], tmp_path: Path) -> None:
    """A2, H1: without socket or secret anybody could play the front."""
    content = json.loads((tmp_path / "secrets.json").read_text(encoding="utf-8")) | {"front_secret": None}
    (tmp_path / "secrets.json").write_text(json.dumps(content), encoding="utf-8")
    assert "FRONT_SOCKET=1 or a front_secret" in faults_of(environ)[0]
    read_settings(environ | {"PORTAL_FRONT_SOCKET": "1"})
    read_settings(environ | {"PORTAL_CERTIFICATE_SOURCE": "tls"})


def test_no_secret_stands_in_what_settings_show_of_themselves(environ: dict[str, str], tmp_path: Path) -> None:
    """D8."""
    settings, secrets = read_settings(environ), read_secrets(tmp_path / "secrets.json")
    for shown in (repr(settings), str(settings), repr(settings.secrets), f"{secrets}"):
        assert secrets.keys[0] not in shown
        assert secrets.front_secret is not None
        assert secrets.front_secret not in shown


@pytest.mark.parametrize(
    ("content", "mode", "word"),
    [
        (None, 0o644, "0600"),
        ('{"keys": []}', 0o600, "list of keys"),
        ('{"keys": ["short"]}', 0o600, "32 characters"),
        ("keys", 0o600, ""),
    ],
)
def test_a_file_of_secrets_that_can_t_be_used_is_refused(
    environ: dict[str, str], tmp_path: Path, content: str | None, mode: int, word: str
) -> None:
    file = tmp_path / "secrets.json"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    file.chmod(mode)
    fault = faults_of(environ)[0]
    assert fault.startswith("PORTAL_SECRETS_FILE")
    assert word in fault


@pytest.mark.parametrize("content", ["name = ", 'name = "x"', OPERATOR.replace('"認証"\n[[', '"電話"\n[[')])
def test_an_operator_file_that_lacks_something_is_refused(
    environ: dict[str, str], tmp_path: Path, content: str
) -> None:
    (tmp_path / "operator.toml").write_text(content, encoding="utf-8")
    assert faults_of(environ)[0].startswith("PORTAL_OPERATOR_FILE")


def test_every_setting_is_described_to_whoever_runs_the_site() -> None:
    described = (Path(__file__).parents[1] / "docs" / "operations.md").read_text(encoding="utf-8")
    assert [variable for variable, _ in READERS.values() if f"`{variable}`" not in described] == []


BUCKET = {"PORTAL_S3_ENDPOINT": "https://objects.example", "PORTAL_S3_BUCKET": "attachments"}


def test_attachments_lie_in_a_folder_or_in_a_bucket_with_its_keys(environ: dict[str, str], tmp_path: Path) -> None:
    """R7-4: never in both, and the front can't send what lies in a bucket."""
    assert len(faults_of(environ | BUCKET)) == 1
    folder = environ.pop("PORTAL_FILES_DIR")
    assert len(faults_of(environ)) == 1
    needed = faults_of(environ | {"PORTAL_S3_BUCKET": "attachments", "PORTAL_FILES_SENT_BY_FRONT": "1"})
    assert [fault.split()[0] for fault in needed] == [
        "PORTAL_S3_ENDPOINT", "PORTAL_S3_BUCKET", "PORTAL_FILES_SENT_BY_FRONT",
    ]  # fmt: skip
    secrets = tmp_path / "secrets.json"
    content = json.loads(secrets.read_text()) | {"s3_access_key": "portal", "s3_secret_key": "secret"}
    secrets.write_text(json.dumps(content))
    settings = read_settings(environ | BUCKET)
    assert (settings.files_dir, settings.s3_bucket, settings.is_s3_path_style) == (None, "attachments", True)
    assert read_settings(environ | {"PORTAL_FILES_DIR": folder}).s3_bucket == ""
