import hashlib
import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from base.refusals import Refused
from content.storage import FileStore, FolderStore


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "files")


def files_below(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_a_saved_file_is_read_back_with_its_size_and_checksum(store: FileStore) -> None:
    """R7-4: through the interface that every back end has."""
    content = os.urandom(600_000)
    saved = store.save(io.BytesIO(content), limit=1_000_000)
    with store.open(saved.key) as file:
        assert file.read() == content
    assert (saved.size, saved.sha256) == (600_000, hashlib.sha256(content).hexdigest())


def test_the_key_says_nothing_about_the_file_and_differs_each_time(store: FolderStore) -> None:
    """E2: stored under a random name, two folders deep."""
    first, second = (store.save(io.BytesIO(b"same"), limit=4) for _ in range(2))
    assert first.key != second.key
    assert store.path(first.key).relative_to(store.root).parts == (first.key[:2], first.key[2:4], first.key)


@pytest.mark.parametrize(("size", "is_kept"), [(999, True), (1000, True), (1001, False), (900_000, False)])
def test_the_limit_is_exact_and_leaves_nothing_behind(store: FolderStore, size: int, *, is_kept: bool) -> None:
    """E4: limit -1, limit, limit +1, far beyond."""
    if is_kept:
        assert store.save(io.BytesIO(b"x" * size), limit=1000).size == size
        return
    with pytest.raises(Refused, match="大きすぎます"):
        store.save(io.BytesIO(b"x" * size), limit=1000)
    assert files_below(store.root) == []


class Torn(io.BytesIO):
    """An upload whose line breaks in the middle."""

    def read(self, size: int | None = -1, /) -> bytes:
        piece = super().read(size)
        if not piece:
            raise ConnectionResetError
        return piece


def test_a_broken_upload_leaves_nothing_behind(store: FolderStore) -> None:
    """E4, R8-3."""
    with pytest.raises(ConnectionResetError):
        store.save(Torn(b"half"), limit=1000)
    assert files_below(store.root) == []


def test_a_full_disk_leaves_nothing_behind(store: FolderStore) -> None:
    """I3: the operating system's own limit on the size of a file stands for the disk."""
    program = (
        "import io, resource, signal, sys; from pathlib import Path; from content.storage import FolderStore\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "FolderStore(Path(sys.argv[1])).save(io.BytesIO(b'x' * 5000), 9999)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-B", "-c", program, store.root], capture_output=True, text=True, check=False
    )
    assert "File too large" in ended.stderr
    assert files_below(store.root) == []


def test_a_killed_save_is_never_seen_as_a_file(store: FolderStore) -> None:
    """I8: a process killed in the middle of writing leaves no file under a key."""
    program = (
        "import os, signal, sys; from pathlib import Path; from content.storage import FolderStore\n"
        "class Dying:\n"
        "    def read(self, size):\n"
        "        os.kill(os.getpid(), signal.SIGKILL) if hasattr(self, 'begun') else setattr(self, 'begun', 1)\n"
        "        return b'x' * size\n"
        "FolderStore(Path(sys.argv[1])).save(Dying(), 10**9)\n"
    )
    ended = subprocess.run([sys.executable, "-c", program, store.root], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert [name for name in files_below(store.root) if not name.endswith(".part")] == []


@pytest.mark.parametrize(
    "key",
    [
        "",
        ".",
        "..",
        "../../etc/passwd",
        "/etc/passwd",
        "a" * 31,
        "a" * 33,
        "A" * 32,
        "g" * 32,
        "a" * 32 + "\n",
        "a" * 31 + "/",
        "\0" * 32,
    ],
)
def test_only_keys_of_the_store_are_looked_up(store: FolderStore, key: str) -> None:
    """E2, E9: no path can be smuggled in as a key."""
    for look_up in (store.path, store.open, store.delete):
        with pytest.raises(ValueError, match="not a key"):
            look_up(key)
    with pytest.raises(ValueError, match="not a key"):
        store.verify(key, "")


def test_a_changed_or_missing_file_is_noticed(store: FolderStore) -> None:
    """I13."""
    saved = store.save(io.BytesIO(b"content"), limit=10)
    assert store.verify(saved.key, saved.sha256)
    store.path(saved.key).write_bytes(b"Content")
    assert not store.verify(saved.key, saved.sha256)
    store.delete(saved.key)
    assert not store.verify(saved.key, saved.sha256)


def test_deleting_twice_is_no_fault(store: FolderStore) -> None:
    """R8-3."""
    saved = store.save(io.BytesIO(b"content"), limit=10)
    store.delete(saved.key)
    store.delete(saved.key)
    with pytest.raises(FileNotFoundError):
        store.open(saved.key)
