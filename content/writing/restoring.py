"""A draft says again what an earlier revision said (R7-4)."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from base.actors import Actor
from base.audit import record
from content.article_text import english_text, rendered
from content.models import Article, ArticleRevision
from content.writing.article_previews import kept_text
from content.writing.articles import save_draft


def restore_draft(
    session: Session, article: Article, kept: ArticleRevision, *, revision: int, by: Actor, now: datetime
) -> None:
    """Title, text and English, as a new revision; page, kind, tags and marks stay. A public article's goes over its check sheet."""
    text = replace(
        kept_text(session, article),
        title=kept.title,
        source=kept.source,
        html=rendered(kept.source),
        english=english_text(kept.title_en or "", kept.source_en or ""),
    )
    save_draft(session, article, text, revision=revision, by=by, now=now)
    if article.revision != revision:
        after = {"revision": article.revision, "restored": kept.number}
        record(session, "article restored", article.public_id, by=by, now=now, after=after)
