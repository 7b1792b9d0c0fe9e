"""Paging by position: nothing twice, nothing left out, whatever is published meanwhile."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from auth.models import User
from content.models import Article
from content.reading.queries import Listed, Position, Towards, important, listed, next_change
from content.reading.shelf import LIST_LENGTH
from tests import make
from tests.browsing import Visitor
from tests.cast import Cast, Person
from tests.certificates import NOW
from tests.conftest import Hands
from tests.content.library import Library

Enter = Callable[[Person], Visitor]
MINUTE = timedelta(minutes=1)


def shown(page: str) -> list[str]:
    rows = page.rsplit("<tbody>", maxsplit=1)[-1].split("</tbody>", maxsplit=1)[0] if "<tbody>" in page else ""
    return re.findall(r'href="/articles/(\w+)"', rows)


def way(page: str, rel: str) -> str | None:
    found = re.search(rf'<a (?:class="older" )?href="([^"]+)" rel="{rel}"', page)
    return found[1] if found else None


def test_older_and_newer_lead_through_the_whole_list_and_back(cast: Cast, library: Library, enter: Enter) -> None:
    """R7-5: newest first, each article exactly once."""
    published = library.publish_many(LIST_LENGTH * 2 + 3, "taxis")
    reader = enter(cast.higashi_reader)
    pages, path = [], "/pages/taxis/notices"
    while path:
        pages.append(reader.page(path))
        path = way(pages[-1], "next") or ""
    assert [len(shown(page)) for page in pages] == [LIST_LENGTH, LIST_LENGTH, 3]
    assert [article for page in pages for article in shown(page)] == published
    assert way(pages[0], "prev") is None
    back = way(pages[2], "prev")
    assert back
    assert shown(reader.page(back)) == shown(pages[1])


def test_what_comes_out_meanwhile_shifts_nothing(cast: Cast, library: Library, enter: Enter) -> None:
    """R7-5: the next page goes on where the reader was, also where the last one was withdrawn meanwhile."""
    published = library.publish_many(LIST_LENGTH + 2, "taxis")
    reader = enter(cast.higashi_reader)
    older = way(reader.page("/pages/taxis"), "next")
    assert older
    newest = library.publish("taxis", "新しい件名", published_at=NOW)
    library.withdraw(published[LIST_LENGTH - 1])
    assert shown(reader.page(older)) == published[LIST_LENGTH:]
    assert shown(reader.page("/pages/taxis"))[0] == newest


def test_categories_divide_a_page(cast: Cast, library: Library, enter: Enter) -> None:
    """R7-1."""
    notice = library.publish("taxis", kind="system-change")
    manual = library.publish("taxis", kind="manual")
    reader = enter(cast.higashi_reader)
    assert set(shown(reader.page("/pages/taxis"))) == {notice, manual}
    assert shown(reader.page("/pages/taxis/notices")) == [notice]
    assert shown(reader.page("/pages/taxis/reference")) == [manual]


def test_an_empty_page_says_what_would_be_there(cast: Cast, enter: Enter) -> None:
    reader = enter(cast.higashi_reader)
    for path in ("/", "/pages/juju", "/pages/juju/reference"):
        assert "ここに新しい順に並びます" in reader.page(path)


def test_home_shows_the_newest_of_all_pages(cast: Cast, library: Library, enter: Enter) -> None:
    """R7-5: merged over the pages by time."""
    times = [NOW - MINUTE * number for number in range(14)]
    slugs = ("common", "johs", "taxis", "api")
    published = [(slugs[n % 4], library.publish(slugs[n % 4], published_at=at)) for n, at in enumerate(times)]
    expected = [public_id for slug, public_id in published if slug != "api"][:10]
    assert shown(enter(cast.higashi_reader).page("/")) == expected


def test_home_names_each_notice_once(cast: Cast, library: Library, enter: Enter, hands: Hands) -> None:
    """R7-4: what stands above as important isn't repeated among the news, until it no longer is important."""
    planned = library.publish("taxis", kind="planned-stop", published_at=NOW, important_until=NOW + MINUTE)
    reader = enter(cast.higashi_reader)
    assert shown(reader.page("/")) == [planned]
    assert "ほかにお知らせはありません" in reader.page("/")
    others = library.publish_many(10, "johs")
    assert shown(reader.page("/")) == others
    assert reader.page("/").count(f'href="/articles/{planned}"') == 1
    hands.now += MINUTE
    assert shown(reader.page("/")) == [planned, *others[:9]]


def author_of(session: Session) -> User:
    return make.user(session, make.organization(session, is_operator=True), staff_role="reception")


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.sampled_from(["common", "johs", "taxis"]), st.integers(0, 4)), max_size=14),
    st.integers(1, 5),
)
def test_pages_of_any_length_are_the_list_in_pieces(
    session: Session, articles: list[tuple[str, int]], length: int
) -> None:
    """R7-5: also where several came out at the same instant, on both databases."""
    with session.begin_nested() as attempt:
        author = author_of(session)
        for slug, minutes in articles:
            make.article(session, author, on=slug, published_at=NOW - MINUTE * minutes)
        pages = [make.page(session, slug).id for slug in ("common", "johs")]
        whole = listed(session, pages, NOW, 100)
        assert [each.position for each in whole] == sorted((each.position for each in whole), reverse=True)
        assert len(whole) == sum(slug != "taxis" for slug, _ in articles)
        older: list[Listed] = []
        while piece := listed(session, pages, NOW, length, start=_from(older, Towards.OLDER)):
            older += piece
        assert older == whole
        newer: list[Listed] = whole[-1:]
        while (
            piece := listed(session, pages, NOW, length, start=(Towards.NEWER, Position(*newer[0].position)))
            if whole
            else []
        ):
            newer = [*piece, *newer]
        assert newer == whole
        attempt.rollback()


