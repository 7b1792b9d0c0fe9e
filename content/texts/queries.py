"""What readers see of the site's own texts, and how they came about (R2-6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from base.settings import Operator
from content.languages import ENGLISH, JAPANESE
from content.markup import render
from content.texts.defaults import default_source
from content.texts.site_texts import Slug, text_row
from content.writing.models import SiteText, SiteTextRevision
from content.writing.revisions import Line, differences


@dataclass(frozen=True, slots=True)
class ShownText:
    """`is_missing`: English was wanted and there is none."""

    html: Markup
    language: str
    is_missing: bool = False

    @property
    def deeper(self) -> Markup:
        """For below a heading of its own: each heading one level down."""
        html = str(self.html)
        for level in (3, 2):
            html = html.replace(f"<h{level}>", f"<h{level + 1}>").replace(f"</h{level}>", f"</h{level + 1}>")
        return Markup(html)  # noqa: S704 - cleaned when it was rendered


@dataclass(frozen=True, slots=True)
class Source:
    """`number` 0: what the site says by itself."""

    number: int
    source: str
    source_en: str | None


@dataclass(frozen=True, slots=True)
class Compared:
    rows: Sequence[SiteTextRevision]
    shown: Source
    japanese: list[Line]
    english: list[Line]


@lru_cache(maxsize=8)
def _rendered(source: str, language: str) -> Markup:
    return Markup(render(source, language))  # noqa: S704 - cleaned there


def shown_text(session: Session, slug: Slug, language: str, operator: Operator) -> ShownText:
    wanted = ENGLISH if language == ENGLISH else JAPANESE
    row = text_row(session, slug)
    if row is None:
        return ShownText(_rendered(default_source(slug, wanted, operator), wanted), wanted)
    if wanted == ENGLISH and row.html_en is not None:
        return ShownText(Markup(row.html_en), ENGLISH)  # noqa: S704 - cleaned when it was saved
    return ShownText(Markup(row.html), JAPANESE, is_missing=wanted == ENGLISH)  # noqa: S704 - cleaned when it was saved


def original(slug: Slug, operator: Operator) -> Source:
    return Source(0, default_source(slug, JAPANESE, operator), default_source(slug, ENGLISH, operator))


def current(session: Session, slug: Slug, operator: Operator) -> Source:
    row = text_row(session, slug)
    return Source(row.revision, row.source, row.source_en) if row else original(slug, operator)


def revisions_of(session: Session, slug: Slug) -> Sequence[SiteTextRevision]:
    """The latest first, with who saved."""
    here = select(SiteTextRevision).join(SiteText, SiteText.id == SiteTextRevision.site_text_id)
    found = here.where(SiteText.slug == slug).options(joinedload(SiteTextRevision.saved_by))
    return session.scalars(found.order_by(SiteTextRevision.number.desc())).all()


def source_of(session: Session, slug: Slug, number: int, operator: Operator) -> Source | None:
    """None where there is no such revision."""
    found = {each.number: each for each in revisions_of(session, slug)}
    if number == 0:
        return original(slug, operator)
    return Source(number, found[number].source, found[number].source_en) if number in found else None


def compared(session: Session, slug: Slug, number: int, operator: Operator) -> Compared | None:
    """A revision against the one before it; None where there is no such number."""
    shown = source_of(session, slug, number, operator)
    before = source_of(session, slug, number - 1, operator) if number else shown
    if shown is None or before is None:
        return None
    english = differences(before.source_en or "", shown.source_en or "")
    return Compared(revisions_of(session, slug), shown, differences(before.source, shown.source), english)
