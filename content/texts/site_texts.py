"""The site's own texts, edited by staff as content: contact page and FAQ (R2-6, R6-9)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from base.actors import Actor
from base.audit import record
from base.db import dialect_insert
from base.refusals import Conflict, Refused
from base.sentences import say
from content.article_text import kept_source, rendered
from content.languages import ENGLISH
from content.writing.models import SiteText, SiteTextRevision


class Slug(StrEnum):
    CONTACT = "contact"
    FAQ = "faq"


@dataclass(frozen=True, slots=True)
class TextWords:
    """Rendered before anything is locked; without English readers of English see the Japanese."""

    source: str
    html: str
    source_en: str | None
    html_en: str | None


class TextMovedOn(Conflict):
    """Somebody saved the text after this person opened it (E18)."""


def text_words(source: str, source_en: str) -> TextWords:
    """`Refused`, naming the field, where there is none or too much (R8-3, E17)."""
    kept, kept_en = kept_source(source), kept_source(source_en)
    if not kept.strip():
        raise Refused(say("本文を入力してください。"), field="source")
    has_english = bool(kept_en.strip())
    html_en = rendered(kept_en, "source_en", ENGLISH) if has_english else None
    return TextWords(kept, rendered(kept), kept_en if has_english else None, html_en)


def text_row(session: Session, slug: Slug) -> SiteText | None:
    return session.scalars(select(SiteText).where(SiteText.slug == slug)).one_or_none()


def save_text(
    session: Session, slug: Slug, words: TextWords, *, revision: int, by: Actor, now: datetime
) -> SiteText | None:
    """`revision`: the one that the person opened, 0 where there was none. None where nothing is different."""
    row = session.scalars(select(SiteText).where(SiteText.slug == slug).with_for_update()).one_or_none()
    if (row.revision if row else 0) != revision:
        raise _moved_on(row)
    if row is not None and (row.source, row.source_en) == (words.source, words.source_en):
        return None
    before = {"revision": revision} if revision else {}
    row = _written(session, slug, row, words, by, now)
    session.add(
        SiteTextRevision(
            site_text_id=row.id,
            number=row.revision,
            source=words.source,
            source_en=words.source_en,
            saved_at=now,
            saved_by_id=row.editor_id,
        )
    )
    record(session, "text.saved", f"text:{slug}", by=by, now=now, before=before, after={"revision": row.revision})
    return row


def _written(
    session: Session, slug: Slug, row: SiteText | None, words: TextWords, by: Actor, now: datetime
) -> SiteText:
    if by.user_id is None:
        raise ValueError("a text is written by a person")
    said = {"source": words.source, "html": words.html, "source_en": words.source_en, "html_en": words.html_en}
    columns = {**said, "revision": (row.revision if row else 0) + 1, "edited_at": now, "editor_id": by.user_id}
    if row is None:
        return _inserted(session, slug, columns)
    for name, value in columns.items():
        setattr(row, name, value)
    session.flush()
    return row


def _inserted(session: Session, slug: Slug, columns: Mapping[str, object]) -> SiteText:
    """Of two who write the first row at once the second waits here, and finds it."""
    first = dialect_insert(session, SiteText).values(slug=slug, **columns)
    row_id = session.execute(first.on_conflict_do_nothing(index_elements=["slug"]).returning(SiteText.id)).scalar()
    if row_id is None:
        raise _moved_on(text_row(session, slug))
    return session.get_one(SiteText, row_id)


def _moved_on(row: SiteText | None) -> TextMovedOn:
    if row is None:
        return TextMovedOn(say("この画面を開いたあとに、文面が変わりました。"))
    return TextMovedOn(
        say(
            "%(name)sさんが %(at)s に先に保存しています。",
            name=row.editor.name_kanji,
            at=row.edited_at,
        )
    )
