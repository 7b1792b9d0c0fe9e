"""Where attachments lie: under random keys, complete or not at all."""

import hashlib
import os
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BufferedReader
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import structlog

from base.refusals import NoSpace, Refused
from base.sentences import say
from base.upload_spool import DISK_FULL
from content.files.sizes import size_text

PIECE = 1 << 18
UNFINISHED = ".part"

_KEY = re.compile(r"[0-9a-f]{32}")

log: Any = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class StoredFile:
    key: str
    size: int
    sha256: str
    is_scanned: bool = False


@dataclass(frozen=True, slots=True)
class Lying:
    """A file as the store finds it; nothing is said about who needs it."""

    key: str
    saved_at: datetime


class FileStore(Protocol):
    """What every back end does; keys come from `save` and mean nothing to people."""

    def save(self, stream: BinaryIO, limit: int) -> StoredFile:
        """Keep at most `limit` bytes; where that fails for any reason, nothing is left behind (E4)."""
        ...

    def open(self, key: str) -> BinaryIO:
        """FileNotFoundError where it is gone, ValueError for what `save` never gave out (E2)."""
        ...

    def delete(self, key: str) -> None:
        """Remove a file; one that is gone already is no fault."""
        ...

    def lying(self) -> Iterator[Lying]:
        """All that is there, in no order."""
        ...

    def drop_unfinished(self, before: datetime) -> int:
        """What a killed program left half saved; answers how many there were (I8)."""
        ...


def relative_path(key: str) -> str:
    """The same in every back end, so that files can be copied from one to another; ValueError for what is no key (E2)."""
    if not _KEY.fullmatch(key):
        raise ValueError("not a key of this store")
    return f"{key[:2]}/{key[2:4]}/{key}"


def key_in(path: str) -> str | None:
    """None for what lies there and is none of ours."""
    key = path.rpartition("/")[2]
    return key if _KEY.fullmatch(key) and path == relative_path(key) else None


def new_key() -> str:
    return uuid.uuid4().hex


def sha256_of(store: FileStore, key: str) -> str:
    """Of what lies there now, read piece by piece; FileNotFoundError where nothing does (I13)."""
    with store.open(key) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type] # it asks for a BufferedReader's methods


def is_whole(store: FileStore, key: str, sha256: str) -> bool:
    """Is the file there, with the content it was saved with? (I13)."""
    try:
        return sha256_of(store, key) == sha256
    except FileNotFoundError:
        return False


class FolderStore:
    """Files in a folder, spread over two levels; another process sees a file only when it is whole (I3, I13)."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def save(self, stream: BinaryIO, limit: int) -> StoredFile:
        key = new_key()
        try:
            return StoredFile(key, *self._written(stream, limit, self.path(key)))
        except OSError as fault:
            if fault.errno not in DISK_FULL:
                raise
            log.exception("disk_full", of="attachments")
            raise NoSpace(say("ファイルの保管先の空き容量が足りないため、保存できませんでした。")) from fault

    def _written(self, stream: BinaryIO, limit: int, target: Path) -> tuple[int, str]:
        target.parent.mkdir(parents=True, exist_ok=True)
        unfinished = target.with_suffix(UNFINISHED)
        try:
            with unfinished.open("xb") as file:
                size, sha256 = measured(stream, limit, file.write)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(target)
        finally:
            unfinished.unlink(missing_ok=True)
        _sync_folders(target.parent, self.root)
        return size, sha256

    def open(self, key: str) -> BufferedReader:
        return self.path(key).open("rb")

    def path(self, key: str) -> Path:
        """Where a key's file lies."""
        return self.root / relative_path(key)

    def delete(self, key: str) -> None:
        self.path(key).unlink(missing_ok=True)

    def lying(self) -> Iterator[Lying]:
        for path in self.root.glob("*/*/*"):
            key = key_in(path.relative_to(self.root).as_posix())
            if key:
                yield Lying(key, _changed_at(path))

    def drop_unfinished(self, before: datetime) -> int:
        left = [path for path in self.root.glob(f"*/*/*{UNFINISHED}") if _changed_at(path) < before]
        for path in left:
            path.unlink(missing_ok=True)
        return len(left)


def measured(source: BinaryIO, limit: int, keep: Callable[[bytes], object] = len) -> tuple[int, str]:
    """Size and SHA-256, read and handed to `keep` piece by piece; `Refused` as soon as it is too much (E4)."""
    size, digest = 0, hashlib.sha256()
    while piece := source.read(PIECE):
        size += len(piece)
        if size > limit:
            raise Refused(say("ファイルが大きすぎます(%(limit)sまで)。", limit=size_text(limit)))
        digest.update(piece)
        keep(piece)
    return size, digest.hexdigest()


def _sync_folders(lowest: Path, highest: Path) -> None:
    """A new name survives a power cut only when the folders that lead to it are synced too."""
    for folder in (lowest, lowest.parent, highest):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _changed_at(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)
