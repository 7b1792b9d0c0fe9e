"""The demo as a visitor of the checkout starts it: real programs, real TLS, real certificates, real mail."""

import http.client
import json
import re
import shutil
import signal
import socket
import sqlite3
import ssl
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest

from base.secret_file import read_secrets
from demo.folder import DemoFolder
from tests.browsing import forms_of

CHECKOUT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True, slots=True)
class Demo:
    folder: Path
    port: int
    running: subprocess.Popen[str]
    output: Path

    def said(self) -> str:
        return self.output.read_text(encoding="utf-8")

    def account(self, role: str, organization: str = "") -> dict[str, str]:
        accounts: list[dict[str, str]] = json.loads((self.folder / "accounts.json").read_text(encoding="utf-8"))
        return next(each for each in accounts if each["role"] == role and organization in each["organization"])

    def end(self) -> int:
        self.running.send_signal(signal.SIGTERM)
        return self.running.wait(PATIENCE)


def start_demo(folder: Path, port: int, output: Path, *options: str) -> Demo:
    with output.open("w", encoding="utf-8") as words:
        running = subprocess.Popen(
            [sys.executable, "-m", "demo.run", "--port", str(port), "--dir", str(folder), *options],
            cwd=CHECKOUT,
            stdin=subprocess.DEVNULL,
            stdout=words,
            stderr=subprocess.STDOUT,
            text=True,
        )
    return Demo(folder, port, running, output)


def await_ready(demo: Demo) -> Demo:
    deadline = time.monotonic() + PATIENCE
    while not demo.said().startswith("ready "):
        assert demo.running.poll() is None, demo.said()
        assert time.monotonic() < deadline, demo.said()
        time.sleep(0.05)
    return demo


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("demo")
    demo = await_ready(start_demo(folder / "demo", free_port(), folder / "output"))
    yield demo
    demo.end()


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo's folder that nobody uses yet, to be copied."""
    folder = tmp_path_factory.mktemp("prepared") / "demo"
    subprocess.run([sys.executable, "-m", "demo.prepare", str(folder)], cwd=CHECKOUT, check=True)
    return folder


@pytest.fixture(scope="module")
def behind_nginx(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("behind-nginx")
    shutil.copytree(prepared, folder / "demo")
    demo = await_ready(start_demo(folder / "demo", free_port(), folder / "output", "--front", "nginx"))
    yield demo
    demo.end()


@dataclass(slots=True)
class Answer:
    status: int
    location: str
    text: str


@dataclass(slots=True)
class Person:
    """A browser with one certificate, or none."""

    demo: Demo
    client: str | None
    cookies: dict[str, str] = field(default_factory=dict)

    def context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self.demo.folder / "ca.crt")
        if self.client:
            clients = self.demo.folder / "clients"
            context.load_cert_chain(clients / f"{self.client}.crt", clients / f"{self.client}.key")
        return context

    def ask(self, method: str, path: str, form: dict[str, str] | None = None) -> Answer:
        connection = http.client.HTTPSConnection("localhost", self.demo.port, timeout=PATIENCE, context=self.context())
        headers = {"Referer": f"https://localhost:{self.demo.port}/"}
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, path, urlencode(form) if form is not None else None, headers)
            response = connection.getresponse()
            for cookie in response.headers.get_all("Set-Cookie") or []:
                name, _, value = cookie.partition("=")
                self.cookies[name] = value.split(";")[0]
            return Answer(response.status, response.headers["Location"] or "", response.read().decode())
        finally:
            connection.close()

    def send_part_of_a_file(self, path: str, words: dict[str, str], share: float, lingering: bytes) -> None:
        """A form with a file of 2 MB, of which only this share is sent before the connection ends."""
        parts = [
            f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n' for name, text in words.items()
        ]
        parts.append('--b\r\nContent-Disposition: form-data; name="files"; filename="a.csv"\r\n\r\n')
        body = "".join(parts).encode() + b"a,b\r\n" * 400_000 + b"\r\n--b--\r\n"
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        origin = f"localhost:{self.demo.port}"
        lines = [f"POST {path} HTTP/1.1", f"Host: {origin}", f"Referer: https://{origin}/", f"Cookie: {cookie}"]
        lines += ["Content-Type: multipart/form-data; boundary=b", f"Content-Length: {len(body)}"]
        plain = socket.create_connection(("localhost", self.demo.port))
        with self.context().wrap_socket(plain, server_hostname="localhost") as line:
            line.sendall("\r\n".join([*lines, "", ""]).encode() + body[: int(share * len(body))])
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, lingering)

    def log_in(self, account: dict[str, str]) -> Answer:
        page = self.ask("GET", "/login").text
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert token, page
        form = {"csrf_token": token[1], "login_id": account["login_id"], "password": account["password"]}
        return self.ask("POST", "/login", form)


