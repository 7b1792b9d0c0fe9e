"""The whole site as in production: nginx, granian on a socket, the worker, PostgreSQL, an SMTP server; and its clock."""

import email
import email.policy
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

from flask import Flask

from app import create_app
from base.db import db, transaction
from base.jst import in_jst
from base.secret_file import write_secrets
from base.settings import read_settings
from demo.authority import Authority, make_authority, write_authority, write_client, write_server
from demo.front import Front, FrontSettings, start_nginx
from demo.sink import sink
from tests.cast import Cast, make_cast

ROOT = Path(__file__).resolve().parent.parent.parent
BIN = Path(sys.executable).parent
PATIENCE = 20.0
P12_PASSWORD = "demo"
OPERATOR = """
name = "みなみ都市ガスネットワーク"
disturbance_desk = "託送システム障害受付窓口"
support_desk = "認証サポート窓口"

[[desks]]
name = "託送受付センター"
about = "業務と申請"
hours = "営業日 9:00〜17:00"
phone = "0570-000-111"
mail = "desk@minami-network.example"

[[desks]]
name = "託送システム障害受付窓口"
about = "障害とログイン"
hours = "毎日"
phone = "0570-000-222"

[[desks]]
name = "認証サポート窓口"
about = "ロック解除"
hours = "平日 9:00〜18:00"
phone = "0570-000-333"
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as asking:
        asking.settimeout(PATIENCE)
        try:
            asking.connect(str(path))
            asking.sendall(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return asking.recv(100).startswith(b"HTTP/1.1 200")
        except OSError:
            return False


def await_application(path: Path, program: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if program.poll() is not None:
            raise AssertionError(f"the application ended with {program.returncode}")
        if _answers(path):
            return
        time.sleep(0.05)
    raise AssertionError("the application never became ready")


@dataclass(slots=True)
class Site:
    """What a journey needs: where the site is, who has which certificate, what was mailed, and the clock's hands."""

    folder: Path
    front: Front
    authority: Authority
    cast: Cast
    app: Flask
    programs: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    @property
    def base_url(self) -> str:
        return self.front.base_url

    def client_files(self, name: str) -> tuple[Path, Path]:
        clients = self.folder / "clients"
        return clients / f"{name}.crt", clients / f"{name}.key"

    def move_clock(self, by: timedelta) -> None:
        (self.folder / "clock").write_text(str(by.total_seconds()), encoding="ascii")

    def set_clock(self, to: datetime) -> None:
        """For application and worker; nginx, which asks the time for certificates alone, stays where it began."""
        self.move_clock(to - datetime.now(UTC))

    def mails(self) -> list[EmailMessage]:
        files = sorted((self.folder / "mail").glob("*.eml"))
        return [email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in files]

    def mail_to(self, address: str, subject: str, patience: float = PATIENCE) -> EmailMessage:
        """The newest mail to that address with these words in its subject; waits for it."""
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            found = [mail for mail in self.mails() if mail["To"] == address and subject in mail["Subject"]]
            if found:
                return found[-1]
            time.sleep(0.1)
        raise AssertionError(f"no mail to {address} about {subject}: {[(m['To'], m['Subject']) for m in self.mails()]}")


def link_in(mail: EmailMessage) -> str:
    """The first link of a mail."""
    found = re.search(r"https://\S+", mail.get_content())
    assert found, mail.get_content()
    return found[0]


def environment(folder: Path, database_url: str, port: int, mail_port: int) -> dict[str, str]:
    (folder / "operator.toml").write_text(OPERATOR, encoding="utf-8")
    (folder / "clock").write_text("0", encoding="ascii")
    settings = {
        "BASE_URL": f"https://localhost:{port}",
        "DATABASE_URL": database_url,
        "SECRETS_FILE": str(folder / "secrets.json"),
        "OPERATOR_FILE": str(folder / "operator.toml"),
        "CLIENT_CA_FILE": str(folder / "ca.crt"),
        "FILES_DIR": str(folder / "files"),
        "CERTIFICATE_SOURCE": "nginx",
        "FRONT_SOCKET": "1",
        "FILES_SENT_BY_FRONT": "1",
        "JOBS_URL": f"sqlite:{folder}/jobs.db",
        "SMTP_PORT": str(mail_port),
        "SMTP_SECURITY": "none",
        "MAIL_FROM": "info@minami-network.example",
        "ARGON2_MEMORY": "64",
        "ARGON2_TIME": "1",
        "CLOCK_FILE": str(folder / "clock"),
        "DEMO": "1",
        "LOCAL_ADDRESSES": "1",
        "TRIES_BY_CERTIFICATE": "10000",
        "TRIES_BY_ID": "10000",
    }
    return {f"PORTAL_{name}": value for name, value in settings.items()}


