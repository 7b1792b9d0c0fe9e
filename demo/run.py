"""`python -m demo.run --port 8443 --dir instance/demo`: the whole product on one machine, until Ctrl-C."""

import argparse
import http.client
import json
import signal
import socket
import ssl
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from demo.children import ChildEnded, Children
from demo.environment import Ports, child_environment, portal_settings
from demo.folder import P12_PASSWORD, SECRET_ANSWER, DemoFolder
from demo.front import FrontFaultError, FrontSettings, start_nginx
from demo.made_by import MadeByAnother, is_up_to_date

HOST = "127.0.0.1"
MODULE = [sys.executable, "-m"]
FRONTS = {"embedded": "tls", "nginx": "nginx"}
REFUSED = {
    "embedded": "An expired certificate or another CA's ends in the handshake here; make demo-nginx tells the visitor why.",
    "nginx": "Whoever comes without a good certificate is told why.",
}
CHECKOUT = Path(__file__).resolve().parent.parent
SIZES = ("small", "large")
READY_SECONDS = 60
POLL_SECONDS = 0.05
WATCH_SECONDS = 0.5


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m demo.run", description="The demo, until Ctrl-C.")
    parser.add_argument("--port", type=int, default=8443)
    parser.add_argument("--dir", type=Path, default=Path("instance/demo"))
    parser.add_argument("--front", choices=FRONTS, default="embedded")
    parser.add_argument("--size", choices=SIZES, default=SIZES[0])
    asked = parser.parse_args()
    # Also where a shell started us in the background and had Ctrl-C ignored.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    try:
        run(DemoFolder(asked.dir.resolve()), asked.port, asked.front, asked.size)
    except KeyboardInterrupt:
        print("ended", flush=True)
    except (ChildEnded, FrontFaultError, MadeByAnother, OSError) as fault:
        sys.exit(f"the demo can't run: {fault}")


def _stop(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def run(folder: DemoFolder, port: int, front: str, size: str = SIZES[0]) -> None:
    refuse_busy(port)
    ports = Ports(site=port, smtp=free_port())
    prepare(folder, size)
    children = Children(child_environment(portal_settings(folder, ports, FRONTS[front])))
    with ExitStack() as ending:
        ending.callback(children.end)
        start_around(children, folder, ports)
        if front == "nginx":
            start_behind_nginx(children, folder, ports, ending)
        else:
            children.start("web", [*MODULE, "demo.embedded", str(folder.root), str(port)], folder.log("web"))
        await_ready(children, folder, port)
        print_welcome(folder, port, front)
        watch(children)


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


def prepare(folder: DemoFolder, size: str) -> None:
    """In a program of its own: it needs the whole application, we need nothing of it. What takes long says how far it is."""
    if is_up_to_date(folder):
        return
    program = [*MODULE, "demo.prepare", str(folder.root), size]
    done = subprocess.run(program, cwd=CHECKOUT, stderr=subprocess.PIPE, check=False)
    if done.returncode != 0:
        raise OSError(done.stderr.decode("utf-8", "replace").strip())


def start_around(children: Children, folder: DemoFolder, ports: Ports) -> None:
    children.start("mail", [*MODULE, "demo.sink", str(folder.mail), str(ports.smtp)], folder.log("mail"))
    children.start("worker", [*MODULE, "flask", "--app", "app", "worker"], folder.log("worker"))


def start_behind_nginx(children: Children, folder: DemoFolder, ports: Ports, ending: ExitStack) -> None:
    # The address of a socket has room for about a hundred characters: the demo's folder may lie too deep.
    sockets = Path(ending.enter_context(TemporaryDirectory(prefix="demo-")))
    app_socket = sockets / "app.sock"
    granian = ["granian", "--interface", "wsgi", "--factory", "app:create_app"]
    on_socket = ["--uds", str(app_socket), "--uds-permissions", "0o660", "--blocking-threads", "8"]
    children.start("web", [*MODULE, *granian, *on_socket], folder.log("web"))
    secret = json.loads(folder.secrets.read_text(encoding="utf-8"))["front_secret"]
    settings = FrontSettings(
        server_name="localhost",
        listen=f"{HOST}:{ports.site}",
        app_socket=app_socket,
        server_certificate=folder.server_certificate,
        server_key=folder.server_key,
        client_ca=folder.ca,
        static_dir=CHECKOUT / "site" / "static",
        files_dir=folder.files,
        log_dir=folder.inside / "nginx-log",
    )
    front = ending.enter_context(start_nginx(folder.inside / "nginx", settings, secret))
    children.adopt("nginx", front.running, settings.log_dir / "nginx.error.log")


def await_ready(children: Children, folder: DemoFolder, port: int) -> None:
    visitor = ssl.create_default_context(cafile=folder.ca)
    client = json.loads(folder.accounts.read_text(encoding="utf-8"))[0]["client"]
    visitor.load_cert_chain(folder.clients / f"{client}.crt", folder.clients / f"{client}.key")
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        children.check()
        if answers(port, visitor):
            return
        time.sleep(POLL_SECONDS)
    raise OSError(f"no answer within {READY_SECONDS} seconds, see {folder.log('web')}")


def answers(port: int, visitor: ssl.SSLContext) -> bool:
    """Does a visitor with a registered certificate get the login page? It needs the database and every program on the way."""
    connection = http.client.HTTPSConnection("localhost", port, timeout=5, context=visitor)
    try:
        connection.request("GET", "/login")
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()


def print_welcome(folder: DemoFolder, port: int, front: str) -> None:
    base = f"https://localhost:{port}"
    shown = folder.root.relative_to(Path.cwd()) if folder.root.is_relative_to(Path.cwd()) else folder.root
    accounts = json.loads(folder.accounts.read_text(encoding="utf-8"))
    rows = [
        f"  {each['login_id']:36} {each['role']:22} {each['client']:16} {each['organization']}" for each in accounts
    ]
    lines = [
        f"ready {base}/",
        "",
        f"  {'ID':36} {'role':22} {'certificate':16} organization",
        *rows,
        "",
        f"password of every account: {accounts[0]['password']} (secret answer: {SECRET_ANSWER})",
        f"certificates: {shown}/clients/NAME.p12 (password {P12_PASSWORD}), .crt and .key; the CA of all: {shown}/ca.crt",
        f"mails: {base}/demo/inbox and {shown}/mail",
        f"logs: {shown}/inside",
        REFUSED[front],
        "Ctrl-C ends everything.",
    ]
    print("\n".join(lines), flush=True)


def watch(children: Children) -> None:
    while True:
        children.check()
        time.sleep(WATCH_SECONDS)


if __name__ == "__main__":
    main()
