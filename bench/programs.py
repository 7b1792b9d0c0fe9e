"""Programs that a measurement starts and ends: found, awaited, and what they cost in CPU and memory."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.installation import CHECKOUT

BIN = Path(sys.executable).parent
UNPACKED = CHECKOUT / ".cache" / "postfix"
PLACES = ("/usr/sbin", str(UNPACKED / "usr" / "sbin"))
TICKS = os.sysconf("SC_CLK_TCK")
START_SECONDS = 20.0
END_SECONDS = 10.0
POLL_SECONDS = 0.02
SESSION, USER_TICKS, SYSTEM_TICKS = 3, 11, 12


class Missing(Exception):
    """A program that one measurement needs isn't installed."""


def found(name: str, package: str) -> str:
    """The program's path; `Missing` says which Debian package has it."""
    path = shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), *PLACES]))
    if path is None:
        raise Missing(f"{name} is missing: tools/bench-packages gets it from Debian's {package}")
    return path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True, slots=True)
class Program:
    running: "subprocess.Popen[bytes]"
    log: Path

    def _processes(self) -> Iterator[tuple[Path, list[str]]]:
        """All of its session: a server starts workers."""
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                fields = (folder / "stat").read_text(encoding="utf-8").rpartition(") ")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(fields[SESSION]) == self.running.pid:
                yield folder, fields

    @property
    def cpu_seconds(self) -> float:
        return sum(int(fields[USER_TICKS]) + int(fields[SYSTEM_TICKS]) for _, fields in self._processes()) / TICKS

    @property
    def largest_megabytes(self) -> float:
        """Resident memory of the largest of its processes."""
        page = os.sysconf("SC_PAGE_SIZE")
        sizes = [int((folder / "statm").read_text(encoding="ascii").split()[1]) for folder, _ in self._processes()]
        return max(sizes) * page / 1024 / 1024

    @property
    def peak_megabytes(self) -> float:
        """Resident memory of the largest of its processes, at its highest so far."""
        stati = [(folder / "status").read_text(encoding="utf-8") for folder, _ in self._processes()]
        return max(int(status.partition("VmHWM:")[2].split()[0]) for status in stati) / 1024

    def await_(self, is_ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.running.poll() is None:
            if is_ready():
                return
            time.sleep(POLL_SECONDS)
        raise SystemExit(f"{self.running.args!r} doesn't answer:\n{self.log.read_text(encoding='utf-8')}")


@contextmanager
def program(command: Sequence[str], log: Path, environment: Mapping[str, str]) -> Iterator[Program]:
    """Runs in a session of its own, beginning in the checkout; ends with the block."""
    with log.open("wb") as words:
        running = subprocess.Popen(
            command,
            cwd=CHECKOUT,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=words,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield Program(running, log)
    finally:
        if running.poll() is None:
            os.killpg(running.pid, signal.SIGTERM)
        running.wait(END_SECONDS)


def is_listening(family: socket.AddressFamily, address: str | tuple[str, int]) -> bool:
    with socket.socket(family) as asking:
        try:
            asking.connect(address)
        except OSError:
            return False
    return True
