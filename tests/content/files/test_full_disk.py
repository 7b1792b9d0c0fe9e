"""A disk that is really full: the author is told with all that was typed, nothing is half-stored, and it mends by itself (I3)."""

import io
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import TestResponse, stream_encode_multipart

from app import create_app
from base.db import db, transaction
from content.files.storage import FileStore
from content.files.stores import EXTENSION
from content.models import Article, Attachment
from tests.browsing import PageForm, Visitor, forms_of, logged_in
from tests.cast import Cast, make_cast
from tests.conftest import Hands
from tests.databases import Cluster
from tests.settings import settings_for
from tests.small_disk import SmallDisk, small_disk

NEW = "/staff/articles/new"
SMALL_FILE, LARGE_FILE = b"a,b\n" * 1000, b"a,b\n" * 500_000
FULL_DATABASE = "データベースの空き容量が足りないため、保存できませんでした。"
LONG_TEXT = "長い本文の一行です。\n\n" * 1000


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk", 4 << 20) as disk:
        yield disk


def peopled(app: Flask) -> Cast:
    with app.app_context(), transaction() as session:
        return make_cast(session)


def send(desk: Visitor, form: PageForm, source: str, *files: bytes) -> TestResponse:
    """The same form again and again, with the key that it was opened with."""
    parts: MultiDict[str, Any] = MultiDict({**form.values, "title": "件名", "source": source})
    for content in files:
        parts.add("files", FileStorage(io.BytesIO(content), "一覧.csv"))
    body, _length, boundary = stream_encode_multipart(parts, use_tempfile=False)
    return desk.post(NEW, body.read(), content_type=f"multipart/form-data; boundary={boundary}")


def kept(app: Flask) -> tuple[int, int, int]:
    """Articles, rows of attachments, files."""
    store: FileStore = app.extensions[EXTENSION]
    with app.app_context(), transaction() as session:
        rows = [session.scalar(select(func.count()).select_from(model)) or 0 for model in (Article, Attachment)]
    return rows[0], rows[1], sum(1 for _ in store.lying())


def assert_told(answer: TestResponse, reason: str, source: str) -> None:
    assert answer.status_code == 507
    assert reason in answer.text
    assert source.strip() in answer.text.replace("\r\n", "\n")
    assert 'value="件名"' in answer.text


def published(desk: Visitor) -> str:
    home = send(desk, desk.form(NEW, NEW), "本文").location
    desk.submit(f"{home}/check", f"{home}/publish")
    return home


def test_a_full_disk_of_attachments(sqlite_url: str, tmp_path: Path, hands: Hands, disk: SmallDisk) -> None:
    """I3: beside the field, by the file's name; with room again the same form goes through."""
    app = create_app(settings_for(sqlite_url, tmp_path, files_dir=disk.path / "files"))
    desk = logged_in(app, peopled(app).reception)
    form = desk.form(NEW, NEW)
    disk.fill(leave=1 << 20)
    answer = send(desk, form, "本文", SMALL_FILE, LARGE_FILE)
    assert_told(answer, "「一覧.csv」: ファイルの保管先の空き容量が足りないため、保存できませんでした。", "本文")
    assert kept(app) == (0, 0, 0)
    assert [path for path in (disk.path / "files").rglob("*") if path.is_file()] == []
    assert send(desk, form, "本文", SMALL_FILE).status_code == 303
    disk.free()
    assert send(desk, desk.form(NEW, NEW), "本文", LARGE_FILE).status_code == 303
    assert kept(app) == (2, 2, 2)


@pytest.fixture
def on_small_disk(sqlite_template: Path, tmp_path: Path, hands: Hands, disk: SmallDisk) -> Flask:
    shutil.copyfile(sqlite_template, disk.path / "portal.db")
    return create_app(settings_for(f"sqlite:///{disk.path}/portal.db", tmp_path))


