"""The production nginx configuration, filled in and run in a folder of its own: for the demo and for tests."""

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from base.jst import JST

NGINX_DIR = Path(__file__).resolve().parent.parent / "nginx"
MIME_TYPES = Path("/etc/nginx/mime.types")
PID_FILE = "nginx.pid"
SECRET_FILE = "snippets/portal-front-secret.conf"
PLACEHOLDER = re.compile(r"@([A-Z_]+)@")
# Anything else could end a directive and begin another one.
HARMLESS = re.compile(r"[A-Za-z0-9._:/\[\]+~-]+")
# nginx empties its environment; faketime looks there again and again.
KEPT_VARIABLES = "env FAKETIME; env FAKETIME_SHARED; "
START_SECONDS = 10
END_SECONDS = 10
POLL_SECONDS = 0.02


class FrontFaultError(Exception):
    """The edge can't be configured or started; the message is for whoever runs it."""


@dataclass(frozen=True, slots=True)
class FrontSettings:
    """What differs from one installation of the edge to another; times and sizes in nginx's own units."""

    server_name: str
    listen: str
    app_socket: Path
    server_certificate: Path
    server_key: Path
    client_ca: Path
    static_dir: Path
    files_dir: Path
    log_dir: Path
    pages_dir: Path = NGINX_DIR / "pages"
    header_timeout: str = "10s"
    requests_per_second: int = 30
    requests_burst: int = 200
    connections: int = 64

    def placeholders(self) -> dict[str, str]:
        return {name.upper(): str(getattr(self, name)) for name in self.__slots__}


def render_config(values: FrontSettings) -> str:
    """The http-level configuration of nginx/portal.conf.template."""
    return fill((NGINX_DIR / "portal.conf.template").read_text(encoding="utf-8"), values.placeholders())


def fill(template: str, values: Mapping[str, str]) -> str:
    """Refuses (FrontFaultError) a placeholder without a value and a value that nginx would read as more than a word."""
    named = set(PLACEHOLDER.findall(template))
    missing = sorted(named - values.keys())
    if missing:
        raise FrontFaultError(f"no value for {', '.join(missing)}")
    harmful = sorted(name for name in named if not HARMLESS.fullmatch(values[name]))
    if harmful:
        raise FrontFaultError(f"not usable in an nginx configuration: {', '.join(harmful)}")
    return PLACEHOLDER.sub(lambda found: values[found[1]], template)


def write_config(prefix: Path, values: FrontSettings, front_secret: str) -> None:
    """Everything nginx reads, below one folder; the secret is readable by its owner only."""
    shutil.copytree(NGINX_DIR / "snippets", prefix / "snippets", dirs_exist_ok=True)
    for folder in (prefix / "temp", prefix / "portal-http.d", prefix / "portal-server.d", values.log_dir):
        folder.mkdir(parents=True, exist_ok=True)
    main = fill(
        (NGINX_DIR / "nginx.conf.template").read_text(encoding="utf-8"),
        {"LOG_DIR": str(values.log_dir), "MIME_TYPES": str(MIME_TYPES)},
    )
    (prefix / "nginx.conf").write_text(main, encoding="utf-8")
    (prefix / "portal.conf").write_text(render_config(values), encoding="utf-8")
    secret = fill('proxy_set_header X-Front-Secret "@FRONT_SECRET@";\n', {"FRONT_SECRET": front_secret})
    secret_file = prefix / SECRET_FILE
    secret_file.touch(mode=0o600)
    secret_file.write_text(secret, encoding="utf-8")


def nginx_program() -> str:
    """Debian keeps nginx where an ordinary user's PATH doesn't look."""
    found = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if found is None:
        raise FrontFaultError("nginx is not installed")
    return found


def nginx_command(prefix: Path, *options: str) -> list[str]:
    # As root the workers would become "nobody" and see neither the socket nor the folder.
    whose = "user root; " if os.geteuid() == 0 else ""
    return [
        nginx_program(),
        *("-p", f"{prefix}/", "-c", str(prefix / "nginx.conf"), "-e", str(prefix / "start.error.log")),
        *("-g", f"{whose}{KEPT_VARIABLES}daemon off;"),
        *options,
    ]


def check_config(prefix: Path) -> str:
    """What `nginx -t` says; FrontFaultError with its words if it refuses."""
    checked = subprocess.run(nginx_command(prefix, "-t"), capture_output=True, text=True, check=False)
    if checked.returncode != 0:
        raise FrontFaultError(checked.stderr)
    return checked.stderr


def under_clock(command: list[str], clock: str | None) -> list[str]:
    """The command, seeing another time (JST, as faketime spells it: frozen, or running if it begins with "@")."""
    return command if clock is None else ["faketime", "-f", clock, *command]


@dataclass(slots=True)
class Front:
    """A running nginx; leaving the `with` block ends it."""

    prefix: Path
    settings: FrontSettings
    running: subprocess.Popen[bytes]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    @property
    def address(self) -> tuple[str, int]:
        return address_of(self.settings.listen)

    @property
    def base_url(self) -> str:
        return f"https://{self.settings.server_name}:{self.address[1]}"

    def end(self) -> None:
        """Ends the whole group: under a set clock nginx is a child of the program that sets it."""
        if self.running.poll() is None:
            os.killpg(self.running.pid, signal.SIGTERM)
            try:
                self.running.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(self.running.pid, signal.SIGKILL)
                self.running.wait()


def address_of(listen: str) -> tuple[str, int]:
    host, _, port = listen.rpartition(":")
    return host or "127.0.0.1", int(port)


def start_nginx(prefix: Path, settings: FrontSettings, front_secret: str, *, clock: str | None = None) -> Front:
    """Writes the configuration, has nginx check it, and returns once it answers on its port."""
    write_config(prefix, settings, front_secret)
    check_config(prefix)
    (prefix / PID_FILE).unlink(missing_ok=True)
    # Its own process group: the caller, not the terminal, decides when it ends.
    running = subprocess.Popen(
        under_clock(nginx_command(prefix), clock), env=os.environ | {"TZ": JST.key}, start_new_session=True
    )
    front = Front(prefix, settings, running)
    try:
        await_answer(front)
    except FrontFaultError:
        front.end()
        raise
    return front


def await_answer(front: Front) -> None:
    """FrontFaultError with nginx's own words if it ends, or doesn't listen in time."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and front.running.poll() is None:
        # Written once the port is nginx's own: somebody else may have answered there before.
        if (front.prefix / PID_FILE).exists():
            socket.create_connection(front.address, timeout=START_SECONDS).close()
            return
        time.sleep(POLL_SECONDS)
    raise FrontFaultError(f"nginx does not listen on {front.settings.listen}: {logged_faults(front)}")


def logged_faults(front: Front) -> str:
    logs = (front.prefix / "start.error.log", front.settings.log_dir / "nginx.error.log")
    return "".join(log.read_text(encoding="utf-8") for log in logs if log.exists())
