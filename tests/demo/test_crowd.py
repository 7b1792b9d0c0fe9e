from sqlalchemy import func, select
from sqlalchemy.orm import Session

from auth.models import User
from content.mailing.check_sheets import check_sheet
from content.models import Article, ArticleRevision
from content.search.models import SearchPiece
from demo.archive import add_archive, index_archive
from demo.crowd import PEOPLE_EACH, add_crowd
from demo.enrolment import Hashes
from rights.models import HeldRight
from tests import make
from tests.certificates import NOW

COUNT = 7


def test_a_crowd_can_work_and_its_archive_is_found(session: Session) -> None:
    """As `SIZE=large` makes them, in small: every organization has its contact managers, every article its revision and its words."""
    told: list[tuple[str, int, int]] = []
    author = make.user(session, make.organization(session, is_operator=True), staff_role="reception")
    hashes = Hashes(make.password_hash("x"), make.password_hash("y"))
    add_crowd(session, author.id, hashes, lambda *step: told.append(step), NOW, count=COUNT)
    add_archive(session, [author.id], lambda *step: told.append(step), NOW, count=30)
    index_archive(session, lambda *step: told.append(step))
    people = select(func.count(User.id)).where(User.organization_id != author.organization_id)
    assert session.scalar(people) == COUNT * PEOPLE_EACH
    assert session.scalar(select(func.count(func.distinct(HeldRight.user_id)))) == COUNT * PEOPLE_EACH
    managers = select(User.organization_id).where(User.contact_role == "primary")
    assert len(set(session.scalars(managers))) == COUNT
    assert session.scalar(select(func.count(ArticleRevision.id))) == 30
    assert len(set(session.scalars(select(SearchPiece.article_id)))) == 30
    sheet = check_sheet(session, session.scalars(select(Article).limit(1)).one().page, NOW)
    assert len(sheet.seeing) == COUNT
    assert {what for what, done, total in told if done == total} >= {"organizations", "people", "articles"}
