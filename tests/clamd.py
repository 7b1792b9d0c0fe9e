"""A real ClamAV daemon that knows one virus: the test file that harms nobody (E8)."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

# In two pieces: whole, it would set off the scanner of whoever keeps this file.
EICAR = (r"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*").encode()
MOST = 2 << 20
PATIENCE = 20


class Clamd:
    """`socket` is there while the daemon runs."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "clamd.sock"
        self._settings = folder / "clamd.conf"
        signatures = folder / "signatures"
        signatures.mkdir()
        (signatures / "test.ndb").write_text(f"Eicar-Signature:0:*:{EICAR.hex()}\n", encoding="ascii")
        lines = [
            *(f"LocalSocket {self.socket}", f"DatabaseDirectory {signatures}", "Foreground yes"),
            *(f"StreamMaxLength {MOST}", f"MaxFileSize {MOST}", "AlertExceedsMax yes"),
        ]
        self._settings.write_text("\n".join(lines) + "\n", encoding="ascii")
        self._running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        program = shutil.which("clamd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
        if program is None:
            pytest.skip("Debian's clamav-daemon is missing")
        command = [program, f"--config-file={self._settings}"]
        self._running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + PATIENCE
        while not self.socket.exists():
            assert time.monotonic() < deadline, "clamd does not listen"
            time.sleep(0.01)

    def stop(self) -> None:
        if self._running is not None:
            self._running.terminate()
            self._running.wait()
            self._running = None
            self.socket.unlink(missing_ok=True)


@contextmanager
def running_clamd(folder: Path) -> Iterator[Clamd]:
    daemon = Clamd(folder)
    daemon.start()
    try:
        yield daemon
    finally:
        daemon.stop()
