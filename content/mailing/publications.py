"""A publication or update, and its mails: rows of the same transaction (R7-13, R7-14, F3)."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from base.mail_text import on_one_line
from base.outbox import Queued, cancel_occasion, queue_mails
from base.refusals import Refused
from base.sentences import say
from content.article_queries import state_of
from content.article_states import ArticleState
from content.mailing.queries import mailing_list_of
from content.models import Article, Publication

PUBLICATION = "publication"
REPLACED = say("その後の更新のお知らせに替わりました。")
WITHDRAWN = say("記事の掲載が取りやめになりました。")
ENDED = say("記事の掲載が終わりました。")


def occasion_of(publication: Publication) -> str:
    return f"{PUBLICATION}/{publication.public_id}"


def announce(
    session: Session, article: Article, *, suppress_reason: str | None, by_id: int, now: datetime
) -> Publication:
    """Write down that the article's current revision went public, and queue its mails unless there is a reason not to."""
    publication = note_publication(session, article, suppress_reason=suppress_reason, by_id=by_id, at=now)
    tell_of(session, publication, now)
    return publication


def note_publication(
    session: Session, article: Article, *, suppress_reason: str | None, by_id: int, at: datetime
) -> Publication:
    """Of the article's current revision; nobody is mailed before `tell_of`."""
    kept_reason = suppress_reason if suppress_reason is None else on_one_line(suppress_reason)
    if kept_reason is not None and not kept_reason:
        raise Refused(say("メールを送らない理由を入力してください。"), field="suppress_reason")
    publication = Publication(
        article=article,
        revision=article.revision,
        title=article.title,
        is_mailed=kept_reason is None,
        suppress_reason=kept_reason,
        at=at,
        by_id=by_id,
    )
    session.add(publication)
    session.flush()
    return publication


def tell_of(session: Session, publication: Publication, now: datetime) -> None:
    """Queue its mails, to whoever may have them now; once, as its caller has the article locked."""
    publication.announced_at = now
    if publication.is_mailed:
        recall_mails(session, publication.article, before=publication.revision, reason=REPLACED)
        publication.mail_count = queue_mails(session, _mails(session, publication, now), now=now)


def untold_of(session: Session, article: Article) -> Publication | None:
    """The one whose mails aren't queued yet: its time is to come, or has come just now (E13)."""
    here = (Publication.article_id == article.id, Publication.announced_at.is_(None))
    return session.scalars(select(Publication).where(*here)).one_or_none()


def _mails(session: Session, publication: Publication, now: datetime) -> list[Queued]:
    mailed = mailing_list_of(session, publication.article.page, now).mailed
    occasion = occasion_of(publication)
    return [Queued(PUBLICATION, occasion, each.address, publication.public_id, each.organization_id) for each in mailed]


def planned_of(session: Session, article: Article, now: datetime) -> Publication | None:
    """Its go-live that is still to come."""
    untold = untold_of(session, article)
    return untold if untold and now < untold.at else None


def recall_mails(session: Session, article: Article, *, reason: str, before: int | None = None) -> int:
    """What still waits of the article's publications, or of those before a revision, doesn't go out any more (F10).

    Answers how many.
    """
    mailed = select(Publication).where(Publication.article_id == article.id, Publication.is_mailed.is_(True))
    earlier = session.scalars(mailed if before is None else mailed.where(Publication.revision < before))
    return sum(cancel_occasion(session, occasion_of(each), reason=reason) for each in earlier)


def why_not_told(article: Article, now: datetime) -> str | None:
    """Why a mail about the article has no point any more; None while its readers see it (E12, E13, F10)."""
    state = state_of(article, now)
    if state is ArticleState.PUBLISHED:
        return None
    return ENDED if state is ArticleState.ENDED else WITHDRAWN


def publications_of(session: Session, article: Article) -> list[Publication]:
    """The latest first, with who published."""
    here = select(Publication).where(Publication.article_id == article.id).options(joinedload(Publication.by))
    return list(session.scalars(here.order_by(Publication.revision.desc())))
