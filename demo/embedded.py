"""One machine, no server to install: gunicorn itself asks for the client certificate and hands it over with the connection."""

import ssl
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from app import create_app
from demo.folder import DemoFolder

THREADS = 8
GRACE_SECONDS = 2


def tls_context(_settings: object, default: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
    """As behind nginx: the same ciphers, and no session is resumed, so the certificate is shown anew on every connection."""
    context = default()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE+AESGCM:ECDHE+CHACHA20")
    # Python takes one curve or all of them, odd ones too.
    context.set_ecdh_curve("prime256v1")
    context.options |= ssl.OP_NO_TICKET
    context.num_tickets = 0
    return context


class Embedded(BaseApplication):
    def __init__(self, folder: DemoFolder, port: int) -> None:
        self._folder = folder
        self._port = port
        super().__init__()

    def load_config(self) -> None:
        values: dict[str, Any] = {
            "bind": f"127.0.0.1:{self._port}",
            "worker_class": "gthread",
            "threads": THREADS,
            "graceful_timeout": GRACE_SECONDS,
            "control_socket_disable": True,
            # Nobody stands in front: left alone, gunicorn takes paths and schemes from headers of this machine's visitors.
            "forwarded_allow_ips": "",
            "forwarder_headers": "",
            "secure_scheme_headers": {},
            "certfile": str(self._folder.server_certificate),
            "keyfile": str(self._folder.server_key),
            "ca_certs": str(self._folder.ca),
            # Optional, so that whoever has none reaches the page that explains it.
            "cert_reqs": ssl.CERT_OPTIONAL,
            "ssl_context": tls_context,
        }
        for name, value in values.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return create_app()


def main() -> None:
    folder, port = sys.argv[1:]
    Embedded(DemoFolder(Path(folder)), int(port)).run()


if __name__ == "__main__":
    main()
