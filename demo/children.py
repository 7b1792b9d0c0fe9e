"""The programs of a demo: started together, ended together, whatever ends the one who started them."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
END_SECONDS = 8
LAST_LINES = 15
DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG


class ChildEnded(Exception):
    """A program of the demo ended by itself; the message holds its last words."""


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGTERM)


@dataclass(frozen=True, slots=True)
class Child:
    name: str
    running: subprocess.Popen[bytes]
    log: Path

    def last_words(self) -> str:
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-LAST_LINES:])


@dataclass(slots=True)
class Children:
    environment: Mapping[str, str]
    started: list[Child] = field(default_factory=list)

    def start(self, name: str, command: Sequence[str], log: Path) -> None:
        """Its own session: Ctrl-C reaches us alone, and we decide in which order they end."""
        with log.open("wb") as words:
            running = subprocess.Popen(
                command,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                cwd=CHECKOUT,
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - there are no threads here
            )
        self.started.append(Child(name, running, log))

    def adopt(self, name: str, running: subprocess.Popen[bytes], log: Path) -> None:
        """Watch a program that somebody else started, and lead in its end."""
        self.started.append(Child(name, running, log))

    def check(self) -> None:
        """`ChildEnded` where one is gone."""
        for child in self.started:
            if child.running.poll() is not None:
                raise ChildEnded(
                    f"{child.name} ended ({child.running.returncode}), see {child.log}\n{child.last_words()}"
                )

    def end(self) -> None:
        for child in reversed(self.started):
            _signal(child, signal.SIGTERM)
        deadline = time.monotonic() + END_SECONDS
        for child in reversed(self.started):
            try:
                child.running.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                _signal(child, signal.SIGKILL)
                child.running.wait()


def _signal(child: Child, number: signal.Signals) -> None:
    if child.running.poll() is None:
        os.killpg(child.running.pid, number)
