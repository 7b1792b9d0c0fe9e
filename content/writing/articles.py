"""What staff do with articles: draft, publish, update, mark, withdraw (R7-4, R7-13)."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session, object_session

from base.actors import Actor
from base.audit import record
from base.mail_text import on_one_line
from base.refusals import Conflict, Refused
from base.sentences import say
from content.article_queries import state_of
from content.article_states import ArticleState
from content.article_text import ArticleText
from content.mailing.publications import WITHDRAWN, announce, recall_mails, tell_of, untold_of
from content.models import Article, ArticleKind, ArticleRevision, Category, Page, Publication
from content.page_versions import raise_versions
from content.writing.tags import set_tags, tags_of

LONGEST_REASON = 200


class EditedMeanwhile(Conflict):
    """Somebody saved, published or withdrew the article after this person opened it (E18)."""


def draft_article(session: Session, text: ArticleText, *, by: Actor, now: datetime) -> Article:
    author_id = person_of(by)
    article = Article(
        author_id=author_id, editor_id=author_id, created_at=now, edited_at=now, **_columns(session, text), revision=1
    )
    session.add(article)
    session.flush()
    set_tags(session, article.id, text.tags)
    _keep_revision(session, article, now)
    record(session, "article drafted", article.public_id, by=by, now=now, after=facts_of(article))
    return article


def save_draft(
    session: Session, article: Article, text: ArticleText, *, revision: int, by: Actor, now: datetime
) -> None:
    """A published article is never saved silently: that is `save_update`."""
    if article.published_at is not None:
        raise EditedMeanwhile(say("%(at)s に公開されています。", at=article.published_at))
    refuse_moved_on(article, revision)
    before = facts_of(article)
    if not _write(session, article, text, by, now):
        return
    record(session, "article saved", article.public_id, by=by, now=now, before=before, after=facts_of(article))


def publish(
    session: Session,
    article: Article,
    *,
    revision: int,
    suppress_reason: str | None,
    ends_at: datetime | None = None,
    by: Actor,
    now: datetime,
) -> Publication:
    """Show the draft to its readers; mails go unless `suppress_reason` says why not (R7-13)."""
    refuse_published(article)
    refuse_moved_on(article, revision)
    article.published_at, article.ends_at = now, ends_at
    raise_versions(session, [article.page_id])
    return _announced(session, article, "article published", suppress_reason, by, now)


def save_update(
    session: Session,
    article: Article,
    text: ArticleText,
    *,
    revision: int,
    suppress_reason: str | None,
    by: Actor,
    now: datetime,
) -> Publication:
    """A new revision of a published article, mailed like the first (R7-13); also where only its attachments changed.

    Its marks stay: they are `change_marks`' alone, so that two people don't undo each other's.
    """
    if state_of(article, now) is not ArticleState.PUBLISHED:
        raise EditedMeanwhile(say("公開中の記事ではなくなっています。"))
    refuse_moved_on(article, revision)
    settle_plan(session, article, now)
    earlier_page = article.page_id
    if not _write(session, article, with_marks_of(article, text), by, now):
        _count_up(session, article, by, now)
    article.updated_at = now
    raise_versions(session, [earlier_page, article.page_id])
    return _announced(session, article, "article updated", suppress_reason, by, now)


def with_marks_of(article: Article, text: ArticleText) -> ArticleText:
    return replace(text, is_pinned=article.is_pinned, important_until=article.important_until)


def change_marks(
    session: Session, article: Article, *, is_pinned: bool, important_until: datetime | None, by: Actor, now: datetime
) -> None:
    """Pin or emphasize without a new revision, so without a mail."""
    refuse_unpublished(article)
    before = facts_of(article)
    article.is_pinned, article.important_until = is_pinned, important_until
    raise_versions(session, [article.page_id])
    record(session, "article marked", article.public_id, by=by, now=now, before=before, after=facts_of(article))


def withdraw(session: Session, article: Article, reason: str, *, by: Actor, now: datetime) -> None:
    """From the next request on it doesn't exist for readers; what waits of its mails doesn't go out (F10)."""
    refuse_unpublished(article)
    kept = on_one_line(reason)[:LONGEST_REASON]
    if not kept:
        raise Refused(say("取り下げる理由を入力してください。"), field="reason")
    dropped = settle_plan(session, article, now)
    article.withdrawn_at, article.withdraw_reason = now, kept
    article.editor_id, article.edited_at = person_of(by), now
    raise_versions(session, [article.page_id])
    recalled = recall_mails(session, article, reason=WITHDRAWN)
    after = {"reason": kept, "recalled_mails": recalled, **({"go_live_at": dropped.at} if dropped else {})}
    record(session, "article withdrawn", article.public_id, by=by, now=now, after=after)


def settle_plan(session: Session, article: Article, now: datetime) -> Publication | None:
    """A publication that has begun is told of here and now, where the job hasn't come to it; one to come is dropped.

    Answers the dropped one.
    """
    untold = untold_of(session, article)
    if untold is None:
        return None
    if untold.at <= now:
        tell_of(session, untold, now)
        return None
    session.delete(untold)
    session.flush()
    return untold


def person_of(by: Actor) -> int:
    if by.user_id is None:
        raise ValueError("an article is written by a person")
    return by.user_id


def refuse_moved_on(article: Article, revision: int) -> None:
    if article.revision != revision:
        raise EditedMeanwhile(
            say(
                "%(name)sさんが %(at)s に先に保存しています。",
                name=article.editor.name_kanji,
                at=article.edited_at,
            )
        )


def refuse_published(article: Article) -> None:
    if article.published_at is not None:
        raise Conflict(say("この記事はすでに公開されています。"))


def refuse_unpublished(article: Article) -> None:
    if article.published_at is None:
        raise Conflict(say("この記事はまだ公開されていません。"))
    if article.withdrawn_at is not None:
        raise Conflict(say("この記事はすでに取り下げられています。"))


def _columns(session: Session, text: ArticleText) -> dict[str, Any]:
    kind = session.get_one(ArticleKind, text.kind_id)
    return {
        "page": session.get_one(Page, text.page_id),
        "category": session.get_one(Category, kind.category_id),
        "kind": kind,
        "title": text.title,
        "source": text.source,
        "html": text.html,
        "title_en": text.english.title if text.english else None,
        "source_en": text.english.source if text.english else None,
        "html_en": text.english.html if text.english else None,
        "is_pinned": text.is_pinned,
        "important_until": text.important_until,
    }


def _write(session: Session, article: Article, text: ArticleText, by: Actor, now: datetime) -> bool:
    """Answers whether anything is different."""
    columns = _columns(session, text)
    changed = {name: value for name, value in columns.items() if getattr(article, name) != value}
    are_tags_changed = set_tags(session, article.id, text.tags)
    if not changed and not are_tags_changed:
        return False
    for name, value in changed.items():
        setattr(article, name, value)
    _count_up(session, article, by, now)
    return True


def _count_up(session: Session, article: Article, by: Actor, now: datetime) -> None:
    article.revision += 1
    article.editor_id, article.edited_at = person_of(by), now
    session.flush()
    _keep_revision(session, article, now)


def _keep_revision(session: Session, article: Article, now: datetime) -> None:
    revision = ArticleRevision(
        article_id=article.id,
        number=article.revision,
        title=article.title,
        source=article.source,
        title_en=article.title_en,
        source_en=article.source_en,
        saved_at=now,
        saved_by_id=article.editor_id,
    )
    session.add(revision)


def _announced(
    session: Session, article: Article, action: str, suppress_reason: str | None, by: Actor, now: datetime
) -> Publication:
    publication = announce(session, article, suppress_reason=suppress_reason, by_id=person_of(by), now=now)
    after = facts_of(article) | {"mails": publication.mail_count, "suppress_reason": publication.suppress_reason}
    record(session, action, article.public_id, by=by, now=now, after=after)
    return publication


def facts_of(article: Article) -> dict[str, Any]:
    """What the audit trail keeps of an article; its text is in the revision."""
    session = object_session(article)
    assert session is not None
    return {
        "page": article.page.slug,
        "kind": article.kind.slug,
        "title": article.title,
        **({"title_en": article.title_en} if article.title_en else {}),
        "revision": article.revision,
        "is_pinned": article.is_pinned,
        "important_until": article.important_until,
        "tags": list(tags_of(session, article.id)),
        **({"ends_at": article.ends_at} if article.ends_at else {}),
    }
