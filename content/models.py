"""What is shared: pages, articles, attachments, reading records, contact addresses, publications; stops of systems."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from auth.models import Organization, User
from base.db import Base
from base.identifiers import public_id

PINNED = text("is_pinned AND published_at IS NOT NULL AND withdrawn_at IS NULL")
ACK_ASKED = text("ack_asked_at IS NOT NULL AND published_at IS NOT NULL AND withdrawn_at IS NULL")
UPDATED = text("updated_at IS NOT NULL AND published_at IS NOT NULL AND withdrawn_at IS NULL")
ENDING = text("ends_at IS NOT NULL AND published_at IS NOT NULL AND withdrawn_at IS NULL")
TO_COME = text("announced_at IS NULL")
EMPHASIZED = text("important_until IS NOT NULL AND published_at IS NOT NULL AND withdrawn_at IS NULL")


class Page(Base):
    """共通 or one system's page (R7-1). `version` rises with every publication on it; caches are keyed by it."""

    __tablename__ = "page"
    __table_args__ = (CheckConstraint("system IN ('TAXIS', 'JOHS', 'JUJU', 'LOACUS', 'API')", name="system"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    system: Mapped[str | None]
    system_url: Mapped[str | None]
    position: Mapped[int]
    is_narrowed: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)


class Category(Base):
    """お知らせ, 基本情報 (R7-1)."""

    __tablename__ = "category"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    position: Mapped[int]


class ArticleKind(Base):
    """What an article is about, within a category: business, planned stop, manual, form and so on."""

    __tablename__ = "article_kind"

    id: Mapped[int] = mapped_column(primary_key=True)
    category_id: Mapped[int] = mapped_column(ForeignKey("category.id"))
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    tone: Mapped[str] = mapped_column(default="")
    position: Mapped[int]


class Article(Base):
    """The current revision in full. Never published: a draft; its state is derived (see `article_states`).

    `ack_asked_at`: since when readers are asked to acknowledge it (R9-3).
    `published_at` in the future: scheduled; from `ends_at` on readers don't see it any more.
    """

    __tablename__ = "article"
    __table_args__ = (
        Index(
            "ix_article_page_newest",
            "page_id",
            "published_at",
            "id",
            sqlite_where=text("published_at IS NOT NULL AND withdrawn_at IS NULL"),
            postgresql_where=text("published_at IS NOT NULL AND withdrawn_at IS NULL"),
        ),
        Index(
            "ix_article_page_category_newest",
            "page_id",
            "category_id",
            "published_at",
            "id",
            sqlite_where=text("published_at IS NOT NULL AND withdrawn_at IS NULL"),
            postgresql_where=text("published_at IS NOT NULL AND withdrawn_at IS NULL"),
        ),
        Index("ix_article_pinned", "page_id", sqlite_where=PINNED, postgresql_where=PINNED),
        Index(
            "ix_article_emphasized", "page_id", "important_until", sqlite_where=EMPHASIZED, postgresql_where=EMPHASIZED
        ),
        Index("ix_article_ack_asked", "page_id", sqlite_where=ACK_ASKED, postgresql_where=ACK_ASKED),
        Index("ix_article_updated", "page_id", "updated_at", sqlite_where=UPDATED, postgresql_where=UPDATED),
        Index("ix_article_ending", "page_id", "ends_at", sqlite_where=ENDING, postgresql_where=ENDING),
        CheckConstraint("withdrawn_at IS NULL OR published_at IS NOT NULL", name="withdrawn_after_published"),
        CheckConstraint(
            "ends_at IS NULL OR published_at IS NULL OR ends_at > published_at", name="ends_after_published"
        ),
        CheckConstraint("(title_en IS NULL) = (html_en IS NULL)", name="english_whole"),
        CheckConstraint("(source_en IS NULL) = (html_en IS NULL)", name="english_rendered"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    page_id: Mapped[int] = mapped_column(ForeignKey("page.id"))
    category_id: Mapped[int] = mapped_column(ForeignKey("category.id"))
    kind_id: Mapped[int] = mapped_column(ForeignKey("article_kind.id"))
    title: Mapped[str]
    source: Mapped[str]
    html: Mapped[str]
    title_en: Mapped[str | None]
    source_en: Mapped[str | None]
    html_en: Mapped[str | None]
    revision: Mapped[int] = mapped_column(default=1)
    is_pinned: Mapped[bool] = mapped_column(default=False)
    important_until: Mapped[datetime | None]
    ack_asked_at: Mapped[datetime | None]
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    editor_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    edited_at: Mapped[datetime] = mapped_column(index=True)
    published_at: Mapped[datetime | None]
    updated_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    withdraw_reason: Mapped[str | None]

    page: Mapped[Page] = relationship()
    category: Mapped[Category] = relationship()
    kind: Mapped[ArticleKind] = relationship()
    author: Mapped[User] = relationship(foreign_keys=[author_id])
    editor: Mapped[User] = relationship(foreign_keys=[editor_id])
    attachments: Mapped[list["Attachment"]] = relationship(back_populates="article", order_by="Attachment.position")


class ArticleRevision(Base):
    """What an article said at each saved revision (R7-4)."""

    __tablename__ = "article_revision"
    __table_args__ = (UniqueConstraint("article_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"))
    number: Mapped[int]
    title: Mapped[str]
    source: Mapped[str]
    title_en: Mapped[str | None]
    source_en: Mapped[str | None]
    saved_at: Mapped[datetime]
    saved_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))


class Attachment(Base):
    """A file of an article: its bytes lie in the file store under `storage_key`; `size` in bytes.

    Versions of a manual share their `manual_id` and count up (R9-12). `scanned_at`: None where no virus scanner looked (E8).
    """

    __tablename__ = "attachment"
    __table_args__ = (
        CheckConstraint("size > 0", name="size"),
        CheckConstraint("(manual_id IS NULL) = (version IS NULL)", name="version_of_manual"),
        UniqueConstraint("manual_id", "version"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), index=True)
    name: Mapped[str]
    kind: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str]
    page_count: Mapped[int | None]
    storage_key: Mapped[str] = mapped_column(unique=True)
    position: Mapped[int]
    added_at: Mapped[datetime]
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    scanned_at: Mapped[datetime | None]
    manual_id: Mapped[int | None] = mapped_column(ForeignKey("manual.id"))
    version: Mapped[int | None]
    what_changed: Mapped[str | None]
    removed_at: Mapped[datetime | None]

    article: Mapped[Article] = relationship(back_populates="attachments")
    added_by: Mapped[User | None] = relationship()


