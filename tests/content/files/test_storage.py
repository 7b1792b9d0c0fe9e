"""Where attachments lie: each back end the same, then what only a folder or only a bucket can meet."""

import hashlib
import io
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from app import create_app
from base.db import transaction
from base.refusals import Refused, Unable
from content.files.reading import read_apart
from content.files.s3_store import BucketStore
from content.files.storage import FileStore, FolderStore, is_whole, relative_path
from content.files.stores import chosen_store
from tests.browsing import Visitor, logged_in
from tests.cast import make_cast
from tests.conftest import Hands
from tests.hostile_files import pdf
from tests.object_store import ObjectServer, running_object_server
from tests.settings import settings_for

NEW = "/staff/articles/new"
# Larger than one part of what a bucket is sent.
LARGE = 12_000_000
ROOT = Path(__file__).resolve().parents[3]
NOBODY_S_PORT = "http://127.0.0.1:9"


@dataclass(frozen=True, slots=True)
class Place:
    store: FileStore
    root: Path

    @property
    def names(self) -> list[str]:
        """Of all files that lie there, whoever made them."""
        return sorted(path.name for path in self.root.rglob("*") if path.is_file())


@pytest.fixture(scope="module")
def object_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectServer]:
    with running_object_server(tmp_path_factory.mktemp("objects")) as server:
        yield server


@pytest.fixture(scope="class", params=["folder", "bucket"])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Place:
    if request.param == "bucket":
        server: ObjectServer = request.getfixturevalue("object_server")
        return Place(server.store(), server.folder / "attachments")
    root = tmp_path_factory.mktemp("files")
    return Place(FolderStore(root), root)


class Torn(io.BytesIO):
    """An upload whose line breaks in the middle."""

    def read(self, size: int | None = -1, /) -> bytes:
        piece = super().read(size)
        if not piece:
            raise ConnectionResetError
        return piece


