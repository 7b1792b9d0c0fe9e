"""Speaking to the edge byte by byte, as browsers don't."""

import json
import socket
import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import ConnectionTerminated, DataReceived, ResponseReceived, StreamEnded, StreamReset

from demo.front import Front
from tests.nginx.certificates import Identity

PATIENCE = 10


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""

    @property
    def text(self) -> str:
        return self.body.decode("utf-8")

    @property
    def seen(self) -> Any:
        """What the observer behind nginx says it received."""
        return json.loads(self.body)

    def header(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def received(self, name: str) -> list[str]:
        """Every value that arrived behind nginx under any spelling of that name."""
        wanted = name.lower().replace("_", "-")
        return [value for key, value in self.seen["headers"] if key.lower().replace("_", "-") == wanted]


@dataclass(frozen=True, slots=True)
class Browser:
    """Someone at a PC with this certificate, or with none."""

    front: Front
    authority: Path
    identity: Identity | None = None

    def context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self.authority)
        if self.identity:
            context.load_cert_chain(self.identity.certificate, self.identity.key)
        return context

    @contextmanager
    def connected(
        self,
        context: ssl.SSLContext | None = None,
        server_name: str | None = None,
        session: ssl.SSLSession | None = None,
    ) -> Iterator[ssl.SSLSocket]:
        context = context or self.context()
        with (
            socket.create_connection(self.front.address, timeout=PATIENCE) as plain,
            context.wrap_socket(
                plain, server_hostname=server_name or self.front.settings.server_name, session=session
            ) as tls,
        ):
            yield tls

    def send(self, request: bytes, method: str = "GET") -> Answer:
        with self.connected() as tls:
            tls.sendall(request)
            return read_answer(tls, method)

    def ask(
        self, path: str, headers: Iterable[str] = (), method: str = "GET", body: bytes = b"", host: str | None = None
    ) -> Answer:
        lines = [f"{method} {path} HTTP/1.1", f"Host: {host or self.front.settings.server_name}", "Connection: close"]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        head = "\r\n".join([*lines, *headers, "", ""])
        return self.send(head.encode("latin-1") + body, method)

    def ask_h2(self, headers: list[tuple[str, str]]) -> Answer:
        """Status 0 stands for a stream or a connection that nginx reset instead of answering."""
        context = self.context()
        context.set_alpn_protocols(["h2"])
        with self.connected(context) as tls:
            assert tls.selected_alpn_protocol() == "h2"
            return exchange_h2(tls, headers)


def read_answer(stream: socket.socket, method: str = "GET") -> Answer:
    with HTTPResponse(stream, method=method) as response:
        response.begin()
        body = response.read()
        return Answer(response.status, response.getheaders(), body)


def request_h2(front: Front, path: str, *more: tuple[str, str], **pseudo: str) -> list[tuple[str, str]]:
    first = {"method": "GET", "scheme": "https", "authority": front.settings.server_name, "path": path} | pseudo
    return [(f":{name}", value) for name, value in first.items()] + list(more)


def exchange_h2(stream: socket.socket, headers: list[tuple[str, str]]) -> Answer:
    # Nothing is validated on our side: what is wrong here is meant to be.
    raw = H2Configuration(header_encoding=None, validate_outbound_headers=False, normalize_outbound_headers=False)
    connection = H2Connection(raw)
    connection.initiate_connection()
    connection.send_headers(1, [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers], True)
    stream.sendall(connection.data_to_send())
    status, answered, body = 0, [], b""
    while received := stream.recv(65536):
        for event in connection.receive_data(received):
            if isinstance(event, ResponseReceived):
                answered = [(bytes(name).decode(), bytes(value).decode()) for name, value in event.headers]
                status = int(dict(answered)[":status"])
            elif isinstance(event, DataReceived):
                body += event.data or b""
                connection.acknowledge_received_data(event.flow_controlled_length or 0, 1)
            elif isinstance(event, StreamEnded | StreamReset | ConnectionTerminated):
                return Answer(status, answered, body)
        stream.sendall(connection.data_to_send())
    return Answer(status, answered, body)
