"""What belongs to files: manuals with their versions, the text in an attachment, what a person last opened."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from base.db import Base
from base.identifiers import public_id
from content.models import Article, Attachment


class Manual(Base):
    """A document of an article that has versions: attachments with this `manual_id` (R9-12)."""

    __tablename__ = "manual"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), index=True)
    name: Mapped[str]
    created_at: Mapped[datetime]

    article: Mapped[Article] = relationship()


class ManualRead(Base):
    """A version of a manual in a person's hands: first and last fetched when, and where first (R9-12)."""

    __tablename__ = "manual_read"

    user_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    manual_id: Mapped[int] = mapped_column(ForeignKey("manual.id"), primary_key=True, index=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    opened_at: Mapped[datetime]
    last_opened_at: Mapped[datetime]
    pc_name: Mapped[str]


class AttachmentText(Base):
    """What a job found to read in an attachment (R7-5). Without a row nobody has looked yet; `why_not` for staff.

    The row is there, as a failed one, before the file is opened: `tries` says how often that was begun and not ended.
    """

    __tablename__ = "attachment_text"
    __table_args__ = (CheckConstraint("state IN ('read', 'empty', 'failed')", name="state"),)

    attachment_id: Mapped[int] = mapped_column(ForeignKey("attachment.id"), primary_key=True)
    state: Mapped[str]
    text: Mapped[str] = mapped_column(default="")
    why_not: Mapped[str | None]
    read_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)

    attachment: Mapped[Attachment] = relationship()
