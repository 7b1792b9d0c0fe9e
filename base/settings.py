"""Everything that differs between installations: one frozen value, read from `PORTAL_*`, all faults told together."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from base.secret_file import Secrets, read_secrets

PREFIX = "PORTAL_"
STAFF_ROLES = frozenset({"reception", "operations", "administrator"})


class SettingsFault(Exception):
    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(["The settings can't be used:", *(f"  {fault}" for fault in faults)]))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Desk:
    """One line of the contact page (R2-6)."""

    name: str
    about: str
    hours: str
    phone: str = ""
    mail: str = ""
    name_en: str = ""
    about_en: str = ""
    hours_en: str = ""

    def in_english(self) -> "Desk":
        """Where there is no English the Japanese stays."""
        name, about, hours = self.name_en or self.name, self.about_en or self.about, self.hours_en or self.hours
        return replace(self, name=name, about=about, hours=hours)

    @property
    def in_mails(self) -> str:
        """One line for each way to it."""
        lines = [self.name, self.phone and f"電話:{self.phone}", self.mail and f"メール:{self.mail}", self.hours]
        return "\n".join(line for line in lines if line)


@dataclass(frozen=True, slots=True)
class Operator:
    name: str
    desks: tuple[Desk, ...]
    disturbance_desk: Desk
    support_desk: Desk
    name_en: str = ""

    def in_english(self) -> "Operator":
        return Operator(
            name=self.name_en or self.name,
            desks=tuple(desk.in_english() for desk in self.desks),
            disturbance_desk=self.disturbance_desk.in_english(),
            support_desk=self.support_desk.in_english(),
        )


@dataclass(frozen=True, slots=True)
class Settings:
    """Times are seconds unless named otherwise, sizes bytes. `certificate_source` is `nginx` or `tls`: the other one is deaf.

    `country_data`: files that tell an address's country; without any nobody's country is known (R2-8). `password_days` 0: passwords
    don't expire. `limits_url`: where attempts are counted. `is_second_reader_needed`: a draft goes public only after another member of staff
    has approved it. `are_feeds_open`: calendar feeds answer without a certificate. Attachments lie in `files_dir` or in `s3_bucket`.
    """

    base_url: str
    database_url: str
    secrets: Secrets = field(repr=False)
    operator: Operator
    client_ca_file: Path
    certificate_source: str
    files_dir: Path | None = None
    s3_endpoint: str = ""
    s3_bucket: str = ""
    s3_region: str = "us-east-1"
    is_s3_path_style: bool = True
    s3_ca_file: Path | None = None
    is_front_socket: bool = False
    are_files_sent_by_front: bool = False
    jobs_url: str = ""
    smtp_host: str = "127.0.0.1"
    smtp_port: int = 25
    smtp_security: str = "starttls"
    smtp_user: str = ""
    smtp_ca_file: Path | None = None
    mail_from: str = ""
    mail_connections: int = 4
    mail_in_hand: int = 50
    dkim_domain: str = ""
    dkim_selector: str = ""
    session_idle: int = 3600
    session_life: int = 12 * 3600
    sessions_at_once: int = 5
    wrong_password_limit: int = 5
    wrong_answer_limit: int = 5
    password_days: int = 185
    is_question_asked: bool = True
    credentials_days: int = 7
    reset_seconds: int = 600
    unlock_roles: frozenset[str] = frozenset({"reception", "administrator"})
    are_stale_lists_closed: bool = True
    country_data: tuple[Path, ...] = ()
    are_local_addresses_allowed: bool = False
    limits_url: str = "memory://"
    tries_by_certificate: int = 30
    tries_by_id: int = 10
    argon2_memory: int = 19456
    argon2_time: int = 2
    attachment_limit: int = 50 * 1024 * 1024
    clamd_socket: Path | None = None
    is_second_reader_needed: bool = False
    are_feeds_open: bool = False
    clock_file: Path | None = None
    mail_dir: Path | None = None
    is_demo: bool = False

    @property
    def host(self) -> str:
        return self.base_url.split("://", 1)[1].rstrip("/")


def read_operator(path: Path) -> Operator:
    """ValueError or KeyError where the file lacks something."""
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    desks = tuple(Desk(**desk) for desk in content["desks"])
    named = {desk.name: desk for desk in desks}
    return Operator(
        name=content["name"],
        desks=desks,
        disturbance_desk=named[content["disturbance_desk"]],
        support_desk=named[content["support_desk"]],
        name_en=content.get("name_en", ""),
    )


def _yes_or_no(text: str) -> bool:
    if text not in {"0", "1"}:
        raise ValueError("0 or 1")
    return text == "1"


def _at_least_one(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError("1 or more")
    return number


def _none_or_more(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ValueError("0 or more")
    return number


def _roles(text: str) -> frozenset[str]:
    roles = frozenset(part.strip() for part in text.split(","))
    if not roles <= STAFF_ROLES:
        raise ValueError("some of " + ", ".join(sorted(STAFF_ROLES)))
    return roles


def _files(text: str) -> tuple[Path, ...]:
    paths = tuple(Path(part.strip()) for part in text.split(","))
    if missing := [str(path) for path in paths if not path.is_file()]:
        raise ValueError(f"no such file: {', '.join(missing)}")
    return paths


def _file(text: str) -> Path:
    return _files(text)[0]


def _counter(text: str) -> str:
    if not text.startswith(("memory://", "redis://", "rediss://", "redis+unix://")):
        raise ValueError("memory://, redis://…, rediss://… or redis+unix://…")
    return text


def _queue(text: str) -> str:
    if not text.startswith(("sqlite:/", "redis://", "rediss://", "unix://")):
        raise ValueError("sqlite:/FILE, redis://…, rediss://… or unix://…")
    return text


def _one_of(*values: str) -> Callable[[str], str]:
    def choose(text: str) -> str:
        if text not in values:
            raise ValueError("one of " + ", ".join(values))
        return text

    return choose


def _https_address(text: str) -> str:
    if not text.startswith("https://") or text.rstrip("/").count("/") != 2:
        raise ValueError("https://HOST or https://HOST:PORT")
    return text.rstrip("/")


def _endpoint(text: str) -> str:
    if not text.startswith(("https://", "http://")) or text.rstrip("/").count("/") != 2:
        raise ValueError("https://HOST, https://HOST:PORT or, on a network of its own, http://…")
    return text.rstrip("/")


def _database(text: str) -> str:
    if not text.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise ValueError("sqlite:///FILE or postgresql+psycopg://…")
    return text


READERS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "base_url": ("BASE_URL", _https_address),
    "database_url": ("DATABASE_URL", _database),
    "secrets": ("SECRETS_FILE", lambda text: read_secrets(Path(text))),
    "operator": ("OPERATOR_FILE", lambda text: read_operator(Path(text))),
    "client_ca_file": ("CLIENT_CA_FILE", Path),
    "files_dir": ("FILES_DIR", Path),
    "s3_endpoint": ("S3_ENDPOINT", _endpoint),
    "s3_bucket": ("S3_BUCKET", str),
    "s3_region": ("S3_REGION", str),
    "is_s3_path_style": ("S3_PATH_STYLE", _yes_or_no),
    "s3_ca_file": ("S3_CA_FILE", _file),
    "certificate_source": ("CERTIFICATE_SOURCE", _one_of("nginx", "tls")),
    "is_front_socket": ("FRONT_SOCKET", _yes_or_no),
    "are_files_sent_by_front": ("FILES_SENT_BY_FRONT", _yes_or_no),
    "jobs_url": ("JOBS_URL", _queue),
    "smtp_host": ("SMTP_HOST", str),
    "smtp_port": ("SMTP_PORT", int),
    "smtp_security": ("SMTP_SECURITY", _one_of("starttls", "tls", "none")),
    "smtp_user": ("SMTP_USER", str),
    "smtp_ca_file": ("SMTP_CA_FILE", Path),
    "mail_from": ("MAIL_FROM", str),
    "mail_connections": ("MAIL_CONNECTIONS", _at_least_one),
    "mail_in_hand": ("MAIL_IN_HAND", _at_least_one),
    "dkim_domain": ("DKIM_DOMAIN", str),
    "dkim_selector": ("DKIM_SELECTOR", str),
    "session_idle": ("SESSION_IDLE", int),
    "session_life": ("SESSION_LIFE", int),
    "sessions_at_once": ("SESSIONS_AT_ONCE", _at_least_one),
    "wrong_password_limit": ("WRONG_PASSWORD_LIMIT", _at_least_one),
    "wrong_answer_limit": ("WRONG_ANSWER_LIMIT", _at_least_one),
    "password_days": ("PASSWORD_DAYS", _none_or_more),
    "is_question_asked": ("SECRET_QUESTION", _yes_or_no),
    "credentials_days": ("CREDENTIALS_DAYS", _at_least_one),
    "reset_seconds": ("RESET_SECONDS", _at_least_one),
    "unlock_roles": ("UNLOCK_ROLES", _roles),
    "are_stale_lists_closed": ("STALE_LISTS_CLOSED", _yes_or_no),
    "country_data": ("COUNTRY_DATA", _files),
    "are_local_addresses_allowed": ("LOCAL_ADDRESSES", _yes_or_no),
    "limits_url": ("LIMITS_URL", _counter),
    "tries_by_certificate": ("TRIES_BY_CERTIFICATE", _at_least_one),
    "tries_by_id": ("TRIES_BY_ID", _at_least_one),
    "argon2_memory": ("ARGON2_MEMORY", int),
    "argon2_time": ("ARGON2_TIME", int),
    "attachment_limit": ("ATTACHMENT_LIMIT", int),
    "clamd_socket": ("CLAMD_SOCKET", Path),
    "is_second_reader_needed": ("SECOND_READER", _yes_or_no),
    "are_feeds_open": ("OPEN_FEEDS", _yes_or_no),
    "clock_file": ("CLOCK_FILE", Path),
    "mail_dir": ("MAIL_DIR", Path),
    "is_demo": ("DEMO", _yes_or_no),
}
REQUIRED = ("base_url", "database_url", "secrets", "operator", "client_ca_file", "certificate_source")
DEMO_ONLY = ("clock_file", "mail_dir")


def read_settings(environ: Mapping[str, str]) -> Settings:
    """`SettingsFault` names every fault at once."""
    values: dict[str, Any] = {}
    faults: list[str] = []
    known = {PREFIX + variable for variable, _ in READERS.values()}
    faults += [f"{name} is no setting" for name in sorted(environ) if name.startswith(PREFIX) and name not in known]
    for name, (variable, read) in READERS.items():
        text = environ.get(PREFIX + variable, "").strip()
        if not text:
            if name in REQUIRED:
                faults.append(f"{PREFIX}{variable} is missing")
            continue
        try:
            values[name] = read(text)
        except (ValueError, OSError, KeyError, TypeError) as fault:
            faults.append(f"{PREFIX}{variable}: {fault}")
    faults += [*_contradictions(values), *_store_faults(values, environ)]
    if faults:
        raise SettingsFault(faults)
    return Settings(**values)


def _contradictions(values: Mapping[str, Any]) -> list[str]:
    faults = []
    if not values.get("is_demo"):
        faults += [f"{PREFIX}{READERS[name][0]} is for the demo only" for name in DEMO_ONLY if name in values]
    secrets = values.get("secrets")
    is_front_named = values.get("is_front_socket") or (secrets is not None and secrets.front_secret)
    if values.get("certificate_source") == "nginx" and not is_front_named:
        faults.append(f"{PREFIX}CERTIFICATE_SOURCE=nginx needs {PREFIX}FRONT_SOCKET=1 or a front_secret")
    if values.get("smtp_user") and values.get("smtp_security") == "none":
        faults.append(
            f"{PREFIX}SMTP_USER would send its password in plain text: {PREFIX}SMTP_SECURITY must not be none"
        )
    return faults


def _store_faults(values: Mapping[str, Any], environ: Mapping[str, str]) -> list[str]:
    """Exactly one place for attachments, with all that it needs. What was named and can't be read is a fault already."""
    folder, bucket = (bool(environ.get(f"{PREFIX}{name}", "").strip()) for name in ("FILES_DIR", "S3_BUCKET"))
    if folder == bucket:
        return [f"one of {PREFIX}FILES_DIR and {PREFIX}S3_BUCKET says where attachments lie"]
    if folder:
        return []
    secrets = values.get("secrets")
    faults = [] if environ.get(f"{PREFIX}S3_ENDPOINT", "").strip() else [f"{PREFIX}S3_ENDPOINT is missing"]
    if secrets is not None and not (secrets.s3_access_key and secrets.s3_secret_key):
        faults.append(f"{PREFIX}S3_BUCKET needs s3_access_key and s3_secret_key in the file of secrets")
    if values.get("are_files_sent_by_front"):
        faults.append(
            f"{PREFIX}FILES_SENT_BY_FRONT is for files in a folder: what lies in a bucket the application sends"
        )
    return faults
