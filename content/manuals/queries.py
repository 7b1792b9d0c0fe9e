"""Manuals as readers and staff see them: versions newest first (R9-12)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, joinedload

from content.article_states import ArticleTimes
from content.files.models import Manual
from content.languages import Words, in_language
from content.models import Article, Attachment, Category

_ARTICLE = Article.__table__.c
_FILE = Attachment.__table__.c
_MANUAL = Manual.__table__.c


@dataclass(frozen=True, slots=True)
class Version:
    """`number` counts up; readers may have it. `name` is its file's."""

    number: int
    added_at: datetime
    what_changed: str
    public_id: str
    name: str
    kind: str
    size: int
    page_count: int | None
    sha256: str
    scanned_at: datetime | None


@dataclass(frozen=True, slots=True)
class KnownManual:
    """`versions` newest first, never empty."""

    id: int
    public_id: str
    name: str
    versions: tuple[Version, ...]

    @property
    def latest(self) -> Version:
        return self.versions[0]


@dataclass(frozen=True, slots=True)
class Place:
    """The article in which a manual stands, and what decides about who may see it."""

    times: ArticleTimes
    article: str
    title: str
    title_en: str | None
    category: str
    category_name: str
    page_id: int

    def title_in(self, language: str) -> Words:
        return in_language(language, language, self.title, self.title_en)


_VERSIONS = (
    select(
        _MANUAL.id.label("manual_id"),
        _MANUAL.public_id.label("manual"),
        _MANUAL.name.label("manual_name"),
        _FILE.version,
        _FILE.added_at,
        _FILE.what_changed,
        _FILE.public_id,
        _FILE.name,
        _FILE.kind,
        _FILE.size,
        _FILE.page_count,
        _FILE.sha256,
        _FILE.scanned_at,
    )
    .join_from(Manual.__table__, Attachment.__table__, _FILE.manual_id == _MANUAL.id)
    .where(_FILE.removed_at.is_(None))
    .order_by(_MANUAL.id, _FILE.version.desc())
)
_PLACE = (
    select(
        _ARTICLE.public_id,
        _ARTICLE.title,
        _ARTICLE.title_en,
        Category.slug,
        Category.name,
        _ARTICLE.page_id,
        _ARTICLE.published_at,
        _ARTICLE.withdrawn_at,
        _ARTICLE.ends_at,
    )
    .join_from(Manual.__table__, Article.__table__, _ARTICLE.id == _MANUAL.article_id)
    .join(Category.__table__, Category.id == _ARTICLE.category_id)
    .where(_MANUAL.public_id == bindparam("public_id"))
)


def _manuals(rows: Sequence[Any]) -> list[KnownManual]:
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(row.manual_id, []).append(row)
    return [
        KnownManual(of[0].manual_id, of[0].manual, of[0].manual_name, tuple(_version(row) for row in of))
        for of in found.values()
    ]


def _version(row: Any) -> Version:
    return Version(row.version, row.added_at, row.what_changed or "", *row[6:])


def manuals_of(session: Session, article_id: int) -> list[KnownManual]:
    """Those of which readers may have a version."""
    return _manuals(session.connection().execute(_VERSIONS.where(_MANUAL.article_id == article_id)).all())


def manual_with_place(session: Session, public_id: str) -> tuple[KnownManual, Place] | None:
    """None where there is no such manual, or no version of it left."""
    versions = session.connection().execute(_VERSIONS.where(_MANUAL.public_id == public_id)).all()
    place: Any = session.connection().execute(_PLACE, {"public_id": public_id}).first()
    if not versions or place is None:
        return None
    return _manuals(versions)[0], Place(ArticleTimes(*place[-3:]), *place[:-3])


def manual_by(session: Session, article: Article, public_id: str) -> Manual | None:
    here = (Manual.article_id == article.id, Manual.public_id == public_id)
    return session.scalars(select(Manual).where(*here)).one_or_none()


def all_versions(session: Session, manual: Manual) -> list[Attachment]:
    """What was taken back as well, for staff."""
    here = select(Attachment).where(Attachment.manual_id == manual.id).options(joinedload(Attachment.added_by))
    return list(session.scalars(here.order_by(Attachment.version.desc())))


def manuals_for_staff(session: Session, article: Article) -> list[tuple[Manual, Attachment | None]]:
    """Each with its latest version; None where all were taken back."""
    latest = {
        row.manual_id: row
        for row in session.scalars(
            select(Attachment)
            .where(Attachment.article_id == article.id, Attachment.removed_at.is_(None))
            .where(Attachment.manual_id.is_not(None))
            .order_by(Attachment.version)
        )
    }
    manuals = session.scalars(select(Manual).where(Manual.article_id == article.id).order_by(Manual.id))
    return [(manual, latest.get(manual.id)) for manual in manuals]


def numbers_of(session: Session, manual_id: int) -> list[int]:
    """All that were ever given, in a locked article."""
    found = session.scalars(select(Attachment.version).where(Attachment.manual_id == manual_id))
    return [number for number in found if number is not None]
