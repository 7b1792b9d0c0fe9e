"""Through a real nginx with client certificates: the application against bare Flask, each on granian behind the same configuration.

Server CPU per request is what counts; requests a second and p99 depend on what else the machine does.

usage: python -m bench.front [ARTICLES]
"""

import re
import ssl
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from socket import AF_UNIX

from base.secret_file import read_secrets
from bench.bare import SIZES
from bench.calls import check_refusals
from bench.installation import CHECKOUT, Installation, install, unread_logs
from bench.programs import BIN, Program, found, free_port, is_listening, program
from bench.rounds import Figures, interleaved, per
from bench.stage import Seat, set_stage
from demo.front import FrontSettings, start_nginx

ARTICLES = 10_000
ROUNDS = 5
REQUESTS = 1500
AT_ONCE = 4
ANSWERS = {
    "requests": re.compile(r"Complete requests:\s+(\d+)"),
    "a second": re.compile(r"Requests per second:\s+([\d.]+)"),
    "p99": re.compile(r"^\s+99%\s+(\d+)", re.MULTILINE),
}
FAULTS = re.compile(r"(?:Non-2xx responses|Failed requests):\s+([1-9]\d*)")


@dataclass(slots=True)
class Side:
    """One server behind its nginx, and what the load generator said of it."""

    server: Program
    base_url: str
    speeds: list[float] = field(default_factory=list)
    slowest: list[float] = field(default_factory=list)

    def forget(self) -> None:
        """What was said while both warmed up."""
        self.speeds.clear()
        self.slowest.clear()


@dataclass(frozen=True, slots=True)
class Serving:
    """What granian is to serve, and whose granian."""

    programs: Path
    target: tuple[str, ...]


OURS = Serving(BIN, ("--factory", "app:create_app"))
BARE = Serving(BIN, ("--factory", "bench.bare:create_app"))


@dataclass(frozen=True, slots=True)
class Visitor:
    """`client`: certificate and key in one file, as the load generator wants them."""

    client: Path
    cookie: str
    context: ssl.SSLContext

    def body(self, url: str) -> bytes:
        asked = urllib.request.Request(url, headers={"Cookie": self.cookie})
        with urllib.request.urlopen(asked, context=self.context) as answer:
            found: bytes = answer.read()
            return found

    def size(self, url: str) -> int:
        return len(self.body(url))


def visitor(installation: Installation, seat: Seat) -> Visitor:
    client = installation.root / "client.pem"
    client.write_bytes(seat.client.pem + seat.client.key_pem)
    context = ssl.create_default_context(cafile=installation.root / "ca.crt")
    context.load_cert_chain(client)
    return Visitor(client, seat.cookie, context)


@contextmanager
def standing(
    installation: Installation, name: str, serving: Serving, port: int, environment: Mapping[str, str]
) -> Iterator[Side]:
    root = installation.root / name
    root.mkdir()
    (root / "logs").mkdir()
    granian = [str(serving.programs / "granian"), "--interface", "wsgi", *serving.target, "--workers", "1"]
    on_socket = ["--uds", str(root / "app.sock"), "--uds-permissions", "0o660", "--blocking-threads", "8"]
    front = FrontSettings(
        server_name="localhost",
        listen=f"127.0.0.1:{port}",
        app_socket=root / "app.sock",
        server_certificate=installation.root / "server.crt",
        server_key=installation.root / "server.key",
        client_ca=installation.root / "ca.crt",
        static_dir=CHECKOUT / "site" / "static",
        files_dir=root,
        log_dir=root / "logs",
        requests_per_second=1_000_000,
        requests_burst=1_000_000,
        connections=1000,
    )
    secret = read_secrets(installation.secrets_file).front_secret or ""
    with program([*granian, *on_socket], root / "server.log", environment) as server:
        server.await_(partial(is_listening, AF_UNIX, str(root / "app.sock")))
        with start_nginx(root / "nginx", front, secret) as nginx:
            yield Side(server, nginx.base_url)


def load(url: str, by: Visitor, requests: int = REQUESTS) -> Mapping[str, float]:
    """`SystemExit` where not every request was answered as it should be."""
    ab = [found("ab", "apache2-utils"), "-k", "-l", "-q", "-n", str(requests), "-c", str(AT_ONCE)]
    command = [*ab, "-E", str(by.client), "-C", by.cookie, url]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    figures = {name: float(match[1]) for name, pattern in ANSWERS.items() if (match := pattern.search(said))}
    if FAULTS.search(said) or figures.keys() != ANSWERS.keys() or figures["requests"] != requests:
        raise SystemExit(f"{url} under load:\n{said}")
    return figures


def spent(side: Side, path: str, by: Visitor, requests: int = REQUESTS) -> float:
    """Milliseconds of the server's CPU a request."""
    before = side.server.cpu_seconds
    figures = load(side.base_url + path, by, requests)
    side.speeds.append(figures["a second"])
    side.slowest.append(figures["p99"])
    return (side.server.cpu_seconds - before) / requests * 1000


def compare(name: str, ours: Side, bare: Side, paths: tuple[str, str], by: Visitor) -> None:
    sides = {"ours": (ours, paths[0]), "bare": (bare, paths[1])}
    for side, path in sides.values():
        load(side.base_url + path, by)
        side.forget()
    cpu = interleaved({key: partial(spent, side, path, by) for key, (side, path) in sides.items()}, ROUNDS)
    print(
        f"{name:8} CPU {cpu['ours']:.3f} ms  bare {cpu['bare']:.3f} ms  {per(cpu['bare'], cpu['ours']):.3f} x"
        f"   for information: {speed_of(ours)}, bare {speed_of(bare)}"
    )


def speed_of(side: Side) -> str:
    return f"{Figures(tuple(side.speeds)):.0f}/s p99 {Figures(tuple(side.slowest)):.0f} ms"


def main(articles: int = ARTICLES) -> None:
    found("ab", "apache2-utils")
    print(f"\nthrough nginx with client certificates, {articles} articles, granian with one worker:")
    print(
        f"{ROUNDS} rounds of {REQUESTS} requests, {AT_ONCE} at once, kept alive; server CPU a request, median (range)"
    )
    with tempfile.TemporaryDirectory(prefix="bench-") as place, unread_logs(), ExitStack() as stack:
        port = free_port()
        installation = install(Path(place), port=port)
        stage = set_stage(installation, articles)
        check_refusals(stage.app, stage.seats)
        seat = stage.seat("ordinary")
        by = visitor(installation, seat)
        ours = stack.enter_context(standing(installation, "ours", OURS, port, installation.environment))
        paths = {"list": seat.list_path, "article": seat.article_path or ""}
        sizes = {name: by.size(ours.base_url + path) for name, path in paths.items()}
        environment = {SIZES: ",".join(str(size) for size in sizes.values())}
        bare = stack.enter_context(standing(installation, "bare", BARE, free_port(), environment))
        for name, path in paths.items():
            if by.size(f"{bare.base_url}/{sizes[name]}") != sizes[name]:
                raise SystemExit("the bare page has another size")
            compare(name, ours, bare, (path, f"/{sizes[name]}"), by)
        print(
            f"memory after the load: {ours.server.largest_megabytes:.0f} MB RSS, bare {bare.server.largest_megabytes:.0f} MB"
        )


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
