"""Answers over http that end: whoever is asked may send byte after byte, each of them in time (I1)."""

import http.client
import io
import socket
import ssl
import time
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.request import HTTPHandler, HTTPSHandler, Request

HEAD_ROOM = 262_144


class TooMuch(Exception):
    """More bytes than anybody asked for, in whichever part of the answer."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """`until` on the monotonic clock, for all answers together; `most` bytes of each, its head included."""

    until: float
    seconds_between: float
    most: int


class _Bounded(io.RawIOBase):
    def __init__(self, raw: io.RawIOBase, peer: socket.socket, bounds: Bounds) -> None:
        self._raw, self._peer, self._bounds, self._left = raw, peer, bounds, bounds.most

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        seconds = self._bounds.until - time.monotonic()
        if seconds <= 0:
            raise TimeoutError
        self._peer.settimeout(min(seconds, self._bounds.seconds_between))
        count = self._raw.readinto(buffer)
        self._left -= count or 0
        if self._left < 0:
            raise TooMuch
        return int(count) if count is not None else None

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Answer(http.client.HTTPResponse):
    def __init__(self, bounds: Bounds, peer: socket.socket, *args: Any, **facts: Any) -> None:
        super().__init__(peer, *args, **facts)
        self.fp = io.BufferedReader(_Bounded(self.fp.detach(), peer, bounds))


def _connection(kind: type[http.client.HTTPConnection], bounds: Bounds, *args: Any, **facts: Any) -> Any:
    made = kind(*args, **facts)
    made.response_class = partial(_Answer, bounds)  # type: ignore[assignment] # it is only called
    return made


class BoundedHttp(HTTPHandler):
    def __init__(self, bounds: Bounds) -> None:
        super().__init__()
        self._bounds = bounds

    def http_open(self, req: Request) -> http.client.HTTPResponse:
        return self.do_open(partial(_connection, http.client.HTTPConnection, self._bounds), req)


class BoundedHttps(HTTPSHandler):
    def __init__(self, bounds: Bounds) -> None:
        super().__init__()
        self._bounds = bounds

    def https_open(self, req: Request) -> http.client.HTTPResponse:
        kind = partial(_connection, http.client.HTTPSConnection, self._bounds)
        return self.do_open(kind, req, context=ssl.create_default_context())