def test_a_full_disk_of_the_database(on_small_disk: Flask, hands: Hands, disk: SmallDisk, tmp_path: Path) -> None:
    """I3, I4: nothing is saved and nothing said to be; the database is whole, reading goes on, the file is gone again."""
    app = on_small_disk
    cast = peopled(app)
    desk, reader = logged_in(app, cast.reception), logged_in(app, cast.higashi_reader)
    home = published(desk)
    check = desk.post(f"{home}/check", desk.form(home, f"{home}/check").values | {"source": LONG_TEXT}).text
    update = next(form for form in forms_of(check) if form.action == f"{home}/update")
    form = desk.form(NEW, NEW)
    disk.fill()
    # A minute later it is due to be noted that the person was seen.
    hands.now += timedelta(minutes=2)
    answer = send(desk, form, LONG_TEXT, LARGE_FILE)
    assert_told(answer, FULL_DATABASE, LONG_TEXT)
    assert_told(desk.post(update.action, update.values), FULL_DATABASE, LONG_TEXT)
    assert kept(app) == (1, 0, 0)
    assert [path for path in (tmp_path / "files").rglob("*") if path.is_file()] == []
    hands.now += timedelta(minutes=2)
    assert (desk.get("/staff/articles").status_code, reader.get("/").status_code) == (200, 200)
    with closing(sqlite3.connect(disk.path / "portal.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    disk.free()
    assert send(desk, form, LONG_TEXT, LARGE_FILE).status_code == 303
    assert desk.post(update.action, update.values).status_code == 303
    assert kept(app) == (2, 1, 1)
    assert reader.get("/staff/articles").status_code == 404


def test_a_full_disk_of_postgresql(postgres: Cluster, postgres_url: str, tmp_path: Path, hands: Hands) -> None:
    """I3: the table of revisions lies on a small disk; its own words for it are understood as well."""
    with small_disk(postgres.folder / "small", 1 << 20) as disk:
        shutil.chown(disk.path, "postgres")
        postgres.run(f"CREATE TABLESPACE small LOCATION '{disk.path}'")
        app = create_app(settings_for(postgres_url, tmp_path))
        desk = logged_in(app, peopled(app).reception)
        with app.app_context(), transaction() as session:
            session.execute(text("ALTER TABLE article_revision SET TABLESPACE small"))
        form = desk.form(NEW, NEW)
        disk.fill(leave=8192)
        incompressible = "".join(chr(0x4E00 + number * 7919 % 20000) for number in range(30_000))
        answer = send(desk, form, incompressible, SMALL_FILE)
        assert_told(answer, FULL_DATABASE, incompressible)
        assert kept(app) == (0, 0, 0)
        disk.free()
        assert send(desk, form, incompressible, SMALL_FILE).status_code == 303
        assert kept(app) == (1, 1, 1)
        with app.app_context():
            with transaction() as session:
                session.execute(text("ALTER TABLE article_revision SET TABLESPACE pg_default"))
            db.engine.dispose()
        postgres.run("DROP TABLESPACE small")


def test_a_full_folder_for_temporary_files(
    app: Flask, cast: Cast, disk: SmallDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """I3, E4: the words beside the file are read all the same; a file that fits into memory never meets that disk."""
    monkeypatch.setattr(tempfile, "tempdir", str(disk.path))
    desk = logged_in(app, cast.reception)
    form = desk.form(NEW, NEW)
    disk.fill(leave=1 << 20)
    for files in ([LARGE_FILE], [SMALL_FILE, LARGE_FILE, SMALL_FILE]):
        answer = send(desk, form, "本文", *files)
        assert_told(
            answer, "「一覧.csv」: サーバーの一時領域の空きが足りないため、ファイルを受け取れませんでした。", "本文"
        )
        assert kept(app) == (0, 0, 0)
    assert send(desk, form, "本文", SMALL_FILE).status_code == 303
    disk.free()
    assert send(desk, desk.form(NEW, NEW), "本文", LARGE_FILE).status_code == 303
    assert kept(app) == (2, 2, 2)


def test_a_full_disk_of_the_log(
    app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """I3: what can't be written down is done all the same."""
    desk = logged_in(app, cast.reception)
    full = Path("/dev/full").open("w", encoding="utf-8")  # noqa: SIM115 - closing it fails too
    with monkeypatch.context() as patch:
        patch.setattr("sys.stderr", full)
        assert desk.get("/staff/articles").status_code == 200
    with suppress(OSError):
        full.close()
    assert desk.get("/staff/articles").status_code == 200
    assert '"path": "/staff/articles"' in capsys.readouterr().err