def enter(demo: Demo, account: dict[str, str]) -> Person:
    person = Person(demo, account["client"])
    answer = person.log_in(account)
    assert (answer.status, answer.location) == (303, "/"), answer.text
    return person


def test_the_first_line_says_where_the_demo_answers(demo: Demo) -> None:
    lines = demo.said().splitlines()
    assert lines[0] == f"ready https://localhost:{demo.port}/"
    assert sum(line.startswith("ready") for line in lines) == 1
    assert f"{demo.folder}/clients/NAME.p12" in demo.said()
    assert "/demo/inbox" in demo.said()


def test_the_folder_holds_what_a_visitor_needs(demo: Demo) -> None:
    accounts = json.loads((demo.folder / "accounts.json").read_text(encoding="utf-8"))
    assert {tuple(each) for each in accounts} == {("login_id", "password", "organization", "role", "client")}
    for client in {each["client"] for each in accounts} | {
        "expired",
        "suspended",
        "revoked",
        "unregistered",
        "other-ca",
    }:
        assert {path.suffix for path in (demo.folder / "clients").glob(f"{client}.*")} == {".crt", ".key", ".p12"}
    assert (demo.folder / "portal.db").is_file()
    assert read_secrets(demo.folder / "inside" / "secrets.json").keys


@pytest.mark.parametrize(
    ("role", "organization", "path", "word"),
    [
        ("reader", "ひがしガス", "/", "未読"),
        ("contact manager", "ひがしガス", "/requests", "N-"),
        ("deputy contact manager", "あさひエナジー", "/requests", "N-"),
        ("reception center", "みなみ都市ガス", "/staff", "受付"),
        ("system operations", "みなみ都市ガス", "/staff", ""),
        ("administrator", "みなみ都市ガス", "/staff", ""),
    ],
)
def test_each_kind_of_person_gets_in_over_real_tls(
    demo: Demo, role: str, organization: str, path: str, word: str
) -> None:
    """R4-1, R6-2."""
    account = demo.account(role, organization)
    answer = enter(demo, account).ask("GET", path)
    assert answer.status == 200
    assert word in answer.text


def test_every_account_of_the_list_can_log_in(demo: Demo) -> None:
    for account in json.loads((demo.folder / "accounts.json").read_text(encoding="utf-8")):
        enter(demo, account)


@pytest.mark.parametrize(
    ("client", "words"),
    [
        (None, "証明書"),
        ("unregistered", "登録されていないクライアント証明書です"),
        ("suspended", "利用を停止しています"),
        ("revoked", "失効しています"),
    ],
)
def test_who_comes_without_a_usable_certificate_is_told_why(demo: Demo, client: str | None, words: str) -> None:
    """R4-1, R4-3, A1."""
    answer = Person(demo, client).ask("GET", "/login")
    assert answer.status == 403
    assert words in answer.text


def test_the_self_check_needs_no_certificate(demo: Demo) -> None:
    """R9-6: nor does it here, where the application speaks TLS itself."""
    answers = [Person(demo, client).ask("GET", "/self-check") for client in (None, "unregistered", "minato-01")]
    assert [answer.status for answer in answers] == [403, 403, 200]
    assert "届いていません" in answers[0].text
    assert "登録されていません" in answers[1].text


