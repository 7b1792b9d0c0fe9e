"""A publication or update, and its mails: rows of the same transaction (R7-13, R7-14, F3)."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from base.mail_text import on_one_line
from base.outbox import Queued, cancel_occasion, queue_mails
from base.refusals import Refused
from content.article_queries import state_of
from content.article_states import ArticleState
from content.mailing_queries import mailing_list_of
from content.models import Article, Publication

PUBLICATION = "publication"
REPLACED = "その後の更新のお知らせに替わりました。"
WITHDRAWN = "記事の掲載が取りやめになりました。"
ENDED = "記事の掲載が終わりました。"


def occasion_of(publication: Publication) -> str:
    return f"{PUBLICATION}/{publication.public_id}"


def announce(
    session: Session, article: Article, *, suppress_reason: str | None, by_id: int, now: datetime
) -> Publication:
    """Write down that the article's current revision went public, and queue its mails unless there is a reason not to."""
    kept_reason = suppress_reason if suppress_reason is None else on_one_line(suppress_reason)
    if kept_reason is not None and not kept_reason:
        raise Refused("メールを送らない理由を入力してください。", field="suppress_reason")
    publication = Publication(
        article=article,
        revision=article.revision,
        title=article.title,
        is_mailed=kept_reason is None,
        suppress_reason=kept_reason,
        at=now,
        announced_at=now,
        by_id=by_id,
    )
    session.add(publication)
    session.flush()
    if publication.is_mailed:
        recall_mails(session, article, keeping=publication, reason=REPLACED)
        publication.mail_count = queue_mails(session, _mails(session, publication, now), now=now)
    return publication


def _mails(session: Session, publication: Publication, now: datetime) -> list[Queued]:
    mailed = mailing_list_of(session, publication.article.page, now).mailed
    occasion = occasion_of(publication)
    return [Queued(PUBLICATION, occasion, each.address, publication.public_id, each.organization_id) for each in mailed]


def recall_mails(session: Session, article: Article, *, reason: str, keeping: Publication | None = None) -> int:
    """What still waits of the article's earlier publications doesn't go out any more (F10). Answers how many."""
    earlier = session.scalars(
        select(Publication).where(Publication.article_id == article.id, Publication.is_mailed.is_(True))
    )
    return sum(cancel_occasion(session, occasion_of(each), reason=reason) for each in earlier if each is not keeping)


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
