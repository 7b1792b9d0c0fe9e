"""With ClamAV's daemon nothing is stored that it hasn't seen; without it staff are told (E8)."""

import io
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app import create_app
from base.db import transaction
from base.refusals import Refused, Unable
from content.files.storage import FileStore
from content.files.stores import EXTENSION
from content.files.virus_scan import VirusScanner
from content.models import Article, Attachment
from tests import hostile_files
from tests.browsing import Visitor, logged_in
from tests.cast import Cast, Person, make_cast
from tests.certificates import NOW
from tests.clamd import EICAR, MOST, Clamd, running_clamd
from tests.conftest import Hands
from tests.settings import settings_for

NEW = "/staff/articles/new"
INFECTED = {
    "名簿.csv": b"a,b\n" + EICAR,
    "一式.zip": hostile_files.zipped({"中/名簿.csv": b"a,b\n" + EICAR}),
    "表.xlsx": hostile_files.package("xlsx", xl__embeddings__a_dot_bin=EICAR),
}


@pytest.fixture(scope="module")
def clamd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clamd]:
    with running_clamd(tmp_path_factory.mktemp("clamd")) as daemon:
        yield daemon


@pytest.fixture
def scanning(sqlite_url: str, tmp_path: Path, hands: Hands, clamd: Clamd) -> Iterator[Flask]:
    app = create_app(settings_for(sqlite_url, tmp_path, clamd_socket=clamd.socket))
    yield app
    with app.app_context():
        app.extensions["sqlalchemy"].engine.dispose()


def write(desk: Visitor, *files: tuple[str, bytes]) -> TestResponse:
    form = desk.form(NEW, NEW)
    uploads = [(io.BytesIO(content), name) for name, content in files]
    words: dict[str, Any] = {"title": "件名", "source": "長い本文", "files": uploads}
    return desk.post(NEW, form.values | words, content_type="multipart/form-data")


def stored(app: Flask) -> list[str]:
    store: FileStore = app.extensions[EXTENSION]
    return [each.key for each in store.lying()]


def articles(app: Flask) -> int:
    with app.app_context(), transaction() as session:
        return session.scalar(select(func.count()).select_from(Article)) or 0


def scanned_at(app: Flask) -> list[object]:
    with app.app_context(), transaction() as session:
        return list(session.scalars(select(Attachment.scanned_at)))


def desk_of(app: Flask) -> tuple[Visitor, Cast]:
    with app.app_context(), transaction() as session:
        cast = make_cast(session)
    return logged_in(app, cast.reception), cast


def test_what_the_scanner_knows_is_named_and_nothing_of_it_is_stored(
    scanning: Flask, capsys: pytest.CaptureFixture[str]
) -> None:
    """E8, R8-3: alone, packed, inside a workbook, behind a good file; what was typed stays. A clean file is marked as seen."""
    desk, cast = desk_of(scanning)
    for name, content in INFECTED.items():
        answer = write(desk, ("良.pdf", hostile_files.pdf()), (name, content))
        assert answer.status_code == 422
        assert f"「{name}」: ウイルスが見つかりました(Eicar-Signature.UNOFFICIAL)。" in answer.text
        assert "長い本文</textarea>" in answer.text
    assert "virus_found" in capsys.readouterr().err
    assert (articles(scanning), stored(scanning)) == (0, [])
    home = write(desk, ("良.pdf", hostile_files.pdf())).location
    assert (len(stored(scanning)), scanned_at(scanning)) == (1, [NOW])
    page = desk.page(home)
    assert "ウイルス検査済み 2026/11/22(日)" in page
    assert "ウイルス検査なし" not in page
    outsider = logged_in(scanning, cast.nishi_reader)
    assert outsider.get(home).status_code == 404


