"""What an article of a kind begins with: staff's own words, or until then the ones that come with the site (R7-4)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from base.actors import Actor
from base.audit import record
from base.refusals import Conflict, Refused
from base.sentences import say
from content.article_text import LONGEST_TITLE, kept_source, kept_title, rendered
from content.models import ArticleKind, Category
from content.writing.articles import person_of
from content.writing.models import ArticleTemplate
from content.writing.template_texts import DEFAULTS, to_fill_in


@dataclass(frozen=True, slots=True)
class Template:
    """`own` is what staff have written; `version` 0 where they haven't yet."""

    kind: ArticleKind
    category: str
    title: str
    source: str
    own: ArticleTemplate | None

    @property
    def version(self) -> int:
        return self.own.version if self.own else 0


class TemplateMovedOn(Conflict):
    """Somebody saved it after this person opened it (E18)."""


def all_templates(session: Session) -> list[Template]:
    """One a kind, in the order of the kinds."""
    kinds = select(ArticleKind, Category.name, ArticleTemplate).join_from(ArticleKind, Category)
    found = kinds.outerjoin(ArticleTemplate, ArticleTemplate.kind_id == ArticleKind.id)
    ordered = found.options(joinedload(ArticleTemplate.editor)).order_by(Category.position, ArticleKind.position)
    return [_template(kind, category, own) for kind, category, own in session.execute(ordered)]


def template_of(session: Session, slug: str) -> Template | None:
    return next((each for each in all_templates(session) if each.kind.slug == slug), None)


def _template(kind: ArticleKind, category: str, own: ArticleTemplate | None) -> Template:
    title, source = (own.title, own.source) if own else DEFAULTS.get(kind.slug, ("", ""))
    return Template(kind, category, title, source, own)


def save_template(
    session: Session, kind: ArticleKind, title: str, source: str, *, seen: int, by: Actor, now: datetime
) -> None:
    """`Refused`, naming the field, for a text that is too much; both may be empty: then the kind has none."""
    shown, kept = kept_title(title), kept_source(source)
    if len(shown) > LONGEST_TITLE:
        raise Refused(say("件名は%(longest)s文字以内で入力してください。", longest=LONGEST_TITLE), field="title")
    rendered(kept)
    row = _locked(session, kind, seen)
    before = {"title": row.title} if row else None
    facts = {"title": shown, "source": kept, "version": seen + 1, "edited_at": now, "editor_id": person_of(by)}
    if row is None:
        session.add(ArticleTemplate(kind_id=kind.id, **facts))
    else:
        for name, value in facts.items():
            setattr(row, name, value)
    record(session, "template saved", kind.slug, by=by, now=now, before=before, after={"title": shown})


def reset_template(session: Session, kind: ArticleKind, *, seen: int, by: Actor, now: datetime) -> None:
    row = _locked(session, kind, seen)
    if row is not None:
        session.delete(row)
        record(session, "template reset", kind.slug, by=by, now=now, before={"title": row.title})


def _locked(session: Session, kind: ArticleKind, seen: int) -> ArticleTemplate | None:
    """Of two who write the first of a kind one waits for the other, though there is no row yet to wait for."""
    session.execute(select(ArticleKind.id).where(ArticleKind.id == kind.id).with_for_update())
    row = session.get(ArticleTemplate, kind.id, populate_existing=True)
    if row is not None and row.version != seen:
        raise TemplateMovedOn(
            say("%(name)sさんが %(at)s に先に保存しています。", name=row.editor.name_kanji, at=row.edited_at)
        )
    if row is None and seen:
        raise TemplateMovedOn(say("ほかの方が先に標準のひな形に戻しています。"))
    return row


def filled_in(session: Session, kind: str, title: str, source: str) -> tuple[str, str] | None:
    """Title and source with the kind's template where they are empty, or no more than another template; None where nothing fits."""
    templates = all_templates(session)
    wanted = next((each for each in templates if each.kind.slug == kind), None)
    if wanted is None:
        return None
    untouched_titles = {"", *(each.title for each in templates)}
    untouched_sources = {"", *(each.source.strip() for each in templates)}
    is_title_free, is_source_free = title.strip() in untouched_titles, source.strip() in untouched_sources
    if not (is_title_free and wanted.title) and not (is_source_free and wanted.source):
        return None
    return wanted.title if is_title_free else title, wanted.source if is_source_free else source


def left_to_fill_in(session: Session, kind_id: int, *typed: str) -> list[str]:
    """What the template asked for and nobody has filled in yet."""
    found = next((each for each in all_templates(session) if each.kind.id == kind_id), None)
    return to_fill_in((found.title, found.source), typed) if found else []
