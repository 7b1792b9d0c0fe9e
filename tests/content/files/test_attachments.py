import io
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from base.audit import AuditEntry
from base.refusals import Conflict, Refused
from content.files.attachments import (
    Upload,
    add_attachments,
    current_attachments,
    remove_attachment,
    stored_files,
)
from content.files.storage import FolderStore, is_whole
from content.models import Article, Attachment
from content.writing.articles import withdraw
from tests import hostile_files, make
from tests.certificates import NOW
from tests.content.newsroom import Newsroom

LATER = NOW + timedelta(minutes=5)
LIMIT = 200_000
STORED_PIECE = 1 << 18


@pytest.fixture
def newsroom(session: Session) -> Newsroom:
    return Newsroom(session)


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "files")


def upload(name: str, content: bytes) -> Upload:
    return Upload(name, io.BytesIO(content))


def attach(newsroom: Newsroom, store: FolderStore, article: Article, *uploads: Upload) -> list[Attachment]:
    with stored_files(newsroom.session, store, uploads, LIMIT) as files:
        return add_attachments(newsroom.session, article, files, by=newsroom.by(), now=NOW)


def lying_in(store: FolderStore) -> list[Path]:
    return [path for path in store.root.rglob("*") if path.is_file()]


def test_files_are_kept_with_what_they_are(newsroom: Newsroom, store: FolderStore) -> None:
    """R7-4, E2: the name is for people; kind and media type are judged from the content."""
    article = newsroom.draft()
    attach(newsroom, store, article, upload("../手順\u202e書.pdf", hostile_files.pdf(3)))
    attach(newsroom, store, article, upload("図.png", hostile_files.image("PNG")))
    first, second = current_attachments(newsroom.session, article)
    assert (first.name, first.kind, first.media_type, first.page_count) == ("手順書.pdf", "PDF", "application/pdf", 3)
    assert (second.kind, second.page_count, second.position) == ("画像", None, 2)
    assert is_whole(store, first.storage_key, first.sha256)
    assert store.path(first.storage_key).stat().st_size == first.size


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("page.html", b"<script>alert(1)</script>"),
        ("drawing.svg", b"<svg onload='alert(1)'/>"),
        ("script.png", b"<html><script>alert(1)</script></html>"),
        ("huge.png", hostile_files.png_header(50_000, 50_000)),
        ("manual.pdf.exe", b"MZ"),
        ("manual.exe.pdf", hostile_files.pdf()),
        ("empty.pdf", b""),
        ("large.csv", b"a,b\r\n" * LIMIT),
        ("nameless", b"text"),
    ],
)
def test_what_may_not_be_attached_is_named_and_leaves_nothing(
    newsroom: Newsroom, store: FolderStore, name: str, content: bytes
) -> None:
    """E2..E6, R8-3: nor do the good files that came with it stay."""
    article = newsroom.draft()
    with pytest.raises(Refused, match=name) as refusal:
        attach(newsroom, store, article, upload("good.pdf", hostile_files.pdf()), upload(name, content))
    assert refusal.value.field == "files"
    assert lying_in(store) == []
    assert current_attachments(newsroom.session, article) == []


def test_a_file_at_the_limit_is_kept_and_one_byte_more_is_not(newsroom: Newsroom, store: FolderStore) -> None:
    """E4."""
    article = newsroom.draft()
    attach(newsroom, store, article, upload("exact.csv", b"a" * LIMIT))
    with pytest.raises(Refused):
        attach(newsroom, store, article, upload("more.csv", b"a" * (LIMIT + 1)))
    assert [row.size for row in current_attachments(newsroom.session, article)] == [LIMIT]
    assert len(lying_in(store)) == 1


class FaultAfterwards(Exception):
    pass


def attach_and_fail(newsroom: Newsroom, store: FolderStore, article: Article) -> None:
    files = [upload("a.pdf", hostile_files.pdf())]
    with stored_files(newsroom.session, store, files, LIMIT) as kept, newsroom.session.begin_nested():
        add_attachments(newsroom.session, article, kept, by=newsroom.by(), now=NOW)
        raise FaultAfterwards


