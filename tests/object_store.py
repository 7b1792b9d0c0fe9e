"""A real server that speaks S3, with its bucket in a folder and every signature checked."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from base.secret_file import Secrets
from base.settings import Settings
from content.files.s3_store import BucketStore, store_of
from tests.settings import FRONT_SECRET, KEY, settings_for
from tests.smtp_script import free_port

BUCKET = "attachments"
ACCESS_KEY, SECRET_KEY = "portal", "a-secret-of-the-bucket"
PATIENCE = 20


@dataclass(frozen=True, slots=True)
class ObjectServer:
    folder: Path
    port: int

    def settings(self, secret_key: str = SECRET_KEY, **changes: Any) -> Settings:
        facts = {"files_dir": None, "s3_endpoint": f"http://127.0.0.1:{self.port}", "s3_bucket": BUCKET, **changes}
        secrets = Secrets((KEY,), FRONT_SECRET, s3_access_key=ACCESS_KEY, s3_secret_key=secret_key)
        made = settings_for("sqlite://", self.folder)
        return replace(made, secrets=secrets, **facts)

    def store(self, **changes: Any) -> BucketStore:
        return store_of(self.settings(**changes))

    @property
    def objects(self) -> list[Path]:
        """As they lie on its disk, without what the server notes about them."""
        bucket = self.folder / BUCKET
        return [path for path in bucket.rglob("*") if path.is_file() and ".nanio" not in str(path.relative_to(bucket))]


@contextmanager
def running_object_server(folder: Path) -> Iterator[ObjectServer]:
    (folder / BUCKET).mkdir(parents=True)
    port = free_port()
    where = ["--data-dir", str(folder), "--host", "127.0.0.1", "--port", str(port), "--log-level", "error"]
    environment = os.environ | {"NANIO_ACCESS_KEY": ACCESS_KEY, "NANIO_SECRET_KEY": SECRET_KEY}
    program = Path(sys.executable).parent / "nanio"
    with subprocess.Popen([program, "serve", *where], env=environment) as running:
        try:
            _await(port, running)
            yield ObjectServer(folder, port)
        finally:
            running.terminate()


def _await(port: int, running: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and running.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise AssertionError("the object server does not listen")
