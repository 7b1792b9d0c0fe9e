"""A mail server that misbehaves as told: real sockets, real protocol, faults where the script says."""

import socket
import socketserver
import ssl
import struct
import threading
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

RESET = "RESET"
SILENCE = "SILENCE"
WHEN_OPEN = "WHEN OPEN "
USUAL = {"GREETING": "220 ready", "DATA": "354 go ahead", "BODY": "250 taken", "QUIT": "221 bye", "AUTH": "235 welcome"}


@dataclass(frozen=True, slots=True)
class Taken:
    sender: str
    recipients: tuple[str, ...]
    content: bytes


@dataclass
class Script:
    """`says[stage]`: what to say there instead of the usual, one after the other. RESET breaks the line, SILENCE keeps it.

    An answer after WHEN_OPEN is said when the test has opened the gate.
    """

    extensions: tuple[str, ...] = ("PIPELINING", "8BITMIME")
    says: defaultdict[str, deque[str]] = field(default_factory=lambda: defaultdict(deque))
    always: dict[str, str] = field(default_factory=dict)
    taken: list[Taken] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    connections: int = 0
    tls: ssl.SSLContext | None = None
    gate: threading.Event = field(default_factory=threading.Event)
    is_over: threading.Event = field(default_factory=threading.Event)

    def at(self, stage: str, *answers: str) -> "Script":
        self.says[stage].extend(answers)
        return self

    def answer(self, stage: str) -> str:
        said = self.says[stage]
        return said.popleft() if said else self.always.get(stage, USUAL.get(stage, "250 fine"))


class LineBroken(Exception):
    pass


class _Conversation(socketserver.StreamRequestHandler):
    """Several answers at once are as many small packets: held back, each mail would wait 40 ms for an acknowledgement."""

    server: "ScriptedServer"
    disable_nagle_algorithm = True

    def handle(self) -> None:
        self.server.script.connections += 1
        self.sender, self.recipients = "", list[str]()
        try:
            self.say("GREETING")
            while line := self.rfile.readline():
                self.obey(line.decode("utf-8", "replace").strip())
        except (LineBroken, OSError):
            return

    def say(self, stage: str) -> str:
        return self.speak(self.server.script.answer(stage))

    def speak(self, answer: str) -> str:
        if answer == RESET:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            raise LineBroken
        if answer == SILENCE:
            self.server.script.is_over.wait(60)
            raise LineBroken
        if answer.startswith(WHEN_OPEN):
            self.server.script.gate.wait(60)
        self.wfile.write(answer.removeprefix(WHEN_OPEN).encode() + b"\r\n")
        if answer.startswith("421"):
            raise LineBroken
        return answer

    def obey(self, line: str) -> None:
        verb, _, rest = line.partition(" ")
        self.server.script.heard.append(verb.upper())
        what = getattr(self, f"on_{verb.lower()}", None)
        if what is None:
            self.say(verb.upper())
        else:
            what(rest)

    def on_ehlo(self, _rest: str) -> None:
        for extension in ("script", *self.server.script.extensions):
            self.wfile.write(f"250-{extension}\r\n".encode())
        self.say("EHLO")

    def on_starttls(self, _rest: str) -> None:
        if self.say("STARTTLS").startswith("2"):
            assert self.server.script.tls
            self.connection = self.server.script.tls.wrap_socket(self.connection, server_side=True)
            self.setup_files()

    def setup_files(self) -> None:
        self.rfile = self.connection.makefile("rb", -1)
        self.wfile = self.connection.makefile("wb", 0)

    def finish(self) -> None:
        super().finish()
        self.connection.close()

    def on_mail(self, rest: str) -> None:
        self.sender, self.recipients = rest.partition(":")[2].strip("<>"), []
        if not self.say("MAIL").startswith("2"):
            self.sender = ""

    def on_rcpt(self, rest: str) -> None:
        if not self.sender:
            self.speak("503 from whom?")
        elif self.say("RCPT").startswith("2"):
            self.recipients.append(rest.partition(":")[2].strip("<>"))

    def on_data(self, _rest: str) -> None:
        if not self.sender:
            self.speak("503 from whom?")
            return
        if not self.say("DATA").startswith("354"):
            return
        content = b""
        while (line := self.rfile.readline()) != b".\r\n":
            content += line
            if not line or self.server.script.answer("LINE") == RESET:
                self.speak(RESET)
        if not self.recipients:
            self.speak("554 nobody to send it to")
            return
        answer = self.server.script.answer("BODY")
        if not answer.startswith(("4", "5")):
            self.server.script.taken.append(Taken(self.sender, tuple(self.recipients), content))
        self.speak(answer)

    def on_quit(self, _rest: str) -> None:
        self.say("QUIT")
        raise LineBroken


class ScriptedServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 50

    def __init__(self, script: Script) -> None:
        self.script = script
        super().__init__(("127.0.0.1", 0), _Conversation)


@contextmanager
def scripted(script: Script) -> Iterator[int]:
    """Answers the port on which it listens."""
    with ScriptedServer(script) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            script.is_over.set()
            server.shutdown()
            thread.join()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
