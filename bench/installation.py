"""A folder with all that an installation behind nginx needs: authority, secrets, settings as in production."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from base.secret_file import write_secrets
from base.settings import Settings, read_settings
from demo.authority import Authority, make_authority, write_authority, write_server

CHECKOUT = Path(__file__).resolve().parent.parent


# 192.0.2.0/24
JAPAN = "3221225984,3221226239,JP\n"


@dataclass(frozen=True, slots=True)
class Installation:
    root: Path
    authority: Authority
    port: int = 443
    smtp_port: int = 25

    @property
    def secrets_file(self) -> Path:
        return self.root / "secrets.json"

    @property
    def environment(self) -> dict[str, str]:
        values = {
            "BASE_URL": f"https://localhost:{self.port}",
            "DATABASE_URL": f"sqlite:///{self.root}/portal.db",
            "SECRETS_FILE": str(self.secrets_file),
            "OPERATOR_FILE": str(CHECKOUT / "demo" / "operator.toml"),
            "CLIENT_CA_FILE": str(self.root / "ca.crt"),
            "FILES_DIR": str(self.root / "files"),
            "CERTIFICATE_SOURCE": "nginx",
            "FRONT_SOCKET": "1",
            "FILES_SENT_BY_FRONT": "1",
            "JOBS_URL": f"sqlite:{self.root}/jobs.db",
            "SMTP_PORT": str(self.smtp_port),
            "SMTP_SECURITY": "none",
            "MAIL_FROM": "info@bench.example",
            "LOCAL_ADDRESSES": "1",
            "COUNTRY_DATA": str(self.root / "countries"),
            "TRIES_BY_CERTIFICATE": "1000000",
            "TRIES_BY_ID": "1000000",
        }
        return {f"PORTAL_{name}": value for name, value in values.items()}

    @property
    def settings(self) -> Settings:
        return read_settings(self.environment)


def install(root: Path, *, port: int = 443, smtp_port: int = 25) -> Installation:
    root.mkdir(parents=True, exist_ok=True)
    yesterday = datetime.now(UTC) - timedelta(days=1)
    authority = make_authority(not_before=yesterday - timedelta(days=1))
    write_authority(root, authority)
    (root / "countries").write_text(JAPAN, encoding="ascii")
    write_server(root, authority.issue_server(not_before=yesterday))
    installation = Installation(root, authority, port, smtp_port)
    write_secrets(installation.secrets_file)
    return installation


@contextlib.contextmanager
def unread_logs() -> Iterator[None]:
    """Log lines are still composed and written, but nobody keeps them. Around everything that logs: the logger keeps its stream."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, contextlib.redirect_stderr(nowhere):
        yield
