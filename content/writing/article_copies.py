"""A new draft that says what another article says (R7-4)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from base.actors import Actor
from base.audit import record
from content.article_text import ArticleText, EnglishText, rendered
from content.files.attachments import NewFile, add_attachments
from content.languages import ENGLISH
from content.models import Article, Attachment
from content.writing.article_previews import kept_text
from content.writing.articles import draft_article, save_draft


def linked_files(article: Article, files: Iterable[Attachment]) -> list[Attachment]:
    """Those that its text itself shows or leads to."""
    text = f"{article.source}\n{article.source_en or ''}"
    return [each for each in files if address_of(each) in text]


def address_of(file: Attachment) -> str:
    return f"/files/{file.public_id}"


def copy_article(
    session: Session,
    article: Article,
    copied: Sequence[Attachment],
    files: Sequence[NewFile],
    *,
    by: Actor,
    now: datetime,
) -> Article:
    """Text, page, kind, tags and English; `files` are new copies of `copied`. Marks, plans and records stay with the first."""
    text = replace(kept_text(session, article), is_pinned=False, important_until=None)
    draft = draft_article(session, text, by=by, now=now)
    added = add_attachments(session, draft, files, by=by, now=now)
    addresses = {address_of(old): address_of(new) for old, new in zip(copied, added, strict=True)}
    save_draft(session, draft, _leading_to(text, addresses), revision=1, by=by, now=now)
    facts = {"article": article.public_id, "files": len(added)}
    record(session, "article copied", draft.public_id, by=by, now=now, after=facts)
    return draft


def _leading_to(text: ArticleText, addresses: Mapping[str, str]) -> ArticleText:
    """With links to the copies in place of the first article's files."""
    source = _replaced(text.source, addresses)
    if source != text.source:
        text = replace(text, source=source, html=rendered(source))
    english = text.english
    if english and (words := _replaced(english.source, addresses)) != english.source:
        html = rendered(words, "source_en", ENGLISH)
        text = replace(text, english=EnglishText(english.title, words, html))
    return text


def _replaced(source: str, addresses: Mapping[str, str]) -> str:
    for old, new in addresses.items():
        source = source.replace(old, new)
    return source
