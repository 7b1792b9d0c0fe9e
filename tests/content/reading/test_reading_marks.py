"""Unread marks, counts and what reading leaves behind."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.models import User
from base.db import db, transaction
from content.models import Article, ArticleRead, ReadingCount
from content.reading.readings import catch_up, note_opened
from content.reading.unread import NEWEST, Recent, unread_of
from tests import make
from tests.browsing import Visitor
from tests.cast import Cast, Person
from tests.certificates import NOW
from tests.conftest import Hands
from tests.content.library import Library

Enter = Callable[[Person], Visitor]
MINUTE = timedelta(minutes=1)


def counts(page: str) -> dict[str, int]:
    """The menu's unread counts by page."""
    lines = re.findall(r'<a href="/pages/(\w+)"[^>]*>[^<]*(?:<span class="count">(\d+))?', page)
    return {slug: int(count) for slug, count in lines if count}


def marks(page: str) -> dict[str, str]:
    rows = page.rsplit("<tbody>", maxsplit=1)[-1]
    return {article: mark for mark, article in re.findall(r'<tr class="(\w+)">.*?/articles/(\w+)"', rows)}


def readings(library: Library) -> list[tuple[int, datetime]]:
    with library.app.app_context():
        return [(row.user_id, row.opened_at) for row in db.session.scalars(select(ArticleRead))]


def test_opening_takes_the_mark_away_from_the_opener_alone(cast: Cast, library: Library, enter: Enter) -> None:
    """R7-5, R7-6."""
    first, second = library.publish("taxis", "一"), library.publish("taxis", "二")
    reader, colleague = enter(cast.higashi_reader), enter(cast.higashi_contractor)
    assert counts(reader.page("/")) == {"taxis": 2}
    assert counts(reader.page(f"/articles/{first}")) == {"taxis": 1}
    assert marks(reader.page("/pages/taxis")) == {first: "read", second: "unread"}
    assert counts(colleague.page("/")) == {"taxis": 2}
    assert marks(colleague.page("/pages/taxis")) == {first: "unread", second: "unread"}
    assert readings(library) == [(cast.higashi_reader.user_id, NOW)]


def test_the_first_opening_is_the_one_that_counts(cast: Cast, library: Library, enter: Enter, hands: Hands) -> None:
    """R7-6."""
    article = library.publish("taxis")
    reader = enter(cast.higashi_reader)
    reader.page(f"/articles/{article}")
    hands.now = NOW + MINUTE
    reader.page(f"/articles/{article}")
    enter(cast.higashi_reader).page(f"/articles/{article}")
    assert readings(library) == [(cast.higashi_reader.user_id, NOW)]


def test_asking_for_the_head_reads_nothing_and_neither_do_staff(cast: Cast, library: Library, enter: Enter) -> None:
    """R7-6, R8-8, D7: whose reading staff look up are the organizations' people."""
    article = library.publish("taxis")
    reader, staff = enter(cast.higashi_reader), enter(cast.reception)
    assert (
        reader.browser.head(
            f"/articles/{article}", base_url="https://portal.example", headers=reader._headers(None)
        ).status_code
        == 200
    )
    staff.page(f"/articles/{article}")
    assert readings(library) == []
    assert counts(staff.page("/pages/taxis")) == {}


def test_a_withdrawn_article_is_no_longer_unread(cast: Cast, library: Library, enter: Enter) -> None:
    """R7-5, E12."""
    article = library.publish("taxis")
    reader = enter(cast.higashi_reader)
    assert counts(reader.page("/")) == {"taxis": 1}
    library.withdraw(article)
    assert counts(reader.page("/")) == {}


def test_all_read_counts_as_read_but_not_as_opened(cast: Cast, library: Library, enter: Enter) -> None:
    """R7-5, R7-6, R8-8: only by the button, only that page."""
    articles = [library.publish("taxis", published_at=NOW - MINUTE * number) for number in range(3)]
    library.publish("johs")
    reader = enter(cast.higashi_reader)
    assert reader.submit("/pages/taxis", "/pages/taxis/read").headers["Location"] == "/pages/taxis"
    page = reader.page("/pages/taxis")
    assert counts(page) == {"johs": 1}
    assert set(marks(page).values()) == {"read"}
    assert "すべて既読にする" not in page
    assert readings(library) == []
    reader.page(f"/articles/{articles[0]}")
    assert len(readings(library)) == 1
    library.publish("taxis", published_at=NOW + timedelta(microseconds=-1))
    assert counts(reader.page("/")) == {"johs": 1}


def test_all_read_reaches_as_far_as_was_shown(cast: Cast, library: Library, enter: Enter) -> None:
    """R7-5: what came out after the list was opened stays unread."""
    library.publish("taxis", published_at=NOW - MINUTE)
    reader = enter(cast.higashi_reader)
    form = reader.form("/pages/taxis", "/pages/taxis/read")
    late = library.publish("taxis", published_at=NOW)
    assert reader.post(form.action, form.values).status_code == 303
    assert marks(reader.page("/pages/taxis"))[late] == "unread"
    assert counts(reader.page("/")) == {"taxis": 1}


