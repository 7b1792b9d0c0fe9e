"""A mail server for the demo and the tests: it takes every mail and keeps each one as a file."""

import os
import ssl
import sys
import threading
import time
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Folder:
    """Writes each mail whole and on disk before the server says 250; the names sort in the order of arrival."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._arrived = 0
        folder.mkdir(parents=True, exist_ok=True)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        assert isinstance(envelope.content, bytes)
        self._arrived += 1
        self.write(f"{time.time_ns():020d}-{self._arrived:06d}.eml", _delivered(envelope) + envelope.content)
        return "250 OK"

    def write(self, name: str, content: bytes) -> None:
        unfinished = self._folder / f".{name}.part"
        with unfinished.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(self._folder / name)


def _delivered(envelope: Envelope) -> bytes:
    """What a server that puts a mail into a mailbox writes on top: sender and recipients of the envelope."""
    lines = [f"Return-Path: <{envelope.mail_from}>", *(f"Delivered-To: {recipient}" for recipient in envelope.rcpt_tos)]
    return "".join(f"{line}\r\n" for line in lines).encode()


def sink(folder: Path, port: int, *, tls: ssl.SSLContext | None = None) -> Controller:
    """Listens on this machine only, once it is started. With `tls` it takes mails only after STARTTLS."""
    return Controller(
        Folder(folder),
        hostname="127.0.0.1",
        port=port,
        server_hostname="localhost",
        tls_context=tls,
        require_starttls=tls is not None,
        ident="sink",
    )


def main() -> None:
    folder, port = sys.argv[1:]
    sink(Path(folder), int(port)).start()
    threading.Event().wait()


if __name__ == "__main__":
    main()
