"""Texts of attachments: each is read once, by one of several workers, and never again by itself where that broke a worker (R7-5)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import Session

from base.db import dialect_insert
from content.files.models import AttachmentText
from content.files.names import extension
from content.files.reading import FoundText, TextState
from content.models import Attachment

BEGUN = "読み取りの途中で止まりました。"
MOST_TRIES = 2
GIVEN_UP_AFTER = timedelta(minutes=15)


def _is_left(now: datetime) -> ColumnElement[bool]:
    """Begun, not ended, and whoever began is gone."""
    is_old = or_(AttachmentText.read_at < now - GIVEN_UP_AFTER, AttachmentText.read_at > now + GIVEN_UP_AFTER)
    return and_(AttachmentText.why_not == BEGUN, AttachmentText.tries < MOST_TRIES, is_old)


def claim(session: Session, now: datetime) -> Attachment | None:
    """The newest file to read, noted as begun before anybody opens it; None where there is none, or another was quicker."""
    looked_at = select(Attachment).outerjoin(AttachmentText, AttachmentText.attachment_id == Attachment.id)
    is_open = or_(AttachmentText.attachment_id.is_(None), _is_left(now))
    newest = looked_at.where(Attachment.removed_at.is_(None), is_open).order_by(Attachment.id.desc()).limit(1)
    file = session.scalars(newest).first()
    return file if file and _begin(session, file.id, now) else None


def _begin(session: Session, attachment_id: int, now: datetime) -> bool:
    begun = {"state": TextState.FAILED.value, "why_not": BEGUN, "read_at": now}
    new = dialect_insert(session, AttachmentText).values(attachment_id=attachment_id, text="", tries=1, **begun)
    if session.execute(new.on_conflict_do_nothing().returning(AttachmentText.attachment_id)).first():
        return True
    again = update(AttachmentText).where(AttachmentText.attachment_id == attachment_id, _is_left(now))
    taken = again.values(**begun, tries=AttachmentText.tries + 1).returning(AttachmentText.attachment_id)
    return session.execute(taken).first() is not None


def extension_of(file: Attachment) -> str:
    return extension(file.name)


def keep(session: Session, attachment_id: int, found: FoundText, now: datetime) -> None:
    row = session.get_one(AttachmentText, attachment_id, with_for_update=True)
    row.state, row.text, row.why_not = found.state.value, found.text, found.why_not
    row.read_at, row.tries = now, 0


def put_back(session: Session, attachment_id: int, now: datetime) -> None:
    """For later: the file could not be fetched, so nothing is known of it."""
    row = session.get_one(AttachmentText, attachment_id, with_for_update=True)
    row.why_not, row.read_at, row.tries = BEGUN, now, 0


def forget(session: Session) -> int:
    """Whatever could not be read is read again; answers how many files that are."""
    gone = select(AttachmentText).where(AttachmentText.state != TextState.READ.value)
    rows = session.scalars(gone).all()
    for row in rows:
        session.delete(row)
    return len(rows)


@dataclass(frozen=True, slots=True)
class TextNote:
    """What staff are told of a file's text: how many letters can be searched, or why there are none."""

    letters: int
    why_not: str | None


def text_notes(session: Session, article_id: int) -> dict[str, TextNote]:
    """By the files' public ids; one that nobody has looked at yet isn't in it."""
    wanted = select(Attachment.public_id, func.length(AttachmentText.text), AttachmentText.why_not)
    here = wanted.join(AttachmentText, AttachmentText.attachment_id == Attachment.id)
    rows = session.execute(here.where(Attachment.article_id == article_id))
    return {public_id: TextNote(letters, why_not) for public_id, letters, why_not in rows}