@contextmanager
def program(
    folder: Path, name: str, command: list[str], environ: dict[str, str]
) -> "Iterator[subprocess.Popen[bytes]]":
    with (folder / f"{name}.log").open("wb") as log:
        running = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | environ, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            yield running
        finally:
            if running.poll() is None:
                os.killpg(running.pid, signal.SIGTERM)
            running.wait(PATIENCE)


def _let_go(app: Flask) -> None:
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def _application(folder: Path) -> list[str]:
    options = ["--interface", "wsgi", "--factory", "--workers", "1", "--blocking-threads", "8", "--no-ws"]
    return [
        str(BIN / "granian"),
        *options,
        "--uds",
        str(folder / "app.sock"),
        "--uds-permissions",
        "0o660",
        "app:create_app",
    ]


def _seed(app: Flask, authority: Authority, folder: Path, now: datetime) -> Cast:
    with app.app_context(), transaction() as session:
        cast = make_cast(session, authority, now)
    people = {"higashi": cast.higashi_reader, "nishi": cast.nishi_reader, "minato": cast.minato_manager}
    people["staff"] = cast.reception
    for name, person in people.items():
        write_client(folder, name, person.client, authority, P12_PASSWORD)
    write_client(folder, "unregistered", authority.issue_client("stray", not_before=now), authority, P12_PASSWORD)
    expired = authority.issue_client("old", not_before=now - timedelta(days=700), not_after=now - timedelta(days=1))
    write_client(folder, "expired", expired, authority, P12_PASSWORD)
    foreign = make_authority("Other CA", not_before=now - timedelta(days=1))
    write_client(folder, "foreign", foreign.issue_client("pc", not_before=now), foreign, P12_PASSWORD)
    (folder / "people.json").write_text(json.dumps({name: person.login_id for name, person in people.items()}))
    return cast


@contextmanager
def standing_site(folder: Path, database_url: str, at: datetime | None = None) -> Iterator[Site]:
    """`database_url`: an empty, migrated database that is this site's alone. `at`: the time that it is for everybody, in another year."""
    now = at or datetime.now(UTC)
    authority = make_authority(not_before=now - timedelta(days=800))
    write_authority(folder, authority)
    server = write_server(folder, authority.issue_server(not_before=now - timedelta(days=1)))
    port, mail_port = free_port(), free_port()
    environ = environment(folder, database_url, port, mail_port)
    write_secrets(folder / "secrets.json")
    app = create_app(read_settings(environ))
    (folder / "files").mkdir()
    (folder / "logs").mkdir()
    front = FrontSettings(
        server_name="localhost",
        listen=f"127.0.0.1:{port}",
        app_socket=folder / "app.sock",
        server_certificate=server[0],
        server_key=server[1],
        client_ca=folder / "ca.crt",
        static_dir=ROOT / "site" / "static",
        files_dir=folder / "files",
        log_dir=folder / "logs",
        requests_per_second=1000,
        requests_burst=2000,
        connections=256,
    )
    with ExitStack() as stack:
        stack.callback(_let_go, app)
        cast = _seed(app, authority, folder, now)
        if at is not None:
            (folder / "clock").write_text(str((at - datetime.now(UTC)).total_seconds()), encoding="ascii")
        mailbox = sink(folder / "mail", mail_port)
        mailbox.start()
        stack.callback(mailbox.stop)
        served = stack.enter_context(program(folder, "app", _application(folder), environ))
        await_application(folder / "app.sock", served)
        worker = stack.enter_context(program(folder, "worker", [str(BIN / "flask"), "--app", "app", "worker"], environ))
        clock = f"@{in_jst(at):%Y-%m-%d %H:%M:%S}" if at else None
        secret = app.config["PORTAL"].secrets.front_secret
        nginx = stack.enter_context(start_nginx(folder / "nginx", front, secret, clock=clock))
        yield Site(folder, nginx, authority, cast, app, {"app": served, "worker": worker})