def _from(read: list[Listed], towards: Towards) -> tuple[Towards, Position] | None:
    return (towards, Position(*read[-1].position)) if read else None


def test_what_is_drafted_planned_or_withdrawn_is_in_no_list(session: Session) -> None:
    """R7-4, E12, E13."""
    author = author_of(session)
    make.article(session, author, published_at=None)
    make.article(session, author, withdrawn_at=NOW, withdraw_reason="誤り", is_pinned=True)
    planned = make.article(session, author, published_at=NOW + MINUTE, is_pinned=True)
    common = make.page(session).id
    assert listed(session, [common], NOW, 10) == []
    assert important(session, [common], NOW, 10) == []
    assert next_change(session, [common], NOW) == planned.published_at
    assert [each.id for each in listed(session, [common], NOW + MINUTE, 10)] == [planned.id]
    assert next_change(session, [common], NOW + MINUTE) is None


def test_what_ends_is_in_no_list_from_that_instant_on(session: Session) -> None:
    """R7-4, E12."""
    ending = make.article(session, author_of(session), ends_at=NOW + MINUTE, is_pinned=True)
    common, page_ids = make.page(session).id, [make.page(session).id]
    just_before = NOW + MINUTE - timedelta(microseconds=1)
    for found in (listed, important):
        assert [each.id for each in found(session, [common], just_before, 10)] == [ending.id]
        assert found(session, page_ids, NOW + MINUTE, 10) == []
    assert next_change(session, page_ids, NOW) == ending.ends_at
    assert next_change(session, page_ids, NOW + MINUTE) is None


def test_the_important_are_found_by_each_of_their_ways(session: Session) -> None:
    """R7-4."""
    author, old = author_of(session), NOW - timedelta(days=300)

    def article(**facts: object) -> Article:
        return make.article(session, author, **{"published_at": old, **facts})  # type: ignore[arg-type] # any column

    found = [
        article(is_pinned=True),
        article(important_until=NOW + MINUTE),
        article(kind="disturbance", published_at=NOW - timedelta(days=2)),
    ]
    article(important_until=NOW)
    article(kind="disturbance")
    article()
    assert {each.id for each in important(session, [make.page(session).id], NOW, 10)} == {each.id for each in found}
    assert important(session, [make.page(session, "johs").id], NOW, 10) == []


def plan_of(engine: Engine, ask: Callable[[Session], object]) -> str:
    """How the database goes about the last statement, were its tables long."""
    statements: list[tuple[str, object]] = []

    def note(_connection: object, _cursor: object, sql: str, values: object, *_rest: object) -> None:
        statements.append((sql, values))

    is_sqlite = engine.dialect.name == "sqlite"
    with Session(engine) as session:
        connection = session.connection()
        for way in () if is_sqlite else ("seqscan", "bitmapscan", "sort"):
            connection.exec_driver_sql(f"SET enable_{way} = off")
        event.listen(engine, "before_cursor_execute", note)
        ask(session)
        event.remove(engine, "before_cursor_execute", note)
        sql, values = statements[-1]
        explain = "EXPLAIN QUERY PLAN" if is_sqlite else "EXPLAIN"
        return "\n".join(str(tuple(row)) for row in connection.exec_driver_sql(f"{explain} {sql}", values))  # type: ignore[arg-type] # as the driver had them


def test_a_restored_disturbance_is_no_longer_important(session: Session) -> None:
    """R9-7: of the page's own system, after the article came out; who marked it explicitly is left alone."""
    author = author_of(session)

    def article(minutes: int, **facts: object) -> Article:
        given = {"kind": "disturbance", "on": "taxis", "published_at": NOW - MINUTE * minutes, **facts}
        return make.article(session, author, **given)  # type: ignore[arg-type] # any column

    make.restored_disturbance(session, author, "TAXIS", from_at=NOW - MINUTE * 5, ended_at=NOW - MINUTE)
    still = [
        article(0),
        article(3, important_until=NOW + MINUTE),
        article(3, on="johs"),
        article(3, kind="planned-stop"),
    ]
    over = article(3)
    pages = [make.page(session, slug).id for slug in ("taxis", "johs")]
    assert {each.id for each in important(session, pages, NOW, 10)} == {each.id for each in still}
    assert [each.is_restored for each in listed(session, pages, NOW, 10) if each.id == over.id] == [True]


@pytest.mark.parametrize("start", [None, Towards.OLDER, Towards.NEWER])
@pytest.mark.parametrize("category", [None, "notices"])
def test_a_list_is_read_along_its_index(engine: Engine, start: Towards | None, category: str | None) -> None:
    """E17: no scan and no sort, however many articles there are."""
    position = (start, Position(NOW, 1)) if start else None
    plan = plan_of(engine, lambda session: listed(session, [1], NOW, 21, category=category, start=position))
    # Of two partial indexes over no rows PostgreSQL may take the shorter one.
    fit = r"ix_article_page_category_newest" if category else r"ix_article_page_newest"
    assert re.search(fit if engine.dialect.name == "sqlite" else r"ix_article_page_(category_)?newest", plan), plan
    assert not re.search("TEMP B-TREE|SCAN article|Seq Scan on article |Sort", plan), plan


def test_when_something_next_begins_or_ends_is_read_along_two_indexes(engine: Engine) -> None:
    """E12, E13, E17: of each of the partial indexes the first entry after now."""
    plan = plan_of(engine, lambda session: next_change(session, [1], NOW))
    assert [index for index in ("ix_article_page_newest", "ix_article_ending") if index not in plan] == [], plan
    assert not re.search("SCAN article|Seq Scan", plan), plan
