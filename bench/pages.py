"""List and article at 10 000 articles: in-process CPU against a bare Flask page of the same size, for four kinds of viewers.

usage: python -m bench.pages [ARTICLES]
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask

from base.secret_file import Secrets
from base.settings import Desk, Operator, Settings
from bench.stage import Seat, bare_page, set_stage
from demo.authority import Authority, make_authority
from tests.certificates import forwarded

SECRET = "between front and application"
ROUNDS = 12
REQUESTS = 150
DESK = Desk("託送受付センター", "業務", "9:00〜17:00", phone="0570-000-111")


@dataclass(frozen=True, slots=True)
class Side:
    """One thing that is measured against another: a request, ready to be sent again and again."""

    name: str
    ask: Callable[[], None]


def settings_of(folder: Path, authority: Authority) -> Settings:
    (folder / "ca.crt").write_bytes(authority.ca.pem)
    return Settings(
        base_url="https://localhost",
        database_url=f"sqlite:///{folder}/portal.db",
        secrets=Secrets(("k" * 43,), front_secret=SECRET),
        operator=Operator("計測ガスネットワーク", "計測", (DESK,), DESK, DESK),
        client_ca_file=folder / "ca.crt",
        files_dir=folder / "files",
        certificate_source="nginx",
    )


def environ_of(path: str, seat: Seat | None) -> dict[str, Any]:
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "443",
        "HTTP_HOST": "localhost",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "https",
        "wsgi.input": None,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    if seat:
        environ |= {
            "HTTP_COOKIE": seat.cookie,
            "HTTP_X_FRONT_SECRET": SECRET,
            "HTTP_X_CLIENT_ADDRESS": "192.0.2.7",
            "HTTP_X_CLIENT_VERIFY": "SUCCESS",
            "HTTP_X_CLIENT_CERT": forwarded(seat.client.der),
        }
    return environ


def call(app: Flask, environ: dict[str, Any]) -> tuple[str, bytes]:
    answer: dict[str, str] = {}

    def start(status: str, _headers: Iterable[tuple[str, str]], _fault: Any = None) -> Any:
        answer["status"] = status

    parts = app.wsgi_app(dict(environ), start)
    body = b"".join(parts)
    close = getattr(parts, "close", None)
    if close:
        close()
    return answer["status"], body


def side(name: str, app: Flask, path: str, seat: Seat | None) -> tuple[Side, int]:
    """Checked before it is measured: 200, and how many bytes."""
    environ = environ_of(path, seat)
    status, body = call(app, environ)
    if not status.startswith("200"):
        raise SystemExit(f"{name}: {path} answered {status}")
    return Side(name, lambda: (call(app, environ), None)[1]), len(body)


def measure(sides: list[Side]) -> dict[str, list[float]]:
    """Milliseconds of CPU per request, one figure a round; interleaved, each round begins with another side."""
    spent: dict[str, list[float]] = {one.name: [] for one in sides}
    for number in range(ROUNDS):
        turn = number % len(sides)
        for one in sides[turn:] + sides[:turn]:
            began = time.process_time()
            for _ in range(REQUESTS):
                one.ask()
            spent[one.name].append((time.process_time() - began) / REQUESTS * 1000)
    return spent


def refused(app: Flask, seats: list[Seat]) -> None:
    """Nobody is measured who sees what isn't meant for him."""
    hidden = next(seat.article for seat in seats if seat.name == "one page")
    outsider = next(seat for seat in seats if seat.name == "ordinary")
    status, _ = call(app, environ_of(f"/articles/{hidden}", outsider))
    if not status.startswith("404"):
        raise SystemExit(f"the outsider got {status} for another system's article")


def report(title: str, ours: list[float], bare: list[float], size: int) -> None:
    ratio = statistics.median(bare) / statistics.median(ours)
    spread = f"{min(ours):.3f}–{max(ours):.3f}"
    print(
        f"{title:28} {size:7d} B  {statistics.median(ours):.3f} ms ({spread})  bare {statistics.median(bare):.3f} ms  {ratio:.2f} x"
    )


def compare(app: Flask, title: str, path: str, seat: Seat) -> None:
    ours, size = side(title, app, path, seat)
    bare, _ = side("bare", bare_page(size), "/", None)
    spent = measure([ours, bare])
    report(title, spent[title], spent["bare"], size)


def main(count: int) -> None:
    now = datetime.now(UTC)
    with tempfile.TemporaryDirectory() as place:
        authority = make_authority(not_before=now - timedelta(days=2))
        app, seats = set_stage(settings_of(Path(place), authority), authority, count)
        refused(app, seats)
        print(f"in process, {count} articles, {ROUNDS} rounds of {REQUESTS} requests, CPU a request, median (range)")
        for seat in seats:
            pages = [("list", "/pages/common/notices" if seat.name == "none" else f"/pages/{page_of(seat)}/notices")]
            pages += [("home", "/")] if seat.name != "all" else []
            pages += [("article", f"/articles/{seat.article}")] if seat.article else []
            for what, path in pages:
                compare(app, f"{what}, {seat.name}", path, seat)


def page_of(seat: Seat) -> str:
    return "loacus" if seat.name == "one page" else "taxis"


if __name__ == "__main__":
    os.environ.setdefault("PYTHONWARNINGS", "ignore")
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
