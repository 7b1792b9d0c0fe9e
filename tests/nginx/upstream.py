"""What stands behind nginx in the tests of the edge: it tells what came over the wire, word for word."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingMixIn, UnixStreamServer
from typing import ClassVar, cast


class Observer(ThreadingMixIn, UnixStreamServer):
    """`gate` holds back the answers to /slow until it is set."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, path: Path) -> None:
        self.gate = threading.Event()
        self.waiting = threading.Semaphore(0)
        self.seen: list[str] = []
        super().__init__(str(path), Observation)


class Observation(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    extra: ClassVar[dict[str, dict[str, str]]] = {
        "/file": {"X-Accel-Redirect": "/_files/report.bin", "Content-Type": "application/pdf"},
        "/file-with-policy": {
            "X-Accel-Redirect": "/_files/report.bin",
            "Content-Security-Policy": "default-src 'self'",
            "Content-Disposition": "attachment; filename*=UTF-8''report.pdf",
            "Cache-Control": "private, no-cache",
        },
        "/file-gone": {"X-Accel-Redirect": "/_files/gone.bin"},
        "/page": {"Content-Security-Policy": "default-src 'self'"},
    }

    def do_GET(self) -> None:
        self.answer()

    def do_HEAD(self) -> None:
        self.answer()

    def do_POST(self) -> None:
        self.answer()

    def answer(self) -> None:
        server = cast("Observer", self.server)
        server.seen.append(self.requestline)
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if self.path.startswith("/slow"):
            server.waiting.release()
            server.gate.wait(30)
        told = {"line": self.requestline, "headers": self.headers.items(), "body_length": len(body)}
        answer = json.dumps(told).encode()
        self.send_response(500 if self.path == "/broken" else 200)
        for name, value in self.extra.get(self.path, {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer)

    def log_message(self, *words: object) -> None:
        """Nothing: the tests read what was seen."""


@contextmanager
def observing(path: Path) -> Iterator[Observer]:
    with Observer(path) as server:
        path.chmod(0o660)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.gate.set()
            server.shutdown()
            thread.join()
            path.unlink()
