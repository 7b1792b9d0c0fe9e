"""What has changed since a person last read it: his own mark, in every list, until he has opened it again."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from base.db import db, transaction
from content.models import Article, ArticleRead
from content.reading.readings import note_opened
from content.reading.since_read import LatestManual, UpdatedArticle, since_read
from content.reading.since_read_queries import recently_updated
from content.writing.articles import draft_article, publish, save_update
from tests import make
from tests.browsing import Visitor
from tests.cast import Cast, Person
from tests.certificates import NOW
from tests.conftest import Hands
from tests.content.newsroom import Newsroom
from tests.content.reading.test_reading_lists import plan_of

Enter = Callable[[Person], Visitor]
MINUTE = timedelta(minutes=1)
MARK = "前回読んだあとに更新"
NOTICE = "前回お読みになったあとに更新されています"


class Press:
    """Publishes and updates as staff do, each time a minute later."""

    def __init__(self, app: Flask, cast: Cast, hands: Hands) -> None:
        self.app = app
        self.cast = cast
        self.hands = hands

    def publish(self, source: str, on: str = "taxis", title: str = "停止のお知らせ") -> str:
        with self.app.app_context(), transaction() as session:
            by = Newsroom.by_id(session, self.cast.reception.user_id)
            article = draft_article(session, self._text(session, on, title, source), by=by, now=self.hands.now)
            publish(session, article, revision=1, suppress_reason="不要", by=by, now=self.hands.now)
            return article.public_id

    def update(self, public_id: str, source: str, on: str = "taxis", title: str = "停止のお知らせ") -> None:
        self.hands.now += MINUTE
        with self.app.app_context(), transaction() as session:
            by = Newsroom.by_id(session, self.cast.reception.user_id)
            article = session.scalars(select(Article).where(Article.public_id == public_id)).one()
            facts: dict[str, Any] = {"revision": article.revision, "suppress_reason": "不要"}
            save_update(session, article, self._text(session, on, title, source), by=by, now=self.hands.now, **facts)

    @staticmethod
    def _text(session: Session, on: str, title: str, source: str) -> Any:
        return Newsroom.words(session, on=on, title=title, source=source)


@pytest.fixture
def press(app: Flask, cast: Cast, hands: Hands) -> Press:
    return Press(app, cast, hands)


def test_an_update_marks_the_article_for_those_who_had_read_it(cast: Cast, press: Press, enter: Enter) -> None:
    """R9-12, R7-5, E9: once opened the mark is gone; who never read it has it unread; the outsider sees nothing."""
    article = press.publish("停止は 22:00 からです。")
    reader, colleague, outsider = map(enter, (cast.higashi_reader, cast.higashi_contractor, cast.nishi_reader))
    first = reader.page(f"/articles/{article}")
    assert NOTICE not in first
    press.update(article, "停止は 23:30 からです。")
    for path in ("/", "/pages/taxis", "/pages/taxis/notices"):
        assert MARK in reader.page(path), path
        assert MARK not in colleague.page(path), path
    assert MARK not in outsider.page("/")
    opened = reader.page(f"/articles/{article}")
    assert NOTICE in opened
    changes = reader.page(f"/articles/{article}/changes")
    assert "停止は <del>22</del>:<del>00</del> からです。" in changes
    assert "停止は <ins>23</ins>:<ins>30</ins> からです。" in changes
    assert NOTICE not in reader.page(f"/articles/{article}")
    assert MARK not in reader.page("/")
    assert "<del>" in reader.page(f"/articles/{article}/changes"), "what was opened can still be looked up"
    assert NOTICE not in colleague.page(f"/articles/{article}")
    hidden, absent = (outsider.get(f"/articles/{each}/changes") for each in (article, "0123456789ab"))
    assert (hidden.status_code, hidden.data) == (404, absent.data)


def test_only_what_one_has_read_is_compared(cast: Cast, press: Press, enter: Enter) -> None:
    """R8-6, E9: what an article said on a page that isn't one's own, or before one came, is nowhere to be seen."""
    article = press.publish("TAXISの秘密です。", title="秘密の件名")
    enter(cast.higashi_reader).page(f"/articles/{article}")
    press.update(article, "みなさまへ。", on="common", title="公開の件名")
    outsider = enter(cast.nishi_reader)
    outsider.page(f"/articles/{article}")
    changes = outsider.page(f"/articles/{article}/changes")
    assert "秘密" not in changes
    assert "比べられる記録がありません" in changes
    press.update(article, "みなさまへ、もう一度。", on="common", title="公開の件名")
    changes = outsider.page(f"/articles/{article}/changes")
    assert "みなさまへ<ins>、もう一度</ins>。" in changes
    assert "秘密" not in changes
    assert "<del>秘密</del>の件名" in enter(cast.higashi_reader).page(f"/articles/{article}/changes")
    staff = enter(cast.reception)
    assert "比べられる記録がありません" in staff.page(f"/articles/{article}/changes")


def test_a_page_of_the_reader_asks_nothing_more_while_nothing_changes(
    cast: Cast, press: Press, enter: Enter, statements: list[str]
) -> None:
    """R9-12: with the marks on it, a list costs the one statement that tells who is asking."""
    article = press.publish("一", title="一つ目")
    reader = enter(cast.higashi_reader)
    reader.page(f"/articles/{article}")
    press.update(article, "二", title="一つ目")
    assert MARK in reader.page("/pages/taxis")
    statements.clear()
    assert MARK in reader.page("/pages/taxis")
    assert statements == []


@pytest.fixture
def statements(app: Flask) -> Any:
    """Beyond the one of who is asking, which goes by the driver itself."""
    found: list[str] = []
    with app.app_context():
        engine = db.engine

    def note(_connection: object, _cursor: object, sql: str, *_rest: object) -> None:
        found.append(sql)

    event.listen(engine, "before_cursor_execute", note)
    yield found
    event.remove(engine, "before_cursor_execute", note)


def test_the_newest_revision_that_was_opened_is_kept(session: Session) -> None:
    """R7-6, R9-12: on both databases; the first opening stays, and an older revision is no news."""
    person = make.user(session, make.organization(session))
    article = make.article(session, person)
    counts = [
        note_opened(session, person.id, article.id, revision, f"PC-{at}", NOW + at * MINUTE)
        for at, revision in enumerate((1, 1, 3, 2, 3))
    ]
    assert counts == [1, None, 2, None, None]
    row = session.get_one(ArticleRead, (person.id, article.id))
    session.refresh(row)
    assert (row.opened_at, row.pc_name) == (NOW, "PC-0")
    assert (row.last_revision, row.last_opened_at, row.revision_before) == (3, NOW + 2 * MINUTE, 1)


def updated(number: int, revision: int, category: str = "reference", **facts: Any) -> UpdatedArticle:
    return UpdatedArticle(number, f"a{number}", 1, category, f"記事{number}", None, revision, NOW, **facts)


def manual(number: int, article: int, version: int) -> LatestManual:
    return LatestManual(number, f"m{number}", article, 1, f"資料{number}", version, NOW + MINUTE, "図を直した")


def test_a_reference_that_changed_is_named_once() -> None:
    """R9-12: a notice only has its mark; what was never read, or whose revision wasn't noted, has none."""
    articles = [updated(1, 2), updated(2, 2, "notices"), updated(3, 5), updated(4, 2), updated(5, 2)]
    manuals = [manual(1, 1, 3), manual(2, 9, 2), manual(3, 8, 2)]
    revisions = {1: 1, 2: 1, 3: 5, 4: None, 9: 1}
    found = since_read(articles, manuals, revisions, {1: {2: NOW}, 2: {2: NOW}})
    assert found.articles == {1, 2}
    assert found.manuals == {1}
    assert [(each.href, each.version, each.what_changed) for each in found.materials] == [
        ("/manuals/m1", 3, "図を直した")
    ]
    found = since_read(articles, manuals, revisions, {})
    assert [(each.href, each.version) for each in found.materials] == [("/articles/a1", 0)]


def test_what_was_updated_is_found_along_its_index(engine: Engine) -> None:
    """R9-12, E17: however long the page is."""
    plan = plan_of(engine, lambda session: recently_updated(session, 1, NOW))
    assert "ix_article_updated" in plan, plan
    assert not re.search("TEMP B-TREE|SCAN article|Seq Scan on article |Sort", plan), plan
