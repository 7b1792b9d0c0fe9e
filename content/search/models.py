"""What can be searched of the articles, as the index of each database is made of it (R7-5)."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Integer
from sqlalchemy.orm import Mapped, mapped_column

from base.db import Base


class SearchPiece(Base):
    """A stretch of text of a published article or of a file of it, folded.

    `marks`: with blanks between, by what it can be narrowed (`search_marks`). The piece that stands for a whole article of several has no
    text of its own: its marks hold the tokens of them all. On SQLite ids rise with the day of publication: see `search_index`.
    """

    __tablename__ = "search_piece"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), index=True)
    attachment_id: Mapped[int | None] = mapped_column(ForeignKey("attachment.id"))
    number: Mapped[int]
    starts_at: Mapped[int]
    published_at: Mapped[datetime]
    marks: Mapped[str]
    text: Mapped[str]