def test_all_read_asks_for_a_page_and_an_article_of_ones_own(cast: Cast, library: Library, enter: Enter) -> None:
    """R8-6, E9, G1: the outsider's button hits nothing; the same key twice works once."""
    hidden, own = library.publish("taxis"), library.publish("johs")
    outsider = enter(cast.nishi_reader)
    form = outsider.form("/pages/johs", "/pages/johs/read")
    assert outsider.post("/pages/taxis/read", form.values).status_code == 404
    assert outsider.post(form.action, {**form.values, "newest": hidden}).status_code == 404
    assert form.values["newest"] == own
    for _ in range(2):
        assert outsider.post(form.action, form.values).headers["Location"] == "/pages/johs"
    with library.app.app_context():
        assert db.session.scalars(select(ReadingCount.reads)).all() == [1]


def test_only_the_newest_hundred_of_a_page_are_counted(cast: Cast, library: Library, enter: Enter) -> None:
    """R7-5."""
    with library.app.app_context(), transaction() as session:
        author = session.get_one(User, library.author_id)
        for number in range(NEWEST + 5):
            make.article(session, author, on="taxis", published_at=NOW - MINUTE * number)
    library.publish("johs")
    page = enter(cast.higashi_reader).page("/?show=unread")
    assert counts(page) == {"taxis": NEWEST, "johs": 1}
    assert len(marks(page)) == NEWEST


def test_only_unread_leaves_out_what_was_read(cast: Cast, library: Library, enter: Enter) -> None:
    """R7-5."""
    first, second, manual = library.publish("taxis"), library.publish("taxis"), library.publish("taxis", kind="manual")
    reader = enter(cast.higashi_reader)
    reader.page(f"/articles/{first}")
    assert set(marks(reader.page("/pages/taxis?show=unread"))) == {second, manual}
    assert set(marks(reader.page("/pages/taxis/reference?show=unread"))) == {manual}
    assert set(marks(reader.page("/?show=unread"))) == {second, manual}
    reader.submit("/pages/taxis", "/pages/taxis/read")
    assert "未読の記事はありません" in reader.page("/pages/taxis?show=unread")
    assert "未読の記事はありません" in reader.page("/?show=unread")


def test_reading_in_another_process_is_seen_here(cast: Cast, library: Library, enter: Enter) -> None:
    """R7-5: what is kept of a person's marks ends with whatever he reads, wherever that is written."""
    library.publish("taxis")
    reader = enter(cast.higashi_reader)
    assert counts(reader.page("/")) == {"taxis": 1}
    with library.app.app_context(), transaction() as session:
        article_id = session.scalars(select(Article.id)).one()
        note_opened(session, cast.higashi_reader.user_id, article_id, 1, "PC-09", NOW)
    assert counts(reader.page("/")) == {}


def test_an_article_is_shown_though_its_reading_cannot_be_written(cast: Cast, library: Library, enter: Enter) -> None:
    """R8-8: a reader asked for the article; the record is our concern."""
    article = library.publish("taxis", "読める件名")
    reader = enter(cast.higashi_reader)
    with library.app.app_context(), transaction() as session:
        session.connection().exec_driver_sql(
            "CREATE TRIGGER refuse BEFORE INSERT ON article_read BEGIN SELECT RAISE(ABORT, 'full'); END"
        )
    assert "読める件名" in reader.page(f"/articles/{article}")
    assert counts(reader.page("/")) == {"taxis": 1}
    assert readings(library) == []


def test_readings_are_counted_once_each(session: Session) -> None:
    """R7-6: on both databases."""
    organization = make.organization(session)
    person = make.user(session, organization)
    first, second = make.article(session, person), make.article(session, person)
    assert note_opened(session, person.id, first.id, 1, "PC-01", NOW) == 1
    assert note_opened(session, person.id, first.id, 1, "PC-02", NOW + MINUTE) is None
    assert note_opened(session, person.id, second.id, 1, "PC-01", NOW) == 2
    row = session.get_one(ArticleRead, (person.id, first.id))
    assert (row.opened_at, row.pc_name) == (NOW, "PC-01")


def test_catching_up_never_goes_back(session: Session) -> None:
    """R7-5."""
    person, page = make.user(session, make.organization(session)), make.page(session)
    for until in (NOW, NOW - MINUTE, NOW + MINUTE):
        catch_up(session, person.id, page.id, until)
    rows = session.connection().exec_driver_sql("SELECT count(*), max(until_at) FROM read_until").one()
    assert rows[0] == 1
    assert str(rows[1]).startswith(f"{NOW + MINUTE:%Y-%m-%d %H:%M}")


def test_unread_is_what_is_new_and_not_opened() -> None:
    """R7-5."""
    at = datetime(2026, 11, 1, tzinfo=UTC)
    articles = [Recent(number, str(number), at + MINUTE * number) for number in range(5)]
    assert unread_of(articles, frozenset(), None) == {0, 1, 2, 3, 4}
    assert unread_of(articles, frozenset({1, 4, 9}), None) == {0, 2, 3}
    assert unread_of(articles, frozenset({4}), at + MINUTE * 2) == {3}
