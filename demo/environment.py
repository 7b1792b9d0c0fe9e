"""The settings of a demo, as environment variables for its programs."""

import os
from dataclasses import dataclass
from pathlib import Path

from demo.folder import DemoFolder

PREFIX = "PORTAL_"
CLOCK_FILE = "PORTAL_CLOCK_FILE"
HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Ports:
    site: int
    smtp: int


def portal_settings(folder: DemoFolder, ports: Ports, certificate_source: str) -> dict[str, str]:
    """`certificate_source`: `tls` for the embedded server, `nginx` behind the front."""
    is_behind_front = certificate_source == "nginx"
    front = {"PORTAL_FRONT_SOCKET": "1", "PORTAL_FILES_SENT_BY_FRONT": "1"} if is_behind_front else {}
    return {
        "PORTAL_DEMO": "1",
        "PORTAL_LOCAL_ADDRESSES": "1",
        # So that a calendar on this machine can be tried out.
        "PORTAL_OPEN_FEEDS": "1",
        "PORTAL_COUNTRY_DATA": str(folder.countries),
        "PORTAL_BASE_URL": f"https://localhost:{ports.site}",
        "PORTAL_DATABASE_URL": f"sqlite:///{folder.database}",
        "PORTAL_SECRETS_FILE": str(folder.secrets),
        "PORTAL_OPERATOR_FILE": str(HERE / "operator.toml"),
        "PORTAL_CLIENT_CA_FILE": str(folder.ca),
        "PORTAL_FILES_DIR": str(folder.files),
        "PORTAL_CERTIFICATE_SOURCE": certificate_source,
        "PORTAL_JOBS_URL": f"sqlite:{folder.inside}/jobs.db",
        "PORTAL_SMTP_PORT": str(ports.smtp),
        "PORTAL_SMTP_SECURITY": "none",
        "PORTAL_MAIL_FROM": "託送情報共有サイト <oshirase@minami-network.example>",
        "PORTAL_MAIL_DIR": str(folder.mail),
        CLOCK_FILE: os.environ.get(CLOCK_FILE) or str(folder.clock),
        **front,
    }


def child_environment(settings: dict[str, str]) -> dict[str, str]:
    """Ours without whatever installation the caller's shell was set up for."""
    foreign = {name for name in os.environ if name.startswith(PREFIX)}
    return {name: value for name, value in os.environ.items() if name not in foreign} | settings
