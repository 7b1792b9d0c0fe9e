"""Manuals and their versions: begun, registered, corrected, taken back; on both databases."""

import io
from contextlib import AbstractContextManager
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from base.audit import AuditEntry
from base.db import transaction
from base.refusals import Conflict, Refused
from content.files.attachments import NewFile, Upload, add_attachments, stored_files
from content.files.models import Manual
from content.files.storage import FolderStore
from content.mailing.publications import publications_of
from content.manuals.manuals import add_version, begin_manual, correct_change, rename_manual, take_back
from content.manuals.queries import all_versions, manual_with_place, manuals_of
from content.manuals.words import plain_name
from content.markup import render
from content.models import Article, Attachment
from content.writing.articles import publish, withdraw
from tests import hostile_files
from tests.certificates import NOW
from tests.content.newsroom import Newsroom
from tests.content.writing.test_publishing_races import all_at_once, locked

LATER = NOW + timedelta(minutes=5)


class Shelf:
    """An article on TAXIS with one file."""

    def __init__(self, session: Session, folder: Path) -> None:
        self.session = session
        self.newsroom = Newsroom(session)
        self.by = self.newsroom.by()
        self.store = FolderStore(folder)
        self.article = self.newsroom.draft()
        with self._files("手順書.pdf") as files:
            (self.file,) = add_attachments(session, self.article, files, by=self.by, now=NOW)

    def _files(self, name: str) -> AbstractContextManager[tuple[NewFile, ...]]:
        upload = Upload(name, io.BytesIO(hostile_files.pdf(2)))
        return stored_files(self.session, self.store, [upload], 200_000)

    def begun(self) -> Manual:
        return begin_manual(self.session, self.file, " 操作マニュアル ", "初版です。", by=self.by, now=NOW)

    def add(self, manual: Manual, after: int, changed: str = "図を直した\r\n\r\n 手順を足した ") -> Attachment:
        with self._files(f"手順書_{after + 1}.pdf") as (file,):
            return add_version(self.session, manual, file, changed, after=after, by=self.by, now=LATER)

    def publish(self) -> Article:
        publish(self.session, self.article, revision=1, suppress_reason="不要", by=self.by, now=NOW)
        return self.article


@pytest.fixture
def shelf(session: Session, tmp_path: Path) -> Shelf:
    return Shelf(session, tmp_path / "files")


def numbers(session: Session, article: Article) -> list[list[int]]:
    return [[version.number for version in manual.versions] for manual in manuals_of(session, article.id)]


def test_versions_count_up_and_one_that_was_taken_back_is_gone(shelf: Shelf) -> None:
    """R9-12, R8-1: readers' newest first; its number isn't given again; the trail says who did what."""
    session, manual = shelf.session, shelf.begun()
    second = shelf.add(manual, 1)
    assert (second.version, second.what_changed) == (2, "図を直した\n 手順を足した")
    assert (second.added_by_id, second.added_at, second.page_count) == (shelf.by.user_id, LATER, 2)
    third = shelf.add(manual, 2)
    assert numbers(session, shelf.article) == [[3, 2, 1]]
    take_back(session, third, by=shelf.by, now=LATER)
    assert numbers(session, shelf.article) == [[2, 1]]
    assert shelf.add(manual, 3).version == 4
    correct_change(session, second, "図を直した", by=shelf.by, now=LATER)
    rename_manual(session, manual, "新しい名前", by=shelf.by, now=LATER)
    (shown,) = manuals_of(session, shelf.article.id)
    assert (shown.name, [version.what_changed for version in shown.versions][1]) == ("新しい名前", "図を直した")
    assert [each.version for each in all_versions(session, manual)] == [4, 3, 2, 1]
    wanted = select(AuditEntry.action).where(AuditEntry.subject == manual.public_id).order_by(AuditEntry.id)
    assert list(session.scalars(wanted)) == [
        "manual begun",
        "manual version added",
        "manual version added",
        "manual version taken back",
        "manual version added",
        "manual change corrected",
        "manual renamed",
    ]


