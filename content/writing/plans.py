"""Go-live and end of an article: planned, planned anew, taken back (R7-4, R7-13, E12, E13).

A plan is the article's own time in the future and a publication that nobody was told of: whether it has begun is
decided by the time at which somebody looks, and its mails are queued once it has (`going_live`).
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from base.actors import Actor
from base.audit import record
from base.refusals import Conflict
from base.sentences import say
from content.article_queries import state_of
from content.article_states import ArticleState
from content.article_text import ArticleText
from content.mailing.publications import note_publication, planned_of
from content.models import Article, Publication
from content.page_versions import raise_versions
from content.reading.acknowledgements import ask_from_the_start
from content.writing.articles import (
    EditedMeanwhile,
    facts_of,
    person_of,
    publish,
    refuse_moved_on,
    refuse_published,
    refuse_unpublished,
    save_draft,
    settle_plan,
    with_marks_of,
)
from content.writing.plan_rules import Decision, refuse_bad_end, refuse_bad_plan


def go_public(session: Session, article: Article, decision: Decision, *, by: Actor, now: datetime) -> Publication:
    """At once or at the planned time; what was planned before gives way."""
    refuse_bad_plan(decision, now)
    earlier = _take_plan_back(session, article, decision.plan_seen, now)
    if decision.go_live_at is not None:
        return _schedule(session, article, decision, decision.go_live_at, earlier, by, now)
    publication = publish(
        session,
        article,
        revision=decision.revision,
        suppress_reason=decision.suppress_reason,
        ends_at=decision.ends_at,
        by=by,
        now=now,
    )
    ask_from_the_start(session, article, is_asked=decision.is_ack_asked, by=by, now=now)
    return publication


def save_planned(
    session: Session, article: Article, text: ArticleText, decision: Decision, *, by: Actor, now: datetime
) -> Publication:
    """A new revision of an article whose go-live is still to come, with its plan as decided beside it."""
    if state_of(article, now) is not ArticleState.SCHEDULED:
        at = article.published_at
        raise EditedMeanwhile(
            say("%(at)s に公開されています。", at=at) if at else say("公開の予定が取りやめになっています。")
        )
    refuse_bad_plan(decision, now)
    earlier = _take_plan_back(session, article, decision.plan_seen, now)
    kept = with_marks_of(article, text)
    save_draft(session, article, kept, revision=decision.revision, by=by, now=now)
    saved = replace(decision, revision=article.revision)
    if saved.go_live_at is None:
        return go_public(session, article, replace(saved, plan_seen=""), by=by, now=now)
    return _schedule(session, article, saved, saved.go_live_at, earlier, by, now)


def back_to_draft(session: Session, article: Article, *, by: Actor, now: datetime) -> None:
    """Nothing is public and nobody was told, so nothing is left of the plan but its lines in the trail."""
    earlier = _take_plan_back(session, article, None, now)
    if earlier is None:
        raise Conflict(say("公開の予定はありません。すでに公開されたか、ほかの方が下書きに戻しています。"))
    record(session, "article unscheduled", article.public_id, by=by, now=now, before=earlier)


def change_end(session: Session, article: Article, ends_at: datetime | None, *, by: Actor, now: datetime) -> None:
    """Without a new revision and without a mail, like its marks; an article that had ended may come back."""
    refuse_unpublished(article)
    refuse_bad_end(ends_at, max(now, article.published_at or now))
    before = {"ends_at": article.ends_at}
    article.ends_at = ends_at
    raise_versions(session, [article.page_id])
    record(session, "article end changed", article.public_id, by=by, now=now, before=before, after={"ends_at": ends_at})


def _take_plan_back(session: Session, article: Article, plan_seen: str | None, now: datetime) -> dict[str, Any] | None:
    """The facts of what was planned; refused where that isn't what the person had seen (E18). None where nothing was."""
    planned = planned_of(session, article, now)
    if planned is None:
        return None
    if plan_seen is not None and plan_seen != planned.public_id:
        raise EditedMeanwhile(
            say("%(name)sさんが %(at)s の公開を予定しています。", name=planned.by.name_kanji, at=planned.at)
        )
    facts = _plan_of(article, planned)
    settle_plan(session, article, now)
    article.published_at = article.ends_at = None
    raise_versions(session, [article.page_id])
    session.flush()
    return facts


def _schedule(
    session: Session,
    article: Article,
    decision: Decision,
    go_live_at: datetime,
    earlier: dict[str, Any] | None,
    by: Actor,
    now: datetime,
) -> Publication:
    refuse_published(article)
    refuse_moved_on(article, decision.revision)
    article.published_at, article.ends_at = go_live_at, decision.ends_at
    raise_versions(session, [article.page_id])
    reason = decision.suppress_reason
    planned = note_publication(session, article, suppress_reason=reason, by_id=person_of(by), at=go_live_at)
    after = facts_of(article) | _plan_of(article, planned)
    record(session, "article scheduled", article.public_id, by=by, now=now, before=earlier, after=after)
    ask_from_the_start(session, article, is_asked=decision.is_ack_asked, by=by, now=now)
    return planned


def _plan_of(article: Article, planned: Publication) -> dict[str, Any]:
    return {"go_live_at": planned.at, "ends_at": article.ends_at, "suppress_reason": planned.suppress_reason}
