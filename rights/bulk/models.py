"""Bulk files of requests, kept until they are entered or given up (R9-13)."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from auth.models import User
from base.db import Base
from base.identifiers import public_id


class BulkFile(Base):
    """One file of one organization; its contact managers see it (R8-4).

    `content` is compressed, and empty once the file is entered. `rows`: orders in it, known when it has been read; `done`: how many are checked. `findings`: JSON, what
    was found in each row that can't be entered (`findings.py`); row 0 is the file as a whole.
    """

    __tablename__ = "bulk_file"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'faulty', 'checked', 'sent', 'entered')", name="state"),
        CheckConstraint("(state = 'entered') = (entered_at IS NOT NULL)", name="entered_sometime"),
        Index("ix_bulk_file_organization_id_uploaded_at", "organization_id", "uploaded_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    name: Mapped[str]
    content: Mapped[bytes]
    state: Mapped[str] = mapped_column(default="waiting")
    rows: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    new: Mapped[int] = mapped_column(default=0)
    changes: Mapped[int] = mapped_column(default=0)
    removals: Mapped[int] = mapped_column(default=0)
    skipped: Mapped[int] = mapped_column(default=0)
    findings: Mapped[str] = mapped_column(default="[]")
    uploaded_at: Mapped[datetime]
    uploaded_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    sent_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    touched_at: Mapped[datetime | None]
    entered_at: Mapped[datetime | None]

    uploaded_by: Mapped[User] = relationship(foreign_keys=[uploaded_by_id])
    sent_by: Mapped[User | None] = relationship(foreign_keys=[sent_by_id])
