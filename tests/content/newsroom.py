"""Where articles are written in tests."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.models import User
from base.actors import Actor
from base.outbox import Mail
from content.article_text import ArticleText, article_text
from content.models import Article, ArticleKind, Page
from content.writing.articles import draft_article, publish
from tests import make
from tests.certificates import NOW


class Newsroom:
    """Two editors; Higashi uses TAXIS and JOHS, Nishi JOHS alone, each with one verified address."""

    def __init__(self, session: Session) -> None:
        self.session = session
        operator = make.organization(session, is_operator=True)
        self.author = make.user(session, operator, name="受付 良子", staff_role="reception")
        self.second = make.user(session, operator, name="受付 進", staff_role="reception")
        self.higashi = make.organization(session, systems=("TAXIS", "JOHS"))
        self.nishi = make.organization(session, systems=("JOHS",))
        make.address(session, self.higashi, self.author, "contact@higashi-gas.example")
        make.address(session, self.nishi, self.author, "contact@nishi-gas.example")

    def by(self, user: User | None = None) -> Actor:
        user = user or self.author
        return Actor(user.login_id, user.id, user.organization_id)

    @staticmethod
    def by_id(session: Session, user_id: int) -> Actor:
        return Actor("staff", user_id, session.get_one(User, user_id).organization_id)

    def text(self, **facts: Any) -> ArticleText:
        return self.words(self.session, **facts)

    @staticmethod
    def words(
        session: Session, on: str = "taxis", title: str = "検針結果の再配信", source: str = "本文です。", **facts: Any
    ) -> ArticleText:
        kind = session.scalars(select(ArticleKind).where(ArticleKind.slug == "business")).one()
        page_id = make.page(session, on).id
        return article_text(page_id=page_id, kind_id=kind.id, title=title, source=source, **facts)

    def draft(self, **facts: str) -> Article:
        return draft_article(self.session, self.text(**facts), by=self.by(), now=NOW)

    def published(self, suppress_reason: str | None = None, **facts: str) -> Article:
        article = self.draft(**facts)
        publish(self.session, article, revision=1, suppress_reason=suppress_reason, by=self.by(), now=NOW)
        return article

    def mails(self) -> list[tuple[str, str]]:
        return [(mail.address, mail.state) for mail in self.session.scalars(select(Mail).order_by(Mail.id))]

    def version(self, slug: str) -> int:
        return self.session.scalars(select(Page.version).where(Page.slug == slug)).one()
