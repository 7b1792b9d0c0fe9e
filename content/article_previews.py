"""An article drawn by the very macro that draws it for readers (R7-4)."""

from datetime import datetime

from flask import get_template_attribute
from markupsafe import Markup
from sqlalchemy.orm import Session

from content.article_text import ArticleText
from content.attachments import current_attachments
from content.file_names import extension
from content.importance import Emphasis, is_important
from content.models import Article, ArticleKind, Attachment, Category, Page
from content.reading_queries import FullArticle, Listed
from content.shelf import PIECES, ShownFile
from content.sizes import size_text
from content.tags import tags_of


def drawn(session: Session, text: ArticleText, article: Article | None, now: datetime) -> Markup:
    """As readers would see it if it went public now; `article` is what exists of it already."""
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
        updated_at=now if article and article.published_at else None,
        is_pinned=text.is_pinned,
        important_until=text.important_until,
        ack_asked_at=article.ack_asked_at if article else None,
    )
    full = FullArticle(listed, text.html, article.revision if article else 1, category.name)
    files = [shown_file(each) for each in current_attachments(session, article)] if article else []
    emphasis = Emphasis(kind.slug, published_at, text.is_pinned, text.important_until)
    draw = get_template_attribute(PIECES, "article")
    page = session.get_one(Page, text.page_id)
    return Markup(draw(full, page, files, is_important(emphasis, now), tags=text.tags, heading="h2"))  # noqa: S704 - a template's own answer


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
    )


def shown_file(row: Attachment) -> ShownFile:
    suffix = extension(row.name).upper()
    return ShownFile(row.name, f"/files/{row.public_id}", suffix, size_text(row.size), row.page_count)
