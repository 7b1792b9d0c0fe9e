"""What the database knows about who has opened and acknowledged a notice (R7-6, R9-3)."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.models import User
from content.files.models import Manual, ManualRead
from content.mailing.queries import names_of, organization_facts, page_facts
from content.mailing.seeing_people import people_seeing
from content.models import Article, ArticleRead
from content.reading.read_records import FetchedVersion, OrganizationRecord, Reading, rolled_up
from content.visibility import organizations_that_see


def records_of(session: Session, article: Article, now: datetime) -> tuple[OrganizationRecord, ...]:
    """By the one policy of who sees the page; the operator's people read as staff and leave no record."""
    page = page_facts(article.page)
    seeing = organizations_that_see(page, organization_facts(session))
    people = people_seeing(session, page, seeing, now)
    return rolled_up(names_of(session), seeing, people, _readings(session, article.id), _fetched(session, article.id))


def _readings(session: Session, article_id: int) -> list[Reading]:
    opened = (ArticleRead.opened_at, ArticleRead.pc_name, ArticleRead.acknowledged_at, ArticleRead.acknowledged_pc)
    who = select(User.id, User.organization_id, User.name_kanji, *opened).join(
        ArticleRead, ArticleRead.user_id == User.id
    )
    here = who.where(ArticleRead.article_id == article_id, User.staff_role.is_(None)).order_by(User.name_kana)
    return [Reading(*row) for row in session.execute(here)]


def _fetched(session: Session, article_id: int) -> list[FetchedVersion]:
    version = (ManualRead.version, ManualRead.opened_at, ManualRead.last_opened_at, ManualRead.pc_name)
    who = select(User.id, User.organization_id, User.name_kanji, Manual.id, Manual.name, *version)
    read = who.join(ManualRead, ManualRead.user_id == User.id).join(Manual, Manual.id == ManualRead.manual_id)
    here = read.where(Manual.article_id == article_id, User.staff_role.is_(None))
    return [
        FetchedVersion(*row)
        for row in session.execute(here.order_by(User.name_kana, Manual.id, ManualRead.version.desc()))
    ]


def acknowledged_organizations(session: Session, article_id: int) -> frozenset[int]:
    """Those of which somebody has acknowledged."""
    of = select(User.organization_id).join(ArticleRead, ArticleRead.user_id == User.id).distinct()
    given = of.where(ArticleRead.article_id == article_id, ArticleRead.acknowledged_at.is_not(None))
    return frozenset(session.scalars(given.where(User.staff_role.is_(None))))
