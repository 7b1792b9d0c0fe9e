"""ClamAV's daemon, asked over its socket before anything is stored (E8). It knows viruses; what is sly in other ways `file_kinds` refuses."""

import re
import socket
import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Any, BinaryIO

import structlog

from base.refusals import Refused, Unable
from base.sentences import say
from content.files.storage import PIECE, FileStore, Lying, StoredFile

# The front gives a request a minute, and there may be more than one file in it.
SECONDS = 40.0
LONGEST_ANSWER = 4096

_COMMAND = b"zINSTREAM\0"
_FOUND = re.compile(r"stream: ([\x21-\x7e ]{1,200}) FOUND")
_TOO_MUCH = re.compile(r"size limit exceeded|^stream: Heuristics\.Limits\.Exceeded")
_LOCKED = re.compile(r"^stream: Heuristics\.Encrypted")

log: Any = structlog.get_logger()


class VirusScanner:
    """`seconds`: for one file, from the connection to the last word."""

    def __init__(self, path: Path, seconds: float = SECONDS) -> None:
        self._path = path
        self._seconds = seconds

    def refuse_infected(self, stream: BinaryIO) -> None:
        """`Refused` says what was found; `Unable` where nothing could be learned: unseen is not clean."""
        stream.seek(0)
        try:
            answer = self._ask(stream)
        except TimeoutError as fault:
            log.warning("scanner_slow", seconds=self._seconds)
            raise Unable(say("ウイルス検査に時間がかかりすぎたため、受け取れませんでした。")) from fault
        except OSError as fault:
            log.exception("scanner_away")
            raise Unable(say("ウイルス検査を利用できないため、受け取れませんでした。")) from fault
        finally:
            stream.seek(0)
        _judge(answer)

    def _ask(self, stream: BinaryIO) -> str:
        deadline = monotonic() + self._seconds
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(self._seconds)
            line.connect(str(self._path))
            # Who has heard enough answers and hangs up: that answer counts.
            with suppress(BrokenPipeError, ConnectionResetError):
                for piece in _message(stream):
                    _send(line, piece, deadline)
            return _answer(line, deadline)


def _left(deadline: float) -> float:
    left = deadline - monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _send(line: socket.socket, piece: bytes, deadline: float) -> None:
    line.settimeout(_left(deadline))
    line.sendall(piece)


def _message(stream: BinaryIO) -> Iterator[bytes]:
    yield _COMMAND
    while piece := stream.read(PIECE):
        yield struct.pack("!L", len(piece)) + piece
    yield struct.pack("!L", 0)


def _answer(line: socket.socket, deadline: float) -> str:
    answer = b""
    while not answer.endswith(b"\0") and len(answer) < LONGEST_ANSWER:
        line.settimeout(_left(deadline))
        piece = line.recv(LONGEST_ANSWER)
        if not piece:
            break
        answer += piece
    return answer.rstrip(b"\0\n").decode("ascii", errors="replace")


def _judge(answer: str) -> None:
    if answer == "stream: OK":
        return
    if _TOO_MUCH.search(answer):
        raise Refused(say("ウイルス検査で調べられる大きさを超えています。ファイルを小さくするか、分けてください。"))
    if _LOCKED.search(answer):
        raise Refused(say("パスワードの付いたファイルは検査できないため、掲載できません。パスワードを外してください。"))
    if found := _FOUND.fullmatch(answer):
        log.warning("virus_found", signature=found.group(1))
        raise Refused(say("ウイルスが見つかりました(%(found)s)。このファイルは掲載できません。", found=found.group(1)))
    log.error("scanner_unable", answer=answer)
    raise Unable(say("ウイルス検査を終えられなかったため、受け取れませんでした。"))


class ScannedStore:
    """A store that takes nothing unscanned, whoever saves into it."""

    def __init__(self, store: FileStore, scanner: VirusScanner) -> None:
        self._store = store
        self._scanner = scanner

    def save(self, stream: BinaryIO, limit: int) -> StoredFile:
        self._scanner.refuse_infected(stream)
        return replace(self._store.save(stream, limit), is_scanned=True)

    def open(self, key: str) -> BinaryIO:
        return self._store.open(key)

    def delete(self, key: str) -> None:
        self._store.delete(key)

    def lying(self) -> Iterator[Lying]:
        return self._store.lying()

    def drop_unfinished(self, before: datetime) -> int:
        return self._store.drop_unfinished(before)