def test_each_step_on_a_published_article_changes_its_page_and_mails_nobody(shelf: Shelf) -> None:
    """R9-12, R7-13: mail goes with an update of the article alone."""
    shelf.publish()
    seen = [shelf.newsroom.version("taxis")]

    def step() -> None:
        seen.append(shelf.newsroom.version("taxis"))

    manual = shelf.begun()
    step()
    second = shelf.add(manual, 1)
    step()
    correct_change(shelf.session, second, "別の言葉", by=shelf.by, now=LATER)
    step()
    rename_manual(shelf.session, manual, "別の名前", by=shelf.by, now=LATER)
    step()
    take_back(shelf.session, second, by=shelf.by, now=LATER)
    step()
    assert all(earlier < later for earlier, later in pairwise(seen)), seen
    assert shelf.newsroom.mails() == []
    assert len(publications_of(shelf.session, shelf.article)) == 1


def test_what_makes_no_version_is_refused(shelf: Shelf) -> None:
    """R8-3, E12, E18."""
    session, manual = shelf.session, shelf.begun()
    with pytest.raises(Conflict, match="すでに版を管理"):
        shelf.begun()
    with pytest.raises(Conflict, match="第1版が登録されました"):
        shelf.add(manual, 0)
    for changed in (" \n　", "あ" * 501):
        with pytest.raises(Refused) as told:
            shelf.add(manual, 1, changed)
        assert told.value.field == "what_changed"
    for name in ("　", "あ" * 101):
        with pytest.raises(Refused) as told:
            rename_manual(session, manual, name, by=shelf.by, now=LATER)
        assert told.value.field == "name"
    take_back(session, shelf.file, by=shelf.by, now=LATER)
    assert manual_with_place(session, manual.public_id) is None
    with pytest.raises(Conflict, match="すでに取り下げ"):
        take_back(session, shelf.file, by=shelf.by, now=LATER)
    second = shelf.add(manual, 1)
    withdraw(session, shelf.publish(), "中止", by=shelf.by, now=LATER)
    with pytest.raises(Conflict, match="取り下げた記事"):
        shelf.add(manual, 2)
    with pytest.raises(Conflict, match="取り下げた記事"):
        take_back(session, second, by=shelf.by, now=LATER)
    with pytest.raises(Conflict, match="取り下げた記事"):
        correct_change(session, second, "別の言葉", by=shelf.by, now=LATER)


def test_of_two_who_register_the_next_version_at_once_one_is_told(engine: Engine, tmp_path: Path) -> None:
    """E18, G2: no number twice, nobody's version behind another's back, and the other's bytes are gone."""
    with transaction(Session(engine)) as session:
        shelf = Shelf(session, tmp_path / "files")
        manual_id, article = shelf.begun().id, shelf.article.public_id
    by, store = shelf.by, shelf.store

    def register(_number: int) -> str:
        upload = Upload("次.pdf", io.BytesIO(hostile_files.pdf(1)))
        with Session(engine) as session:
            try:
                with stored_files(session, store, [upload], 200_000) as (file,), transaction(session):
                    locked(session, article)
                    manual = session.get_one(Manual, manual_id)
                    add_version(session, manual, file, "直した", after=1, by=by, now=LATER)
            except Conflict:
                return "told"
        return "version"

    assert all_at_once(register, 2) == ["told", "version"]
    with Session(engine) as session:
        assert set(session.scalars(select(Attachment.version))) == {1, 2}
    assert len([path for path in store.root.rglob("*") if path.is_file()]) == 2


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("TAXIS操作マニュアル_第3版.pdf", "TAXIS操作マニュアル"),
        ("操作_マニュアル(第2版).docx", "操作 マニュアル"),
        ("manual ver.1.2.pdf", "manual"),
        ("仕様書_v12.xlsx", "仕様書"),
        ("手引き(最新版).pdf", "手引き"),
        ("第2版.pdf", "第2版"),
        ("CSV2.csv", "CSV2"),
    ],
)
def test_a_manual_is_first_named_after_its_file_without_the_version(file: str, name: str) -> None:
    """R9-12."""
    assert plain_name(file) == name


def test_a_text_may_link_to_a_manual() -> None:
    """R7-4, E1: its page and its latest file; a picture it isn't."""
    html = render("[手引き](/manuals/0123456789ab) [最新](/manuals/0123456789ab/latest) ![図](/manuals/0123456789ab)")
    assert '<a href="/manuals/0123456789ab">手引き</a>' in html
    assert '<a href="/manuals/0123456789ab/latest">最新</a>' in html
    assert "src=" not in html
