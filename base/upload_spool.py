"""Where an upload waits while its form is read. A full folder for temporary files costs the file, never the words beside it (I3)."""

import errno
from collections.abc import Callable
from contextlib import suppress
from io import SEEK_END, SEEK_SET, BufferedIOBase
from tempfile import SpooledTemporaryFile
from typing import IO, Any, TypeVar, cast

import structlog
from flask import Request

from base.refusals import NoSpace
from base.sentences import say

IN_MEMORY = 500_000
DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
# Python looks for a folder that it can write to, and has found none.
NO_FOLDER = frozenset({errno.ENOENT})

Answer = TypeVar("Answer")
log: Any = structlog.get_logger()


class Spool(BufferedIOBase):
    """In memory while small, then a temporary file. `NoSpace` for whoever wants to read what found no room, not for the form's reader."""

    def __init__(self) -> None:
        self._file: IO[bytes] = _empty()
        self._is_lost = False

    def write(self, piece: Any) -> int:
        if not self._is_lost:
            self._try(lambda: self._file.write(piece))
        return len(piece)

    def seek(self, offset: int, whence: int = SEEK_SET) -> int:
        """A write that was put off comes true here. Nobody can learn the size of what is lost."""
        found = self._try(lambda: self._file.seek(offset, whence)) or 0
        if whence == SEEK_END:
            self._refuse_lost()
        return found

    def read(self, size: int | None = -1) -> bytes:
        self._refuse_lost()
        return self._file.read(-1 if size is None else size)

    def readline(self, size: int | None = -1) -> bytes:
        self._refuse_lost()
        return self._file.readline(-1 if size is None else size)

    def tell(self) -> int:
        return self._file.tell()

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def close(self) -> None:
        with suppress(OSError):
            self._file.close()
        super().close()

    def _try(self, act: Callable[[], Answer]) -> Answer | None:
        try:
            return act()
        except OSError as fault:
            if fault.errno not in DISK_FULL | NO_FOLDER:
                raise
            log.exception("disk_full", of="temporary files")
            self._is_lost = True
            # What was written so far gives its room back at once.
            with suppress(OSError):
                self._file.close()
            self._file = _empty()
            return None

    def _refuse_lost(self) -> None:
        if self._is_lost:
            raise NoSpace(say("サーバーの一時領域の空きが足りないため、ファイルを受け取れませんでした。"))


def _empty() -> IO[bytes]:
    return cast("IO[bytes]", SpooledTemporaryFile(IN_MEMORY))


class SpoolingRequest(Request):
    def _get_file_stream(self, *_sizes: Any, **_named: Any) -> IO[bytes]:
        return cast("IO[bytes]", Spool())
