"""Several articles withdrawn at once, all or none; and what it would stop (R7-4, F10)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from base.actors import Actor
from base.outbox import Mail
from base.refusals import Conflict, Refused
from base.sentences import say
from content.article_queries import state_of
from content.article_states import ArticleState
from content.mailing.publications import occasion_of
from content.mailing.queries import organization_facts, page_facts
from content.mailing.seeing_people import people_seeing
from content.models import Article, Page, Publication
from content.page_versions import raise_versions
from content.visibility import organizations_that_see
from content.writing.articles import withdraw

MOST = 100
WITHDRAWABLE = {ArticleState.SCHEDULED, ArticleState.PUBLISHED}


@dataclass(frozen=True, slots=True)
class Affected:
    """`organizations` and `people`: how many can see it, or will once it is public; `waiting`: mails that won't go out."""

    article: Article
    state: ArticleState
    organizations: int
    people: int
    waiting: int

    @property
    def may_be_withdrawn(self) -> bool:
        return self.state in WITHDRAWABLE


def chosen_articles(session: Session, public_ids: Collection[str]) -> Sequence[Article]:
    """In the order in which they are locked."""
    here = select(Article).where(Article.public_id.in_(list(public_ids)[:MOST])).order_by(Article.id)
    return session.scalars(here).all()


def affected(session: Session, articles: Sequence[Article], now: datetime) -> list[Affected]:
    seeing = _seeing(session, {article.page_id: article.page for article in articles}, now)
    waiting = _waiting(session, [article.id for article in articles])
    return [Affected(each, state_of(each, now), *seeing[each.page_id], waiting.get(each.id, 0)) for each in articles]


def withdraw_all(session: Session, public_ids: Collection[str], reason: str, *, by: Actor, now: datetime) -> int:
    """One that can't be keeps all the others too. Answers how many."""
    wanted = set(public_ids)
    locked = select(Article).where(Article.public_id.in_(wanted)).order_by(Article.id).with_for_update(key_share=True)
    articles = session.scalars(locked).all()
    if not articles:
        raise Refused(say("記事を選んでください。"))
    if len(articles) < len(wanted) or len(articles) > MOST:
        raise Conflict(say("選んだ記事をすべて読めませんでした。一覧から選び直してください。"))
    for article in articles:
        if state_of(article, now) not in WITHDRAWABLE:
            raise Conflict(
                say(
                    "「%(title)s」は、取り下げられる状態ではなくなっています。一覧から選び直してください。",
                    title=article.title,
                )
            )
    # All pages at once, in one order: two who withdraw across pages never wait in a circle.
    raise_versions(session, [article.page_id for article in articles])
    for article in articles:
        withdraw(session, article, reason, by=by, now=now)
    return len(articles)


def _seeing(session: Session, pages: Mapping[int, Page], now: datetime) -> Mapping[int, tuple[int, int]]:
    """Of each page: how many organizations, and how many people of theirs."""
    every, found = organization_facts(session), {}
    for page_id, page in pages.items():
        facts = page_facts(page)
        seeing = organizations_that_see(facts, every)
        found[page_id] = (len(seeing), sum(map(len, people_seeing(session, facts, seeing, now).values())))
    return found


def _waiting(session: Session, article_ids: Sequence[int]) -> Mapping[int, int]:
    mailed = select(Publication).where(Publication.article_id.in_(article_ids), Publication.is_mailed.is_(True))
    by_occasion = {occasion_of(each): each.article_id for each in session.scalars(mailed)}
    still = (Mail.occasion.in_(by_occasion), Mail.state.in_(("waiting", "sending")))
    found: dict[int, int] = {}
    counted = select(Mail.occasion, func.count()).where(*still).group_by(Mail.occasion)
    for occasion, count in session.execute(counted):
        found[by_occasion[occasion]] = found.get(by_occasion[occasion], 0) + count
    return found