class ArticleRead(Base):
    """The first time that a person opened an article (R7-6), and when and where he acknowledged it (R9-3).

    `last_revision`: the newest one that he has opened, since `last_opened_at`; `revision_before`: the one that he had opened
    last when that came. None where it wasn't noted (R9-12).
    """

    __tablename__ = "article_read"
    __table_args__ = (
        Index("ix_article_read_article_id", "article_id"),
        CheckConstraint("(acknowledged_at IS NULL) = (acknowledged_pc IS NULL)", name="acknowledged_somewhere"),
    )

    user_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), primary_key=True)
    opened_at: Mapped[datetime]
    pc_name: Mapped[str]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_pc: Mapped[str | None]
    last_opened_at: Mapped[datetime | None]
    last_revision: Mapped[int | None]
    revision_before: Mapped[int | None]


class ReadUntil(Base):
    """「すべて既読にする」: what was published on the page up to then is no longer unread, opened or not (R7-5)."""

    __tablename__ = "read_until"

    user_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    page_id: Mapped[int] = mapped_column(ForeignKey("page.id"), primary_key=True)
    until_at: Mapped[datetime]


class ReadingCount(Base):
    """Rises with everything that a person reads: what is kept of his unread marks is keyed by it."""

    __tablename__ = "reading_count"

    user_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    reads: Mapped[int]


