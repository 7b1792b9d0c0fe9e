"""What writing leaves beside the articles: typed and not yet saved, templates, tags, texts of the site itself."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from auth.models import User
from base.db import Base
from base.identifiers import public_id
from content.models import Article, ArticleKind, Page


class Autosave(Base):
    """What a person has typed and not saved: for readers and for other staff it isn't there (R7-4).

    `key`: of an article its public id, of a new one what its form was given. `fields`: the form as JSON; `revision`: the one it began with.
    `version` counts the times it was kept: a window that knows another one doesn't write over it.
    """

    __tablename__ = "autosave"
    __table_args__ = (UniqueConstraint("person_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    key: Mapped[str]
    article_id: Mapped[int | None] = mapped_column(ForeignKey("article.id"), index=True)
    revision: Mapped[int]
    version: Mapped[int]
    fields: Mapped[str]
    saved_at: Mapped[datetime]

    person: Mapped[User] = relationship()


class ArticleTemplate(Base):
    """What staff want an article of a kind to begin with; without a row it is what comes with the site (R7-4, E18)."""

    __tablename__ = "article_template"

    kind_id: Mapped[int] = mapped_column(ForeignKey("article_kind.id"), primary_key=True)
    title: Mapped[str]
    source: Mapped[str]
    version: Mapped[int]
    edited_at: Mapped[datetime]
    editor_id: Mapped[int] = mapped_column(ForeignKey("person.id"))

    kind: Mapped[ArticleKind] = relationship()
    editor: Mapped[User] = relationship()


class Tag(Base):
    """A word that articles share; `folded` as searches fold it."""

    __tablename__ = "tag"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    folded: Mapped[str] = mapped_column(unique=True)


class ArticleTag(Base):
    __tablename__ = "article_tag"

    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), primary_key=True)
    tag_id: Mapped[int] = mapped_column(ForeignKey("tag.id"), primary_key=True, index=True)

    tag: Mapped[Tag] = relationship()


class SiteText(Base):
    """A page of the site that staff edit as content: contact and FAQ (R2-6). Without a row the defaults show."""

    __tablename__ = "site_text"
    __table_args__ = (
        CheckConstraint("slug IN ('contact', 'faq')", name="slug"),
        CheckConstraint("(source_en IS NULL) = (html_en IS NULL)", name="english_rendered"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    source: Mapped[str]
    html: Mapped[str]
    source_en: Mapped[str | None]
    html_en: Mapped[str | None]
    revision: Mapped[int] = mapped_column(default=1)
    edited_at: Mapped[datetime]
    editor_id: Mapped[int] = mapped_column(ForeignKey("person.id"))

    editor: Mapped[User] = relationship()


class SiteTextRevision(Base):
    __tablename__ = "site_text_revision"
    __table_args__ = (UniqueConstraint("site_text_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    site_text_id: Mapped[int] = mapped_column(ForeignKey("site_text.id"))
    number: Mapped[int]
    source: Mapped[str]
    source_en: Mapped[str | None]
    saved_at: Mapped[datetime]
    saved_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))

    saved_by: Mapped[User] = relationship()


class TrialMail(Base):
    """An update mail that somebody had sent to himself, with the words it had then; no publication (R9-2)."""

    __tablename__ = "trial_mail"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"))
    page_id: Mapped[int] = mapped_column(ForeignKey("page.id"))
    kind_id: Mapped[int] = mapped_column(ForeignKey("article_kind.id"))
    title: Mapped[str]
    title_en: Mapped[str | None]
    is_update: Mapped[bool]
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)

    article: Mapped[Article] = relationship()
    page: Mapped[Page] = relationship()
    kind: Mapped[ArticleKind] = relationship()
    asked_by: Mapped[User] = relationship()
