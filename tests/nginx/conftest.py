"""A real nginx with real certificates, and an observer behind it."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from demo.front import Front, FrontSettings, start_nginx
from tests.nginx.certificates import Certificates, Identity, make_certificates
from tests.nginx.upstream import Observer, observing
from tests.nginx.wire import PATIENCE, Browser

SERVER_NAME = "portal.example"
FRONT_SECRET = "a-secret-between-nginx-and-the-application"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker("edge")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"), SERVER_NAME, "other.example")


@dataclass(frozen=True, slots=True)
class Edge:
    """nginx, what stands behind it, and the people in front of it."""

    front: Front
    observer: Observer | None
    certificates: Certificates

    @property
    def higashi(self) -> Browser:
        return self.browser(self.certificates.higashi)

    @property
    def nobody(self) -> Browser:
        """Someone without a certificate."""
        return self.browser(None)

    @property
    def logs(self) -> str:
        """All that nginx wrote."""
        files = [*self.front.settings.log_dir.iterdir(), self.front.prefix / "start.error.log"]
        return "".join(file.read_text(encoding="utf-8") for file in files)

    def logged(self, words: str) -> dict[str, str]:
        """The line of the access log that holds the words; it may be written after the answer has arrived."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            for line in self.logs.splitlines():
                if words in line:
                    found: dict[str, str] = json.loads(line)
                    return found
            time.sleep(0.02)
        raise AssertionError(f"not logged: {words}")

    def browser(self, identity: Identity | None) -> Browser:
        return Browser(self.front, self.certificates.authority, identity)


@pytest.fixture(scope="session")
def settings(certificates: Certificates) -> Callable[[Path], FrontSettings]:
    """Settings of an edge whose files all stand below a folder."""

    def make(folder: Path) -> FrontSettings:
        for name in ("static", "files"):
            (folder / name).mkdir()
        return FrontSettings(
            server_name=SERVER_NAME,
            listen=f"127.0.0.1:{free_port()}",
            app_socket=folder / "app.sock",
            server_certificate=certificates.server.certificate,
            server_key=certificates.server.key,
            client_ca=certificates.authority,
            static_dir=folder / "static",
            files_dir=folder / "files",
            log_dir=folder / "logs",
            requests_per_second=1000,
            requests_burst=1000,
        )

    return make


StartEdge = Callable[..., Edge]


def starter(
    folder: Path, certificates: Certificates, settings: Callable[[Path], FrontSettings], ends: ExitStack
) -> StartEdge:
    def start(*, is_app_up: bool = True, clock: str | None = None, **changes: object) -> Edge:
        place = folder / f"edge{len(list(folder.iterdir()))}"
        place.mkdir()
        chosen = replace(settings(place), **changes)  # type: ignore[arg-type] # names and types are the caller's
        observer = ends.enter_context(observing(chosen.app_socket)) if is_app_up else None
        front = ends.enter_context(start_nginx(place / "nginx", chosen, FRONT_SECRET, clock=clock))
        return Edge(front, observer, certificates)

    return start


@pytest.fixture
def start_edge(
    tmp_path: Path, certificates: Certificates, settings: Callable[[Path], FrontSettings]
) -> Iterator[StartEdge]:
    """Starts an edge of one's own, with other settings, at another time, or with the application down."""
    with ExitStack() as ends:
        yield starter(tmp_path, certificates, settings, ends)


@pytest.fixture(scope="session")
def edge(
    tmp_path_factory: pytest.TempPathFactory, certificates: Certificates, settings: Callable[[Path], FrontSettings]
) -> Iterator[Edge]:
    """The edge most tests share; nothing they ask of it changes it."""
    with ExitStack() as ends:
        yield starter(tmp_path_factory.mktemp("edges"), certificates, settings, ends)()


@pytest.fixture(scope="session")
def edge_alone(
    tmp_path_factory: pytest.TempPathFactory, certificates: Certificates, settings: Callable[[Path], FrontSettings]
) -> Iterator[Edge]:
    """The edge while the application is down."""
    with ExitStack() as ends:
        yield starter(tmp_path_factory.mktemp("edges"), certificates, settings, ends)(is_app_up=False)
