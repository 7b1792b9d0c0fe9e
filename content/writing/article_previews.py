"""An article drawn by the very macro that draws it for readers (R7-4)."""

from dataclasses import dataclass
from datetime import datetime

from flask import get_template_attribute
from markupsafe import Markup
from sqlalchemy.orm import Session

from base.words import locale
from content.article_queries import times_of
from content.article_states import is_visible
from content.article_text import ArticleText, EnglishText
from content.files.attachments import current_attachments
from content.files.shown_files import shown_file
from content.languages import ENGLISH, JAPANESE
from content.manuals.shown_manuals import shown_manuals
from content.models import Article, ArticleKind, Category, Page
from content.reading.article_versions import version_of
from content.reading.importance import is_important
from content.reading.queries import FullArticle, Listed
from content.reading.shelf import PIECES
from content.writing.tags import tags_of


@dataclass(frozen=True, slots=True)
class Preview:
    """`english` is None where there is only the Japanese."""

    japanese: Markup
    english: Markup | None


def previews(session: Session, text: ArticleText, article: Article | None, now: datetime) -> Preview:
    """As readers would see it if it went public now; `article` is what exists of it already."""
    full = full_of(session, text, article, now)
    files = shown_manuals(session, article.id) if article else []
    files += [shown_file(each) for each in current_attachments(session, article)] if article else []
    is_shown_important = is_important(full.listed.emphasis, now)
    page, draw = session.get_one(Page, text.page_id), get_template_attribute(PIECES, "article")

    def drawn(language: str) -> Markup:
        version = version_of(full, language, locale())
        link = f"#preview-{version.other}"
        return Markup(draw(full, version, page, files, is_shown_important, text.tags, heading="h2", link=link))  # noqa: S704 - a template's own answer

    return Preview(drawn(JAPANESE), drawn(ENGLISH) if text.english else None)


def full_of(session: Session, text: ArticleText, article: Article | None, now: datetime) -> FullArticle:
    """What readers' queries would find of it."""
    kind = session.get_one(ArticleKind, text.kind_id)
    category = session.get_one(Category, kind.category_id)
    published_at = (article.published_at if article else None) or now
    listed = Listed(
        id=article.id if article else 0,
        public_id=article.public_id if article else "",
        page_id=text.page_id,
        category=category.slug,
        kind=kind.slug,
        kind_name=kind.name,
        tone=kind.tone,
        title=text.title,
        published_at=published_at,
        updated_at=now if article and is_visible(times_of(article), now) else None,
        is_pinned=text.is_pinned,
        important_until=text.important_until,
        ack_asked_at=article.ack_asked_at if article else None,
        title_en=text.english.title if text.english else None,
    )
    html_en = text.english.html if text.english else None
    return FullArticle(listed, text.html, article.revision if article else 1, category.name, html_en)


def kept_text(session: Session, article: Article) -> ArticleText:
    """What the article says now."""
    return ArticleText(
        article.page_id,
        article.kind_id,
        article.title,
        article.source,
        article.html,
        article.is_pinned,
        article.important_until,
        tags_of(session, article.id),
        kept_english(article),
    )


def kept_english(article: Article) -> EnglishText | None:
    if article.title_en is None or article.source_en is None or article.html_en is None:
        return None
    return EnglishText(article.title_en, article.source_en, article.html_en)