def test_a_transaction_that_fails_leaves_no_file_behind(newsroom: Newsroom, store: FolderStore) -> None:
    """I5: neither a row without a file nor a file without a row."""
    article = newsroom.draft()
    with pytest.raises(FaultAfterwards):
        attach_and_fail(newsroom, store, article)
    assert lying_in(store) == []
    assert current_attachments(newsroom.session, article) == []


def test_files_that_nobody_attached_go_again(newsroom: Newsroom, store: FolderStore) -> None:
    """G1: a form sent twice answers without attaching a second time."""
    with stored_files(newsroom.session, store, [upload("a.pdf", hostile_files.pdf())], LIMIT):
        assert len(lying_in(store)) == 1
    assert lying_in(store) == []


class Torn(io.BytesIO):
    """Reads well while it is judged, breaks while it is stored."""

    def read(self, size: int | None = -1) -> bytes:
        if size == STORED_PIECE:
            raise OSError("the upload's buffer is gone")
        return super().read(size)


def test_a_disk_that_fails_leaves_no_half_of_a_file(newsroom: Newsroom, store: FolderStore) -> None:
    torn: BinaryIO = Torn(b"a,b\r\n" * 20_000)
    with pytest.raises(OSError, match="gone"):
        attach(newsroom, store, newsroom.draft(), Upload("a.csv", torn))
    assert lying_in(store) == []


def test_a_removed_file_is_no_longer_shown_but_stays_with_the_record(newsroom: Newsroom, store: FolderStore) -> None:
    """R8-1."""
    article = newsroom.draft()
    (row,) = attach(newsroom, store, article, upload("a.pdf", hostile_files.pdf()))
    remove_attachment(newsroom.session, row, by=newsroom.by(), now=LATER)
    assert current_attachments(newsroom.session, article) == []
    assert is_whole(store, row.storage_key, row.sha256)
    with pytest.raises(Conflict):
        remove_attachment(newsroom.session, row, by=newsroom.by(), now=LATER)
    newsroom.session.flush()
    entries = newsroom.session.scalars(select(AuditEntry).where(AuditEntry.subject == row.public_id))
    assert [entry.action for entry in entries] == ["attachment added", "attachment removed"]


def test_files_of_a_published_article_change_its_page_and_those_of_a_draft_do_not(
    newsroom: Newsroom, store: FolderStore
) -> None:
    """E11: what a page's cached fragments show has changed."""
    draft, published = newsroom.draft(), newsroom.published()
    before = newsroom.version("taxis")
    attach(newsroom, store, draft, upload("a.pdf", hostile_files.pdf()))
    assert newsroom.version("taxis") == before
    (row,) = attach(newsroom, store, published, upload("a.pdf", hostile_files.pdf()))
    assert newsroom.version("taxis") == before + 1
    remove_attachment(newsroom.session, row, by=newsroom.by(), now=LATER)
    assert newsroom.version("taxis") == before + 2


def test_a_withdrawn_article_takes_no_files(newsroom: Newsroom, store: FolderStore) -> None:
    article = newsroom.published()
    (row,) = attach(newsroom, store, article, upload("a.pdf", hostile_files.pdf()))
    withdraw(newsroom.session, article, "誤り", by=newsroom.by(), now=LATER)
    with pytest.raises(Conflict):
        attach(newsroom, store, article, upload("b.pdf", hostile_files.pdf()))
    with pytest.raises(Conflict):
        remove_attachment(newsroom.session, row, by=newsroom.by(), now=LATER)
    assert len(lying_in(store)) == 1


def test_other_articles_files_are_not_listed(newsroom: Newsroom, store: FolderStore) -> None:
    attach(newsroom, store, newsroom.draft(), upload("a.pdf", hostile_files.pdf()))
    other = make.article(newsroom.session, newsroom.author)
    assert current_attachments(newsroom.session, other) == []
