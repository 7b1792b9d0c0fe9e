"""Where a revocation list comes from, on the operator's side: a file, or an address asked over http or https and nothing else."""

import http.client
import os
import socket
import ssl
import stat
import time
from email.message import Message
from pathlib import Path
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPRedirectHandler,
    OpenerDirector,
    Request,
)

from auth.bounded_answers import HEAD_ROOM, BoundedHttp, BoundedHttps, Bounds, TooMuch
from auth.revocation_lists import LARGEST_LIST
from base.sentences import say

LONGEST_SOURCE = 500
ANSWER_SECONDS = 10
ALTOGETHER_SECONDS = 60
SCHEMES = ("http", "https")
FILE_ENDINGS = (".crl", ".pem", ".der")
_CHUNK = 65_536
_SILENCE = say("取得元から、時間内に応答がありません。")
_TOO_LARGE = say("失効リストが大きすぎます(10MBまで)。")
_FAULTS: tuple[tuple[type[Exception], str], ...] = (
    (TimeoutError, _SILENCE),
    (FileNotFoundError, say("取得元のファイルがありません。")),
    (PermissionError, say("取得元のファイルを読む権限がありません。")),
    (ConnectionRefusedError, say("取得元のサーバーに接続できません。")),
    (socket.gaierror, say("取得元のサーバーの名前が見つかりません。")),
    (ssl.SSLError, say("取得元のサーバーの証明書を確認できません。")),
)


class NotFetched(Exception):
    """`reason` is a sentence for staff."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _Redirects(HTTPRedirectHandler):
    """From one address to another of the same kind: never to a file, never from https to less."""

    max_redirections = 3

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> Request | None:
        allowed = ("https",) if req.type == "https" else SCHEMES
        if urlsplit(newurl).scheme not in allowed:
            fp.close()
            raise NotFetched(say("転送先のアドレスは使えません。"))
        return super().redirect_request(req, fp, code, msg, headers, newurl)  # type: ignore[arg-type] # as urllib hands it in


def _opener(bounds: Bounds) -> OpenerDirector:
    """Made of these handlers alone: no file, no ftp, and no proxy that the environment names."""
    opener = OpenerDirector()
    ways = (BoundedHttp(bounds), BoundedHttps(bounds))
    for handler in (*ways, HTTPDefaultErrorHandler(), HTTPErrorProcessor(), _Redirects()):
        opener.add_handler(handler)
    opener.addheaders = []
    return opener


def is_address(source: str) -> bool:
    return source.startswith(("http://", "https://"))


def source_refusal(source: str) -> str | None:
    """Why this can't be a source; nobody is asked for it."""
    if len(source) > LONGEST_SOURCE or not source.isprintable() or " " in source:
        return say("取得元が長すぎるか、使えない文字が含まれています。")
    if is_address(source):
        return _address_refusal(source)
    if "://" in source:
        return say("取得元のアドレスは http:// か https:// で始めてください。")
    is_plain = source.startswith("/") or "/" not in source
    if not (is_plain and source.endswith(FILE_ENDINGS)):
        return say("ファイルは、/ で始まるパスかファイル名だけで、末尾を .crl、.pem、.der のどれかにしてください。")
    return None


def _address_refusal(source: str) -> str | None:
    try:
        parts = urlsplit(source)
        is_whole = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        is_whole = False
    if not is_whole or not source.isascii():
        return say("取得元のアドレスが正しくありません。")
    return say("取得元のアドレスに、ユーザー名やパスワードは書けません。") if "@" in parts.netloc else None


def fetch(source: str, folder: Path) -> bytes:
    """At most `LARGEST_LIST` bytes; a bare file name lies in `folder`. `NotFetched` says why not."""
    if refusal := source_refusal(source):
        raise NotFetched(refusal)
    try:
        return _from_address(source) if is_address(source) else _from_file(folder / source)
    except HTTPError as fault:
        fault.close()
        raise NotFetched(say("取得元が HTTP %(code)s を返しました。", code=fault.code)) from fault
    except TooMuch as fault:
        raise NotFetched(_TOO_LARGE) from fault
    except (URLError, http.client.HTTPException, OSError, ValueError) as fault:
        raise NotFetched(_words(fault)) from fault


def _words(fault: Exception) -> str:
    """What it means for whoever set the source; what nobody foresaw goes by its name."""
    cause = fault.reason if isinstance(fault, URLError) and isinstance(fault.reason, Exception) else fault
    known = next((words for kind, words in _FAULTS if isinstance(cause, kind)), None)
    return known or say("取得元から読み取れません(%(fault)s)。", fault=type(cause).__name__)


def _from_file(path: Path) -> bytes:
    # Neither a device nor a pipe: it might never end, or never begin.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise NotFetched(say("取得元が、ふつうのファイルではありません。"))
        found = file.read(LARGEST_LIST + 1)
    _refuse_large(len(found))
    return found


def _from_address(source: str) -> bytes:
    bounds = Bounds(time.monotonic() + ALTOGETHER_SECONDS, ANSWER_SECONDS, LARGEST_LIST + HEAD_ROOM)
    found = bytearray()
    with _opener(bounds).open(source, timeout=ANSWER_SECONDS) as answer:
        while piece := answer.read1(_CHUNK):
            found += piece
            _refuse_large(len(found))
    return bytes(found)


def _refuse_large(size: int) -> None:
    if size > LARGEST_LIST:
        raise NotFetched(_TOO_LARGE)