class TestEveryStore:
    """R7-4, I13: whatever stands behind the interface."""

    def test_a_file_is_read_for_search_out_of_any_store(self, place: Place) -> None:
        """R7-5."""
        saved = place.store.save(io.BytesIO("検針,託送".encode("cp932")), limit=100)
        with place.store.open(saved.key) as content:
            assert read_apart("csv", content).text == "検針,託送"

    @pytest.mark.parametrize("size", [1, 600_000, LARGE])
    def test_a_saved_file_is_read_back_with_its_size_and_checksum(self, place: Place, size: int) -> None:
        content = os.urandom(size)
        saved = place.store.save(io.BytesIO(content), limit=LARGE)
        with place.store.open(saved.key) as file:
            assert file.read() == content
            file.seek(size // 2)
            assert file.read(10) == content[size // 2 :][:10]
        assert (saved.size, saved.sha256) == (size, hashlib.sha256(content).hexdigest())
        assert is_whole(place.store, saved.key, saved.sha256)

    def test_the_key_says_nothing_about_the_file_and_differs_each_time(self, place: Place) -> None:
        """E2: stored under a random name, two folders deep, in each the same."""
        first, second = (place.store.save(io.BytesIO(b"same"), limit=4) for _ in range(2))
        assert first.key != second.key
        assert (place.root / first.key[:2] / first.key[2:4] / first.key).read_bytes() == b"same"

    @pytest.mark.parametrize(("size", "is_kept"), [(999, True), (1000, True), (1001, False), (900_000, False)])
    def test_the_limit_is_exact_and_leaves_nothing_behind(self, place: Place, size: int, *, is_kept: bool) -> None:
        """E4: limit -1, limit, limit +1, far beyond."""
        before = place.names
        if is_kept:
            assert place.store.save(io.BytesIO(b"x" * size), limit=1000).size == size
            return
        with pytest.raises(Refused, match="大きすぎます"):
            place.store.save(io.BytesIO(b"x" * size), limit=1000)
        assert place.names == before

    def test_a_broken_upload_leaves_nothing_behind(self, place: Place) -> None:
        """E4, R8-3."""
        before = place.names
        with pytest.raises(ConnectionResetError):
            place.store.save(Torn(b"half"), limit=1000)
        assert place.names == before

    @pytest.mark.parametrize(
        "key",
        [
            "", ".", "..", "../../etc/passwd", "/etc/passwd", "a" * 31, "a" * 33, "A" * 32, "g" * 32, "a" * 32 + "\n",
            "a" * 31 + "/", "\0" * 32,
        ],
    )  # fmt: skip
    def test_only_keys_of_the_store_are_looked_up(self, place: Place, key: str) -> None:
        """E2, E9: no path can be smuggled in as a key."""
        for look_up in (place.store.open, place.store.delete):
            with pytest.raises(ValueError, match="not a key"):
                look_up(key)

    def test_a_changed_or_missing_file_is_noticed(self, place: Place) -> None:
        """I13."""
        saved = place.store.save(io.BytesIO(b"content"), limit=10)
        (place.root / relative_path(saved.key)).write_bytes(b"Content")
        assert not is_whole(place.store, saved.key, saved.sha256)
        place.store.delete(saved.key)
        assert not is_whole(place.store, saved.key, saved.sha256)

    def test_deleting_twice_is_no_fault(self, place: Place) -> None:
        """R8-3."""
        saved = place.store.save(io.BytesIO(b"content"), limit=10)
        place.store.delete(saved.key)
        place.store.delete(saved.key)
        with pytest.raises(FileNotFoundError):
            place.store.open(saved.key)

    def test_what_lies_there_is_told_with_its_time_and_nothing_else(self, place: Place) -> None:
        """I8: what is none of the store's stays out of it."""
        earlier = datetime.now(UTC) - timedelta(seconds=2)
        saved = place.store.save(io.BytesIO(b"content"), limit=10)
        (place.root / "ab" / "cd").mkdir(parents=True, exist_ok=True)
        (place.root / "ab" / "cd" / "readme").write_text("somebody else's")
        found = {each.key: each.saved_at for each in place.store.lying()}
        assert earlier <= found[saved.key] <= datetime.now(UTC)
        assert all(relative_path(key) for key in found)


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "files")


def files_below(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_a_full_disk_leaves_nothing_behind(store: FolderStore) -> None:
    """I3: the operating system's own limit on the size of a file stands for the disk."""
    program = (
        "import io, resource, signal, sys; from pathlib import Path; from content.files.storage import FolderStore\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "FolderStore(Path(sys.argv[1])).save(io.BytesIO(b'x' * 5000), 9999)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-B", "-c", program, store.root], capture_output=True, text=True, check=False
    )
    assert "NoSpace: ファイルの保管先の空き容量が足りない" in ended.stderr
    assert files_below(store.root) == []


def test_a_killed_save_is_never_seen_as_a_file_and_is_cleared_away(store: FolderStore) -> None:
    """I8: a process killed in the middle of writing leaves no file under a key."""
    program = (
        "import os, signal, sys; from pathlib import Path; from content.files.storage import FolderStore\n"
        "class Dying:\n"
        "    def read(self, size):\n"
        "        os.kill(os.getpid(), signal.SIGKILL) if hasattr(self, 'begun') else setattr(self, 'begun', 1)\n"
        "        return b'x' * size\n"
        "FolderStore(Path(sys.argv[1])).save(Dying(), 10**9)\n"
    )
    ended = subprocess.run([sys.executable, "-c", program, store.root], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert list(store.lying()) == []
    assert [name.endswith(".part") for name in files_below(store.root)] == [True]
    now = datetime.now(UTC)
    assert store.drop_unfinished(now - timedelta(hours=1)) == 0
    assert store.drop_unfinished(now + timedelta(hours=1)) == 1
    assert files_below(store.root) == []


def test_a_bucket_that_refuses_us_or_is_away_is_a_plain_reason_and_no_fault(object_server: ObjectServer) -> None:
    """I3, R8-3: another secret, no such bucket, nobody there."""
    before = object_server.objects
    wrong = ({"secret_key": "another"}, {"s3_bucket": "nowhere"}, {"s3_endpoint": NOBODY_S_PORT})
    for change in wrong:
        with pytest.raises(Unable, match="保管先を利用できない"):
            object_server.store(**change).save(io.BytesIO(b"content"), limit=10)
    assert object_server.objects == before


MEMORY = """
import resource, sys, tempfile
from pathlib import Path
from content.files.stores import chosen_store
from tests.object_store import ObjectServer
store = chosen_store(ObjectServer(Path(sys.argv[1]), int(sys.argv[2])).settings())
spool = tempfile.TemporaryFile()
for _ in range(60):
    spool.write(bytes(1 << 20))
spool.seek(0)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
saved = store.save(spool, 1 << 30)
with store.open(saved.key) as file:
    assert sum(len(piece) for piece in iter(lambda: file.read(1 << 16), b"")) == 60 << 20
store.delete(saved.key)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def test_a_file_goes_to_a_bucket_and_back_without_standing_whole_in_memory(object_server: ObjectServer) -> None:
    """R7-4, E4: 60 MB within 30."""
    where = [str(object_server.folder), str(object_server.port)]
    ended = subprocess.run([sys.executable, "-c", MEMORY, *where], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert int(ended.stdout) < 30


def test_who_has_a_folder_never_loads_the_bucket_s_client(tmp_path: Path, object_server: ObjectServer) -> None:
    """It costs every process memory: nobody imports it, and it is named only where there is a bucket."""
    sources = [path for path in (*ROOT.glob("*.py"), *(ROOT / "content").rglob("*.py")) if path.stem != "s3_store"]
    assert not [path.name for path in sources if re.search(r"import.*(s3_store|obstore)", path.read_text())]
    assert isinstance(chosen_store(settings_for("sqlite://", tmp_path)), FolderStore)
    assert isinstance(chosen_store(object_server.settings()), BucketStore)


def test_the_site_lives_on_a_bucket_and_goes_on_without_it(
    object_server: ObjectServer, sqlite_url: str, hands: Hands
) -> None:
    """R7-4, E9, E11, I3: written, sent by us, never to an outsider; while the bucket is away only files are missing."""
    app = create_app(object_server.settings(database_url=sqlite_url))
    with app.app_context(), transaction() as session:
        cast = make_cast(session)
    desk, paper = logged_in(app, cast.reception), pdf(3)

    def write(visitor: Visitor) -> TestResponse:
        words = {"page": "taxis", "title": "件名", "source": "長い本文", "files": [(io.BytesIO(paper), "手順書.pdf")]}
        values = visitor.form(NEW, NEW).values | words
        return visitor.post(NEW, values, content_type="multipart/form-data")

    home = write(desk).location
    desk.submit(f"{home}/check", f"{home}/publish")
    reader, outsider = (logged_in(app, person) for person in (cast.higashi_reader, cast.nishi_reader))
    (address,) = re.findall(r"/files/[0-9a-z]{12}", reader.page(home.removeprefix("/staff")))
    with reader.get(address) as sent:
        assert (sent.status_code, sent.data) == (200, paper)
        tag = sent.headers["ETag"]
    assert reader.get(address, {"If-None-Match": tag}).status_code == 304
    assert "X-Accel-Redirect" not in sent.headers
    assert outsider.get(address).status_code == 404
    before = object_server.objects

    alone = create_app(object_server.settings(database_url=sqlite_url, s3_endpoint=NOBODY_S_PORT))
    desk, reader, outsider = (logged_in(alone, who) for who in (cast.reception, cast.higashi_reader, cast.nishi_reader))
    refused = write(desk)
    assert refused.status_code == 503
    assert "「手順書.pdf」: ファイルの保管先を利用できないため" in refused.text
    assert "長い本文</textarea>" in refused.text
    assert "手順書.pdf" in reader.page(home.removeprefix("/staff"))
    away = reader.get(address)
    assert (away.status_code, "いまは開けません" in away.text) == (503, True)
    assert outsider.get(address).status_code == 404
    assert object_server.objects == before
