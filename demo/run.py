"""`python -m demo.run --port 8443 --dir instance/demo`: the whole product on one machine, until Ctrl-C."""

import argparse
import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from pathlib import Path

from demo.children import ChildEnded, Children
from demo.environment import Ports, child_environment, portal_settings
from demo.folder import P12_PASSWORD, DemoFolder

HOST = "127.0.0.1"
CHECKOUT = Path(__file__).resolve().parent.parent
READY_SECONDS = 60
POLL_SECONDS = 0.05
WATCH_SECONDS = 0.5


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m demo.run", description="The demo, until Ctrl-C.")
    parser.add_argument("--port", type=int, default=8443)
    parser.add_argument("--dir", type=Path, default=Path("instance/demo"))
    asked = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    try:
        run(DemoFolder(asked.dir.resolve()), asked.port)
    except KeyboardInterrupt:
        print("ended", flush=True)
    except (ChildEnded, OSError) as fault:
        sys.exit(f"the demo can't run: {fault}")


def _stop(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def run(folder: DemoFolder, port: int) -> None:
    refuse_busy(port)
    ports = Ports(site=port, smtp=free_port())
    prepare(folder)
    children = Children(child_environment(portal_settings(folder, ports, "tls")))
    try:
        start(children, folder, ports)
        await_ready(children, folder, port)
        print_welcome(folder, port)
        watch(children)
    finally:
        children.end()


def refuse_busy(port: int) -> None:
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((HOST, port))
        except OSError as fault:
            raise OSError(f"port {port} is in use or not ours to use; try another one: make demo PORT=9443") from fault


def free_port() -> int:
    with socket.socket() as tried:
        tried.bind((HOST, 0))
        port: int = tried.getsockname()[1]
        return port


def prepare(folder: DemoFolder) -> None:
    """In a program of its own: it needs the whole application, we need nothing of it."""
    done = subprocess.run(
        [sys.executable, "-m", "demo.prepare", str(folder.root)], cwd=CHECKOUT, capture_output=True, check=False
    )
    if done.returncode != 0:
        raise OSError(done.stderr.decode("utf-8", "replace").strip())


def start(children: Children, folder: DemoFolder, ports: Ports) -> None:
    module = [sys.executable, "-m"]
    children.start("mail", [*module, "demo.sink", str(folder.mail), str(ports.smtp)], folder.log("mail"))
    children.start("web", [*module, "demo.embedded", str(folder.root), str(ports.site)], folder.log("web"))
    children.start("worker", [*module, "flask", "--app", "app", "worker"], folder.log("worker"))


def await_ready(children: Children, folder: DemoFolder, port: int) -> None:
    trusting = ssl.create_default_context(cafile=folder.ca)
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        children.check()
        if answers(port, trusting):
            return
        time.sleep(POLL_SECONDS)
    raise OSError(f"no answer within {READY_SECONDS} seconds, see {folder.log('web')}")


def answers(port: int, trusting: ssl.SSLContext) -> bool:
    connection = http.client.HTTPSConnection("localhost", port, timeout=5, context=trusting)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()


def print_welcome(folder: DemoFolder, port: int) -> None:
    base = f"https://localhost:{port}"
    shown = os.path.relpath(folder.root)
    print(f"ready {base}/\n", flush=True)
    for account in json.loads(folder.accounts.read_text(encoding="utf-8")):
        print("  {login_id:36} {role:22} {client:16} {organization}".format(**account))
    password = json.loads(folder.accounts.read_text(encoding="utf-8"))[0]["password"]
    print(f"\npassword of every account: {password}")
    print(
        f"certificates:  {shown}/clients/NAME.p12, password {P12_PASSWORD} (and .crt, .key); the site's own CA: {shown}/ca.crt"
    )
    print(f"mails:         {base}/demo/inbox (files: {shown}/mail)")
    print(f"logs:          {shown}/inside/*.log")
    print(
        "A certificate that the CA didn't issue or that is expired ends in the handshake here; behind nginx it is told why."
    )
    print("Ctrl-C ends everything.", flush=True)


def watch(children: Children) -> None:
    while True:
        children.check()
        time.sleep(WATCH_SECONDS)


if __name__ == "__main__":
    main()