@pytest.mark.parametrize("client", ["expired", "other-ca"])
def test_a_certificate_that_is_expired_or_foreign_ends_in_the_handshake(demo: Demo, client: str) -> None:
    """R4-2: in embedded mode TLS itself refuses it."""
    with pytest.raises((ssl.SSLError, ConnectionResetError, BrokenPipeError)):
        Person(demo, client).ask("GET", "/login")


def test_no_header_makes_a_certificate_where_tls_has_none(demo: Demo) -> None:
    """A2, H1: in embedded mode every identity header is ignored."""
    person = Person(demo, None)
    secret = json.loads((demo.folder / "inside" / "secrets.json").read_text(encoding="utf-8"))["front_secret"]
    headers = {
        "X-Front-Secret": secret,
        "X-Client-Verify": "SUCCESS",
        "X-Client-Address": "192.0.2.1",
        "X-Client-Cert": quote((demo.folder / "clients" / "higashi-01.crt").read_text(encoding="ascii")),
    }
    connection = http.client.HTTPSConnection("localhost", demo.port, timeout=PATIENCE, context=person.context())
    connection.request("GET", "/login", headers=headers)
    assert connection.getresponse().status == 403
    connection.close()


def test_mails_of_the_first_start_arrive_and_their_links_can_be_pressed(demo: Demo) -> None:
    """R7-10, R7-13: the worker sends what the demo has queued; the inbox shows it."""
    manager = enter(demo, demo.account("contact manager", "ひがしガス"))
    deadline = time.monotonic() + PATIENCE
    ours = re.compile(r'@higashi-gas\.example</td>[^\n]*href="(/demo/inbox/[^"]+)">[^<]*メールアドレスのご登録依頼')
    while not (letter := ours.search(inbox := manager.ask("GET", "/demo/inbox").text)):
        assert time.monotonic() < deadline, inbox
        time.sleep(0.2)
    link = re.search(rf'href="https://localhost:{demo.port}(/verify/[^"]+)"', manager.ask("GET", letter[1]).text)
    assert link
    assert manager.ask("GET", link[1]).status == 200
    assert len(list((demo.folder / "mail").glob("*.eml"))) > 5


def test_an_upload_cut_off_halfway_leaves_nothing(demo: Demo) -> None:
    """E4, I3: no file, no half of one, no row; closed in order or torn off, also just before its end. The server goes on."""

    def kept() -> tuple[int, int]:
        with closing(sqlite3.connect(DemoFolder(demo.folder).database)) as database:
            articles: int = database.execute("SELECT count(*) FROM article").fetchone()[0]
        return articles, sum(path.is_file() for path in DemoFolder(demo.folder).files.rglob("*"))

    before = kept()
    person = enter(demo, demo.account("reception center"))
    form = next(
        each for each in forms_of(person.ask("GET", "/staff/articles/new").text) if each.action == "/staff/articles/new"
    )
    words = {**form.values, "title": "途中まで", "source": "本文"}
    for share in (0.5, 0.9999):
        for lingering in (struct.pack("ii", 0, 0), struct.pack("ii", 1, 0)):
            person.send_part_of_a_file(form.action, words, share, lingering)
            assert person.ask("GET", "/staff").status == 200
            assert kept() == before
    person.send_part_of_a_file(form.action, words, 1, struct.pack("ii", 1, 5))
    deadline = time.monotonic() + PATIENCE
    while kept() != (before[0] + 1, before[1] + 1):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_the_demo_s_clock_can_be_set_while_it_runs(demo: Demo) -> None:
    """R8-2, R4-2: of two good certificates the older one has expired sixty days on. The last test of this demo."""
    before = Person(demo, "higashi-02").ask("GET", "/login")
    (demo.folder / "inside" / "clock").write_text(str(60 * 86400), encoding="ascii")
    after, newer = (Person(demo, client).ask("GET", "/login") for client in ("higashi-02", "higashi-01"))
    assert (before.status, after.status, newer.status) == (200, 403, 200)
    assert "有効期限が切れています" in after.text


