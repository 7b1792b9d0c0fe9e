"""The application is behind nginx only: granian on a unix socket, as in production."""

import json
import os
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.nginx.conftest import SERVER_NAME, Edge, StartEdge

CONNECT = "import socket, sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])"


@dataclass(frozen=True, slots=True)
class Served:
    edge: Edge
    granian: subprocess.Popen[bytes]

    @property
    def socket_file(self) -> Path:
        return self.edge.front.settings.app_socket


def await_socket(path: Path, running: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and running.poll() is None:
        with socket.socket(socket.AF_UNIX) as probe:
            if path.exists() and probe.connect_ex(str(path)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("granian does not listen")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Pytest's own folders are closed to other users."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def served(start_edge: StartEdge, open_folder: Path) -> Iterator[Served]:
    path = open_folder / "app.sock"
    edge = start_edge(is_app_up=False, app_socket=path)
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--uds", str(path), "--uds-permissions", "0o660"]
    with subprocess.Popen([*command, "tests.nginx.environment:application"]) as granian:
        try:
            await_socket(path, granian)
            yield Served(edge, granian)
        finally:
            granian.terminate()


def processes_of(parent: int) -> list[int]:
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii").split()
    return [parent, *(grandchild for child in children for grandchild in processes_of(int(child)))]


def listening_tcp_sockets(process: int) -> set[str]:
    """Numbers of the sockets of that process that listen on TCP."""
    lines = [
        line.split()
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/{process}/net/{table}").read_text(encoding="ascii").splitlines()[1:]
    ]
    listening = {f"socket:[{line[9]}]" for line in lines if line[3] == "0A"}
    own = {str(descriptor.readlink()) for descriptor in Path(f"/proc/{process}/fd").iterdir()}
    return listening & own


def test_the_application_listens_on_no_port(served: Served) -> None:
    """A7: of the two, only nginx does."""
    assert [
        listening_tcp_sockets(process) for process in processes_of(served.granian.pid) if listening_tcp_sockets(process)
    ] == []
    assert len(listening_tcp_sockets(served.edge.front.running.pid)) == 1


def test_the_socket_is_for_its_owner_and_group(served: Served) -> None:
    """A7."""
    assert stat.filemode(served.socket_file.stat().st_mode) == "srw-rw----"


def as_another_user() -> list[str]:
    return (
        ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
        if os.geteuid() == 0
        else ["sudo", "-nu", "nobody"]
    )


def test_another_user_of_the_machine_cannot_speak_to_the_application(served: Served) -> None:
    """A7: the way to the socket is open to him, the socket isn't."""
    refused = subprocess.run(
        [*as_another_user(), str(Path(sys.executable).resolve()), "-c", CONNECT, str(served.socket_file)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "PermissionError: [Errno 13]" in refused.stderr
    served.socket_file.chmod(0o666)
    assert subprocess.run(refused.args, check=False).returncode == 0


def test_granian_sees_what_nginx_says_and_nothing_else(served: Served) -> None:
    """A2, A3, A7: granian would let X_Client_Cert override X-Client-Cert."""
    forged = [f"{name}: forged" for name in ("X-Client-Cert", "X_Client_Cert", "X_Front_Secret", "X-Client_Address")]
    answer = served.edge.higashi.ask("/somewhere", forged)
    assert answer.status == 200
    seen = json.loads(answer.body)
    assert "forged" not in answer.text
    assert seen["HTTP_X_CLIENT_CERT"].startswith("-----BEGIN%20CERTIFICATE-----")
    assert seen["HTTP_X_CLIENT_ADDRESS"] == "127.0.0.1"
    assert seen["HTTP_HOST"] == SERVER_NAME
    assert seen["PATH_INFO"] == "/somewhere"
