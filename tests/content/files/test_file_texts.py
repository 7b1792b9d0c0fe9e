"""Each file is read once, by one worker, and a worker that dies of it doesn't die of it again."""

import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

import pytest
from flask import Flask
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from base.db import transaction
from base.refusals import Unable
from content.files.models import AttachmentText
from content.files.reading import FoundText, Limits, TextState
from content.files.storage import FolderStore
from content.files.text_job import NOT_THERE, FileReader
from content.files.texts import BEGUN, GIVEN_UP_AFTER, claim, forget, keep
from content.models import Article, Attachment
from tests import make
from tests.browsing import Visitor
from tests.cast import Cast, Person
from tests.certificates import NOW
from tests.conftest import Hands
from tests.content.library import Library

READ = FoundText(TextState.READ, "検針", None)


def attached(session: Session, name: str = "検針.csv", key: str = "0" * 32) -> Attachment:
    author = make.user(session, make.organization(session, is_operator=True))
    article = make.article(session, author)
    facts = {"kind": "CSV", "media_type": "text/csv", "sha256": "0" * 64, "size": 1, "position": 1, "added_at": NOW}
    row = Attachment(article_id=article.id, name=name, storage_key=key, **facts)
    session.add(row)
    session.flush()
    return row


def test_a_file_is_claimed_once_and_kept_as_it_was_read(session: Session) -> None:
    """R7-5."""
    file = attached(session)
    assert claim(session, NOW) is file
    assert claim(session, NOW) is None
    assert session.get_one(AttachmentText, file.id).why_not == BEGUN
    keep(session, file.id, READ, NOW)
    row = session.get_one(AttachmentText, file.id)
    assert (row.state, row.text, row.why_not) == ("read", "検針", None)
    assert claim(session, NOW + timedelta(days=9)) is None


def test_a_reading_that_its_worker_didn_t_survive_is_tried_once_more_and_never_again(session: Session) -> None:
    """R7-5: no loop, and a row that says so."""
    file = attached(session)
    assert claim(session, NOW) is file
    assert claim(session, NOW + GIVEN_UP_AFTER) is None
    later = NOW + GIVEN_UP_AFTER + timedelta(seconds=1)
    assert claim(session, later) is file
    assert claim(session, later + timedelta(days=1)) is None
    assert session.get_one(AttachmentText, file.id).state == "failed"
    assert forget(session) == 1
    assert claim(session, later) is file


def test_a_removed_file_is_not_read(session: Session) -> None:
    attached(session).removed_at = NOW
    assert claim(session, NOW) is None


def test_two_workers_never_read_the_same_file(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        attached(session)
    with Session(engine) as one, Session(engine) as other:
        one.connection(execution_options={"is_write": True})
        assert claim(one, NOW) is not None
        one.commit()
        other.connection(execution_options={"is_write": True})
        assert claim(other, NOW) is None


class _Unable(FolderStore):
    def open(self, key: str) -> BinaryIO:  # type: ignore[override]
        raise Unable(f"no answer for {key}")


@pytest.fixture
def file(app: Flask, library: Library) -> str:
    return library.attach(library.publish("taxis"), lambda: io.BytesIO("検針,託送".encode("cp932")), "一覧.csv")


def row_of(app: Flask) -> tuple[str, str, str | None]:
    with app.app_context(), transaction() as session:
        row = session.scalars(select(AttachmentText)).one()
        return row.state, row.text, row.why_not


def read_by(app: Flask, store: FolderStore, hands: Hands) -> FoundText | None:
    with app.app_context():
        return FileReader(store, lambda: hands.now, Limits()).read_next()


def test_the_worker_reads_what_is_new_from_its_store(
    app: Flask, library: Library, cast: Cast, enter: Callable[[Person], Visitor], file: str, hands: Hands
) -> None:
    """R7-5: and the editor says how much of each file can be searched, or why nothing can."""
    article = library.publish("taxis")
    library.attach(article, lambda: io.BytesIO(b"x"), "古い.xls")
    staff = enter(cast.reception)
    assert "検索対象の文字数:まもなく読み取ります" in staff.page(f"/staff/articles/{article}")
    assert read_by(app, library.store, hands).why_not.startswith("古い形式")  # type: ignore[union-attr]
    assert "検索対象外:古い形式(.xls、.doc)のため" in staff.page(f"/staff/articles/{article}")
    told = app.test_cli_runner().invoke(args=["files", "read-texts"])
    assert told.output.endswith("1 read\n")
    assert app.test_cli_runner().invoke(args=["files", "read-texts"]).output == "nothing to read\n"
    with app.app_context(), transaction() as session:
        of = session.scalars(select(Article.public_id).join(Attachment).where(Attachment.public_id == file)).one()
    assert "検索対象の文字数:5" in staff.page(f"/staff/articles/{of}")
    assert f'<a href="/files/{file}">添付:一覧.csv</a>' in enter(cast.higashi_reader).page("/search?q=託送")


def test_a_file_that_is_gone_says_so_and_a_store_that_doesn_t_answer_is_asked_later(
    app: Flask, tmp_path: Path, file: str, hands: Hands
) -> None:
    for _ in range(3):
        assert read_by(app, _Unable(tmp_path), hands) is None
        assert row_of(app) == ("failed", "", BEGUN)
        hands.now += GIVEN_UP_AFTER + timedelta(seconds=1)
    read_by(app, FolderStore(tmp_path / "empty"), hands)
    assert row_of(app) == ("failed", "", NOT_THERE)
