"""A long run on both databases, each time in a process of its own, whose memory is its own."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from tests.databases import running_cluster

AS_INSTALLED = "-c listen_addresses='' -c max_connections=50"


def measure_on_both(filled: Callable[[Path, str, int], dict[str, str]], count: int, *, module: str, told: str) -> None:
    """`filled` makes the installation and answers its environment; `python -m module --run` says what the run took."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        cluster = stack.enter_context(running_cluster(AS_INSTALLED))
        cluster.run("CREATE DATABASE bench")
        for name, url in (("SQLite", f"sqlite:///{folder}/portal.db"), ("PostgreSQL", cluster.url("bench"))):
            environment = filled(folder / name, url, count)
            print(f"{name}, {told}: ", end="", flush=True)
            command = [sys.executable, "-m", module, "--run"]
            subprocess.run(command, check=True, stderr=subprocess.DEVNULL, env={**os.environ, **environment})