class Publication(Base):
    """One publication or update of an article: the occasion of its update mails (R7-13, R7-14).

    `announced_at`: when its mails were queued; None while its go-live is still to come (E13).
    """

    __tablename__ = "publication"
    __table_args__ = (
        UniqueConstraint("article_id", "revision"),
        CheckConstraint("is_mailed OR suppress_reason IS NOT NULL", name="suppressed_has_reason"),
        Index("ix_publication_to_come", "at", sqlite_where=TO_COME, postgresql_where=TO_COME),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"))
    revision: Mapped[int]
    title: Mapped[str]
    is_mailed: Mapped[bool]
    suppress_reason: Mapped[str | None]
    mail_count: Mapped[int] = mapped_column(default=0)
    at: Mapped[datetime] = mapped_column(index=True)
    announced_at: Mapped[datetime | None]
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))

    article: Mapped[Article] = relationship()
    by: Mapped[User] = relationship()


class ContactAddress(Base):
    """A contact manager's address for notices (R7-10). Its state is derived (see `address_states`)."""

    __tablename__ = "contact_address"
    __table_args__ = (
        Index(
            "uq_contact_address_organization",
            "organization_id",
            "address_folded",
            unique=True,
            sqlite_where=text("removed_at IS NULL"),
            postgresql_where=text("removed_at IS NULL"),
        ),
        CheckConstraint("link_version >= 1", name="link_version"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    person_name: Mapped[str]
    address: Mapped[str]
    address_folded: Mapped[str]
    registered_at: Mapped[datetime]
    registered_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    link_version: Mapped[int] = mapped_column(default=1)
    link_sent_at: Mapped[datetime | None]
    hold_reason: Mapped[str | None]
    verified_at: Mapped[datetime | None]
    verified_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    bounced_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]
    removed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    organization: Mapped[Organization] = relationship()
    verified_by: Mapped[User | None] = relationship(foreign_keys=[verified_by_id])


RUNNING_DISTURBANCE = text("kind = 'disturbance' AND ended_at IS NULL")


def _as_created(column: str) -> Any:
    """A new row was last changed when it was created."""
    return lambda context: context.get_current_parameters()[column]


class SystemStop(Base):
    """A planned stop or a disturbance (R2-1, R9-7). Only a planned one knows its end; `ended_at`: called off, or restored."""

    __tablename__ = "system_stop"
    __table_args__ = (
        CheckConstraint("system IN ('TAXIS', 'JOHS', 'JUJU', 'LOACUS')", name="system"),
        CheckConstraint("kind IN ('planned_stop', 'disturbance')", name="kind"),
        CheckConstraint("(kind = 'planned_stop') = (until_at IS NOT NULL)", name="planned_has_end"),
        CheckConstraint("until_at IS NULL OR until_at > from_at", name="until_after_from"),
        CheckConstraint("(ended_at IS NULL) = (ended_by_id IS NULL)", name="ended_by_somebody"),
        Index(
            "uq_system_stop_running",
            "system",
            unique=True,
            sqlite_where=RUNNING_DISTURBANCE,
            postgresql_where=RUNNING_DISTURBANCE,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    system: Mapped[str]
    kind: Mapped[str]
    effect: Mapped[str]
    from_at: Mapped[datetime] = mapped_column(index=True)
    until_at: Mapped[datetime | None]
    next_update_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    created_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    changed_at: Mapped[datetime] = mapped_column(default=_as_created("created_at"))
    changed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"), default=_as_created("created_by_id"))
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    created_by: Mapped[User] = relationship(foreign_keys=[created_by_id])
    changed_by: Mapped[User] = relationship(foreign_keys=[changed_by_id])
    ended_by: Mapped[User | None] = relationship(foreign_keys=[ended_by_id])
    notes: Mapped[list["SystemStopNote"]] = relationship(back_populates="stop", order_by="SystemStopNote.id")


class SystemStopNote(Base):
    """What was told of a disturbance, and when the next word was promised (R9-7)."""

    __tablename__ = "system_stop_note"

    id: Mapped[int] = mapped_column(primary_key=True)
    stop_id: Mapped[int] = mapped_column(ForeignKey("system_stop.id"), index=True)
    at: Mapped[datetime]
    words: Mapped[str]
    next_update_at: Mapped[datetime | None]
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))

    stop: Mapped[SystemStop] = relationship(back_populates="notes")
    by: Mapped[User] = relationship()