def processes_of(folder: Path) -> list[str]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command, environment = (process / "cmdline").read_bytes(), (process / "environ").read_bytes()
        except OSError:
            continue
        if str(folder).encode() in command + environment:
            found.append(command.replace(b"\0", b" ").decode(errors="replace"))
    return found


def ends_cleanly(demo: Demo) -> bool:
    return demo.end() == 0 and processes_of(demo.folder) == [] and demo.said().splitlines()[-1] == "ended"


def test_behind_nginx_the_refused_are_told_why(behind_nginx: Demo) -> None:
    """R4-1, R4-2, R9-6, A8, A12: the front lets them reach the page that explains."""
    expired, foreign = (Person(behind_nginx, client).ask("GET", "/login") for client in ("expired", "other-ca"))
    clients = (None, "expired", "revoked", "nishi-01")
    checks = [Person(behind_nginx, client).ask("GET", "/self-check") for client in clients]
    assert (expired.status, foreign.status) == (403, 403)
    assert "有効期限が切れています" in expired.text
    assert "このサイトでは使えないクライアント証明書です" in foreign.text
    assert [answer.status for answer in checks] == [403, 403, 403, 200]
    told = [re.findall(r"<dt>登録の状況</dt><dd>([^<]+)", answer.text) for answer in checks]
    assert told == [[], ["登録されています"], ["失効しています"], ["登録されています"]]


def test_a_second_start_keeps_the_folder_and_every_end_is_clean(behind_nginx: Demo, tmp_path: Path) -> None:
    """On the same port."""
    folder = behind_nginx.folder
    before = (folder / "accounts.json").read_bytes(), (folder / "ca.crt").read_bytes()
    assert ends_cleanly(behind_nginx)
    second = await_ready(start_demo(folder, behind_nginx.port, tmp_path / "second", "--front", "nginx"))
    assert ((folder / "accounts.json").read_bytes(), (folder / "ca.crt").read_bytes()) == before
    enter(second, second.account("reader", "にしガス"))
    assert ends_cleanly(second)


def test_killed_without_warning_the_demo_takes_its_programs_along(prepared: Path, tmp_path: Path) -> None:
    demo = await_ready(start_demo(shutil.copytree(prepared, tmp_path / "demo"), free_port(), tmp_path / "output"))
    demo.running.kill()
    demo.running.wait()
    deadline = time.monotonic() + PATIENCE
    while processes_of(demo.folder):
        assert time.monotonic() < deadline, processes_of(demo.folder)
        time.sleep(0.1)


def test_a_busy_port_is_said_before_anything_is_made(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        demo = start_demo(tmp_path / "demo", port, tmp_path / "output")
        assert demo.running.wait(PATIENCE) == 1
    assert f"port {port} is in use" in demo.said()
    assert not (tmp_path / "demo").exists()


def test_a_folder_of_another_version_says_so(prepared: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(prepared, tmp_path / "demo")
    seen = json.loads((folder / "inside" / "migrations.json").read_text(encoding="utf-8"))
    changed = dict.fromkeys(seen, "rewritten")
    (folder / "inside" / "migrations.json").write_text(json.dumps(changed), encoding="utf-8")
    demo = start_demo(folder, free_port(), tmp_path / "output")
    assert demo.running.wait(PATIENCE) == 1
    assert "made by another version" in demo.said()


def test_a_folder_from_before_a_migration_is_brought_up_to_date(prepared: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(prepared, tmp_path / "demo")
    file = folder / "inside" / "migrations.json"
    seen = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps(dict(list(seen.items())[:-1])), encoding="utf-8")
    demo = await_ready(start_demo(folder, free_port(), tmp_path / "output"))
    enter(demo, demo.account("reader", "みなと製造"))
    assert ends_cleanly(demo)
    assert json.loads(file.read_text(encoding="utf-8")) == seen


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "thesis.txt").write_text("the only copy", encoding="ascii")
    demo = start_demo(tmp_path / "demo", free_port(), tmp_path / "output")
    assert demo.running.wait(PATIENCE) == 1
    assert "no demo's" in demo.said()
    assert [path.name for path in (tmp_path / "demo").iterdir()] == ["thesis.txt"]
