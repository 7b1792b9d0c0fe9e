"""Store and rows side by side: what is lost or changed is named, what nobody holds goes (I8, I13)."""

import io
import json
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select, update

from base.daily_runs import REFUSED, begin
from base.db import transaction
from base.jst import day_of
from base.mail_text import Composed, Skipped
from base.outbox import Mail
from content.files.alarms import KIND, file_alarm_composer
from content.files.checks import FEW
from content.files.cli import JOB, run_sweep
from content.models import Attachment
from tests.certificates import NOW
from tests.content.library import Library

DESK = "desk@minami-network.example"


@pytest.fixture
def run(app: Flask) -> Callable[..., Result]:
    return lambda *words: app.test_cli_runner().invoke(args=["files", *words])


def key_of(app: Flask, public_id: str) -> str:
    with app.app_context(), transaction() as session:
        return session.scalars(select(Attachment.storage_key).where(Attachment.public_id == public_id)).one()


def aged(path: Path, hours: int) -> Path:
    at = (NOW - timedelta(hours=hours)).timestamp()
    os.utime(path, (at, at))
    return path


def orphan(library: Library, hours: int) -> Path:
    return aged(library.store.path(library.store.save(io.BytesIO(b"a,b"), 10).key), hours)


def test_every_file_is_read_and_the_missing_and_the_changed_are_named(
    app: Flask, library: Library, run: Callable[..., Result]
) -> None:
    """I13: exit status 1 then; a changed byte is found though size and time are the same; removed ones count too."""
    article = library.publish("taxis")
    names = ("良.pdf", "失.pdf", "改.pdf")
    good, lost, changed = (library.attach(article, lambda: io.BytesIO(b"content"), name=name) for name in names)
    assert (run("check").exit_code, run("check").output) == (0, "3 checked, 0 damaged\n")
    library.store.path(key_of(app, lost)).unlink()
    library.store.path(key_of(app, changed)).write_bytes(b"Content")
    with app.app_context(), transaction() as session:
        session.execute(update(Attachment).where(Attachment.public_id == changed).values(removed_at=NOW))
    told = run("check")
    assert told.exit_code == 1
    assert f"missing: 失.pdf ({lost}, article {article}" in told.output
    assert f"changed: 改.pdf ({changed}" in told.output
    assert good not in told.output
    assert told.output.endswith("3 checked, 2 damaged\n")
    found = json.loads(run("check", "--json").stdout)
    assert (found["checked"], [row["id"] for row in found["missing"]], [row["name"] for row in found["changed"]]) == (
        3,
        [lost],
        ["改.pdf"],
    )


def test_the_night_takes_away_what_no_row_holds_and_spares_what_may_be_on_its_way(
    app: Flask, library: Library, run: Callable[..., Result], capsys: pytest.CaptureFixture[str]
) -> None:
    """I8, I13: older than a day, or half saved by a program that died. A file with its row stays; one that is gone is told."""
    file = library.attach(library.publish("taxis"), lambda: io.BytesIO(b"content"))
    held = aged(library.store.path(key_of(app, file)), 1000)
    fresh, old = orphan(library, 23), orphan(library, 25)
    halves = [path.with_suffix(".part") for path in (fresh, old)]
    for half, hours in zip(halves, (23, 25), strict=True):
        half.write_bytes(b"a")
        aged(half, hours)
    assert old.name in run("sweep", "--dry-run").output
    assert old.exists()
    with app.app_context():
        with transaction() as session:
            turn = begin(session, JOB, day_of(NOW), NOW)
        assert turn
        assert run_sweep(turn, library.store, DESK, lambda: NOW) == "files=3 swept=1 unfinished=1 missing=0"
        assert held.exists()
        held.unlink()
        with transaction() as session:
            long_ago = NOW - timedelta(hours=25)
            session.execute(update(Attachment).where(Attachment.public_id == file).values(added_at=long_ago))
        assert run_sweep(turn, library.store, DESK, lambda: NOW).endswith("missing=1")
        alarm = file_alarm_composer(library.store, "https://portal.example", "みなみ")
        with transaction() as session:
            (mail,) = session.scalars(select(Mail).where(Mail.kind == KIND))
            told = alarm(session, mail, NOW)
            assert (mail.address, isinstance(told, Composed) and "・手順書.pdf" in told.body) == (DESK, True)
            held.write_bytes(b"content")
            assert isinstance(alarm(session, mail, NOW), Skipped)
    assert f'"file": "{file}"' in capsys.readouterr().err
    assert [path.exists() for path in (fresh, old, *halves)] == [True, False, True, False]


def test_a_database_older_than_its_files_takes_none_of_them(
    app: Flask, library: Library, run: Callable[..., Result]
) -> None:
    """I12, I13: after a restore everything new looks like an orphan; a person decides."""
    orphans = [orphan(library, 48) for _ in range(FEW + 1)]
    with app.app_context():
        with transaction() as session:
            turn = begin(session, JOB, day_of(NOW), NOW)
        assert turn
        assert run_sweep(turn, library.store, DESK, lambda: NOW).startswith(REFUSED)
    assert run("sweep").exit_code == 1
    assert all(path.exists() for path in orphans)
    assert run("sweep", "--force").output == f"{FEW + 1} of {FEW + 1} files swept, 0 unfinished\n"
    assert not any(path.exists() for path in orphans)
