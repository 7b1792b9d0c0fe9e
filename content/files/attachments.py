"""Files of an article: judged and stored before the transaction, gone again where no row came to hold them (E2..E6)."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from base.actors import Actor
from base.audit import record
from base.refusals import Conflict, Refused
from base.sentences import say
from content.files.documents import page_count
from content.files.kinds import Accepted, Kind, check
from content.files.names import clean_name
from content.files.storage import FileStore, StoredFile
from content.models import Article, Attachment
from content.page_versions import raise_versions

FIELD = "files"


@dataclass(frozen=True, slots=True)
class Upload:
    name: str
    stream: BinaryIO


@dataclass(frozen=True, slots=True)
class NewFile:
    name: str
    accepted: Accepted
    pages: int | None
    stored: StoredFile


@contextmanager
def stored_files(
    session: Session, store: FileStore, uploads: Iterable[Upload], limit: int
) -> Iterator[tuple[NewFile, ...]]:
    """Keep the uploads for as long as it takes to attach them; `Refused` names the file, and nothing stays (E3)."""
    with ExitStack() as kept:
        yield tuple([kept.enter_context(_stored(session, store, upload, limit)) for upload in uploads])


@contextmanager
def _stored(session: Session, store: FileStore, upload: Upload, limit: int) -> Iterator[NewFile]:
    new = _judged_and_saved(store, upload, limit)
    try:
        yield new
    finally:
        # Asked of the database, not of the exception: a form sent twice answers without one and attaches nothing.
        if not _is_attached(session, new.stored.key):
            store.delete(new.stored.key)


def _judged_and_saved(store: FileStore, upload: Upload, limit: int) -> NewFile:
    name = clean_name(upload.name)
    try:
        accepted = check(upload.name, upload.stream, limit)
        pages = page_count(upload.stream) if accepted.kind is Kind.PDF else None
        upload.stream.seek(0)
        return NewFile(name, accepted, pages, store.save(upload.stream, limit))
    except Refused as refusal:
        raise type(refusal)(say("「%(name)s」: %(reason)s", name=name, reason=refusal.reason), field=FIELD) from refusal


def _is_attached(session: Session, key: str) -> bool:
    return session.scalar(select(Attachment.id).where(Attachment.storage_key == key)) is not None


def add_attachments(
    session: Session, article: Article, files: Iterable[NewFile], *, by: Actor, now: datetime
) -> list[Attachment]:
    refuse_withdrawn(article)
    last = session.scalar(select(func.max(Attachment.position)).where(Attachment.article_id == article.id)) or 0
    added = [_row(article, new, position, by, now) for position, new in enumerate(files, start=last + 1)]
    session.add_all(added)
    session.flush()
    for row in added:
        after = {"name": row.name, "size": row.size, "sha256": row.sha256, "article": article.public_id}
        record(session, "attachment added", row.public_id, by=by, now=now, after=after)
    if added:
        show_change(session, article)
    return added


def remove_attachment(session: Session, attachment: Attachment, *, by: Actor, now: datetime) -> None:
    """Readers get 404 from the next request on; the bytes stay with the record."""
    refuse_withdrawn(attachment.article)
    if attachment.removed_at is not None:
        raise Conflict(say("この添付ファイルはすでに外されています。"))
    attachment.removed_at = now
    before = {"name": attachment.name, "sha256": attachment.sha256, "article": attachment.article.public_id}
    record(session, "attachment removed", attachment.public_id, by=by, now=now, before=before)
    show_change(session, attachment.article)


def current_attachments(session: Session, article: Article) -> list[Attachment]:
    """Without the versions of manuals, which have their own screen (R9-12)."""
    here = (Attachment.article_id == article.id, Attachment.removed_at.is_(None), Attachment.manual_id.is_(None))
    return list(session.scalars(select(Attachment).where(*here).order_by(Attachment.position)))


def attachment_by(session: Session, article: Article, public_id: str) -> Attachment | None:
    here = (Attachment.article_id == article.id, Attachment.public_id == public_id)
    return session.scalars(select(Attachment).where(*here)).one_or_none()


def refuse_withdrawn(article: Article) -> None:
    if article.withdrawn_at is not None:
        raise Conflict(say("取り下げた記事の添付ファイルは変更できません。"))


def _row(article: Article, new: NewFile, position: int, by: Actor, now: datetime) -> Attachment:
    return Attachment(
        article_id=article.id,
        name=new.name,
        kind=new.accepted.kind.value,
        media_type=new.accepted.media_type,
        size=new.stored.size,
        sha256=new.stored.sha256,
        page_count=new.pages,
        storage_key=new.stored.key,
        position=position,
        added_at=now,
        scanned_at=now if new.stored.is_scanned else None,
        added_by_id=by.user_id,
    )


def show_change(session: Session, article: Article) -> None:
    """Of what readers see."""
    if article.published_at is not None:
        raise_versions(session, [article.page_id])