def test_while_the_daemon_is_away_nothing_can_be_attached_and_afterwards_the_same_form_works(
    scanning: Flask, clamd: Clamd
) -> None:
    """E8, I3: unseen is not clean. 503 with the reason, the words kept, nothing stored."""
    desk, _ = desk_of(scanning)
    clamd.stop()
    answer = write(desk, ("良.pdf", hostile_files.pdf()))
    assert answer.status_code == 503
    assert "「良.pdf」: ウイルス検査を利用できないため、受け取れませんでした。" in answer.text
    assert "長い本文</textarea>" in answer.text
    assert (articles(scanning), stored(scanning)) == (0, [])
    assert write(desk).status_code == 303
    clamd.start()
    assert write(desk, ("良.pdf", hostile_files.pdf())).status_code == 303


def test_without_a_scanner_staff_see_that_nobody_looked(
    app: Flask, cast: Cast, enter: Callable[[Person], Visitor]
) -> None:
    """E8: stored and flagged; readers are told nothing of it."""
    desk = enter(cast.reception)
    home = write(desk, ("名簿.csv", INFECTED["名簿.csv"])).location
    assert (len(stored(app)), scanned_at(app)) == (1, [None])
    assert "ウイルス検査なし" in desk.page(home)
    desk.submit(f"{home}/check", f"{home}/publish")
    page = enter(cast.higashi_reader).page(home.removeprefix("/staff"))
    assert "名簿.csv" in page
    assert "ウイルス" not in page


@pytest.mark.parametrize("size", [MOST, MOST + 1, 4 * MOST])
def test_what_is_too_large_for_the_scanner_is_told_so(clamd: Clamd, size: int) -> None:
    """E4, E8: the daemon hangs up in the middle; its last words count."""
    scanner = VirusScanner(clamd.socket)
    if size == MOST:
        scanner.refuse_infected(io.BytesIO(b"a" * size))
        return
    with pytest.raises(Refused, match="調べられる大きさを超えて") as refused:
        scanner.refuse_infected(io.BytesIO(b"a" * size))
    assert not isinstance(refused.value, Unable)


@contextmanager
def daemon_saying(folder: Path, answer: bytes | None) -> Iterator[Path]:
    """Takes everything, then says this and hangs up; None: says nothing as long as one waits."""
    path = folder / "odd.sock"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()

        def serve() -> None:
            line, _ = listening.accept()
            with line:
                taken = b""
                while not taken.endswith(b"\0\0\0\0"):
                    taken += line.recv(65536)
                if answer is None:
                    line.recv(1)
                else:
                    line.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield path
        thread.join()


@pytest.mark.parametrize(
    ("answer", "kind", "reason"),
    [
        (None, Unable, "時間がかかりすぎた"),
        (b"", Unable, "終えられなかった"),
        (b"stream: OK", None, ""),
        (b"stream: OK\0", None, ""),
        (b"stream: OK\nstream: Eicar FOUND\0", Unable, "終えられなかった"),
        (b"stream: Win.Test.EICAR_HDB-1 FOUND\0", Refused, "Win.Test.EICAR_HDB-1"),
        (b"stream: \x1b[2J\xe2\x80\xae FOUND\0", Unable, "終えられなかった"),
        (b"stream: Heuristics.Encrypted.Zip FOUND\0", Refused, "パスワード"),
        (b"stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND\0", Refused, "大きさを超えて"),
        (b"INSTREAM size limit exceeded. ERROR\0", Refused, "大きさを超えて"),
        (b"stream: Can't allocate memory ERROR\0", Unable, "終えられなかった"),
        (b"x" * 100_000, Unable, "終えられなかった"),
    ],
)
def test_only_a_clear_answer_lets_a_file_through(
    tmp_path: Path, answer: bytes | None, kind: type[Refused] | None, reason: str
) -> None:
    """E8: slow, cut, odd: whatever isn't plainly clean is no yes."""
    with daemon_saying(tmp_path, answer) as path:
        scanner = VirusScanner(path, seconds=0.3)
        if kind is None:
            scanner.refuse_infected(io.BytesIO(b"content"))
            return
        with pytest.raises(Refused, match=reason) as refused:
            scanner.refuse_infected(io.BytesIO(b"content"))
        assert type(refused.value) is kind
