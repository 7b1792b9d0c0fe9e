"""What has changed since a person last read it: articles by their revision, manuals by their version (R9-12)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from content.languages import Words, in_language
from content.manuals.states import is_revised

REFERENCE = "reference"

Fetched = Mapping[int, Mapping[int, datetime]]


@dataclass(frozen=True, slots=True)
class UpdatedArticle:
    id: int
    public_id: str
    page_id: int
    category: str
    title: str
    title_en: str | None
    revision: int
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class LatestManual:
    """A manual at its latest version."""

    id: int
    public_id: str
    article_id: int
    page_id: int
    name: str
    version: int
    added_at: datetime
    what_changed: str


@dataclass(frozen=True, slots=True)
class Material:
    """Something to look up that has changed, as the home page names it; `version` 0 for an article without one."""

    href: str
    title: str
    title_en: str | None
    page_id: int
    at: datetime
    version: int = 0
    what_changed: str = ""

    def title_in(self, language: str) -> Words:
        return in_language(language, language, self.title, self.title_en)


@dataclass(frozen=True, slots=True)
class SinceRead:
    """`articles`: ids of those that have changed themselves or have a changed manual; `materials`: newest first."""

    articles: frozenset[int] = frozenset()
    manuals: frozenset[int] = frozenset()
    materials: tuple[Material, ...] = ()


def since_read(
    updated: Iterable[UpdatedArticle],
    manuals: Iterable[LatestManual],
    revisions: Mapping[int, int | None],
    fetched: Fetched,
) -> SinceRead:
    """`revisions`: which revision of an article the person opened last; `fetched`: of a manual which versions, and when."""
    revised = [each for each in manuals if is_revised(fetched.get(each.id, {}), each.version)]
    changed = [each for each in updated if each.revision > (revisions.get(each.id) or each.revision)]
    with_manual = {each.article_id for each in revised}
    materials = [_of_manual(each) for each in revised]
    materials += [_of_article(each) for each in changed if each.category == REFERENCE and each.id not in with_manual]
    return SinceRead(
        frozenset(each.id for each in changed) | with_manual,
        frozenset(each.id for each in revised),
        tuple(sorted(materials, key=lambda each: (each.at, each.href), reverse=True)),
    )


def _of_manual(manual: LatestManual) -> Material:
    href, at = f"/manuals/{manual.public_id}", manual.added_at
    return Material(href, manual.name, None, manual.page_id, at, manual.version, manual.what_changed)


def _of_article(article: UpdatedArticle) -> Material:
    href, at = f"/articles/{article.public_id}", article.updated_at
    return Material(href, article.title, article.title_en, article.page_id, at)
