"""The lists of J-note's IDs that staff have brought (R5-7)."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from auth.models import User
from base.db import Base
from base.identifiers import public_id


class JNoteList(Base):
    """A file that was found in order. `ids`: a line each, until it is taken over or forgotten; `taken_at`: the present list from then on."""

    __tablename__ = "jnote_list"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    file_name: Mapped[str]
    count: Mapped[int]
    repeated: Mapped[int]
    ids: Mapped[str]
    checked_at: Mapped[datetime]
    checked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    taken_at: Mapped[datetime | None]
    taken_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    checked_by: Mapped[User] = relationship(foreign_keys=[checked_by_id])
    taken_by: Mapped[User | None] = relationship(foreign_keys=[taken_by_id])
