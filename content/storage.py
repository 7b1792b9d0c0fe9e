"""Where attachments lie: under random keys, complete or not at all."""

import hashlib
import os
import re
import uuid
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, Protocol

from base.refusals import Refused
from content.sizes import size_text

_KEY = re.compile(r"[0-9a-f]{32}")
_PIECE = 1 << 18


@dataclass(frozen=True, slots=True)
class StoredFile:
    key: str
    size: int
    sha256: str


class FileStore(Protocol):
    """What every back end does; keys come from `save` and mean nothing to people."""

    def save(self, stream: BinaryIO, limit: int) -> StoredFile: ...

    def open(self, key: str) -> BinaryIO: ...

    def path(self, key: str) -> Path: ...

    def delete(self, key: str) -> None: ...

    def verify(self, key: str, sha256: str) -> bool: ...


class FolderStore:
    """Files in a folder, spread over two levels; another process sees a file only when it is whole (I3, I13)."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def save(self, stream: BinaryIO, limit: int) -> StoredFile:
        """Keep at most `limit` bytes; where that fails for any reason, nothing is left behind (E4)."""
        key = uuid.uuid4().hex
        target = self.path(key)
        target.parent.mkdir(parents=True, exist_ok=True)
        unfinished = target.with_suffix(".part")
        try:
            with unfinished.open("xb") as file:
                size, sha256 = _copied(stream, file, limit)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(target)
        finally:
            unfinished.unlink(missing_ok=True)
        _sync_folders(target.parent, self.root)
        return StoredFile(key, size, sha256)

    def open(self, key: str) -> BufferedReader:
        return self.path(key).open("rb")

    def path(self, key: str) -> Path:
        """Where a key's file lies; ValueError for what `save` never gave out (E2)."""
        if not _KEY.fullmatch(key):
            raise ValueError("not a key of this store")
        return self.root / key[:2] / key[2:4] / key

    def delete(self, key: str) -> None:
        """Remove a file; one that is gone already is no fault."""
        self.path(key).unlink(missing_ok=True)

    def verify(self, key: str, sha256: str) -> bool:
        """Is the file there, with the content it was saved with? (I13)."""
        try:
            with self.open(key) as file:
                return hashlib.file_digest(file, "sha256").hexdigest() == sha256
        except FileNotFoundError:
            return False


def _copied(source: BinaryIO, target: BinaryIO, limit: int) -> tuple[int, str]:
    """Copy piece by piece; answers size and SHA-256."""
    size, digest = 0, hashlib.sha256()
    while piece := source.read(_PIECE):
        size += len(piece)
        if size > limit:
            raise Refused(f"ファイルが大きすぎます({size_text(limit)}まで)。")
        digest.update(piece)
        target.write(piece)
    return size, digest.hexdigest()


def _sync_folders(lowest: Path, highest: Path) -> None:
    """A new name survives a power cut only when the folders that lead to it are synced too."""
    for folder in (lowest, lowest.parent, highest):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
