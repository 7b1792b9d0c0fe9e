"""A manual as articles and its own page show it, to readers and in previews alike (R9-12)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup
from sqlalchemy.orm import Session

from content.files.shown_files import ShownFile, shown_file
from content.manuals.queries import KnownManual, Version, manuals_of


@dataclass(frozen=True, slots=True)
class ShownVersion:
    number: int
    added_at: datetime
    what_changed: str
    file: ShownFile


@dataclass(frozen=True, slots=True)
class ShownManual:
    """`versions` newest first. `mark`: the blank for whether it has changed since the reader fetched it."""

    name: str
    href: str
    versions: tuple[ShownVersion, ...]
    mark: Markup

    @property
    def latest(self) -> ShownVersion:
        return self.versions[0]


def unmarked(_manual_id: int) -> Markup:
    """Where there is no reader."""
    return Markup()


def shown_manual(manual: KnownManual, mark: Callable[[int], Markup] = unmarked) -> ShownManual:
    versions = tuple(_shown(version) for version in manual.versions)
    return ShownManual(manual.name, f"/manuals/{manual.public_id}", versions, mark(manual.id))


def shown_manuals(
    session: Session, article_id: int, mark: Callable[[int], Markup] = unmarked
) -> list[ShownManual | ShownFile]:
    """They stand above the article's other files."""
    return [shown_manual(manual, mark) for manual in manuals_of(session, article_id)]


def _shown(version: Version) -> ShownVersion:
    return ShownVersion(version.number, version.added_at, version.what_changed, shown_file(version))
