"""Who sees what, through the readers' own pages."""

import re
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import pytest

from tests.browsing import Visitor
from tests.cast import Cast, Person
from tests.certificates import NOW
from tests.conftest import Hands
from tests.content.library import HIDDEN_WORD, Library, steady

Enter = Callable[[Person], Visitor]

EVERY_PAGE = ("common", "taxis", "johs", "juju", "loacus", "api")
SEEN_PAGES = {
    "higashi_manager": {"common", "taxis", "johs", "juju", "loacus"},
    "higashi_reader": {"common", "taxis", "johs", "juju", "loacus"},
    "higashi_johs_only": {"common", "taxis", "johs", "juju", "loacus"},
    "higashi_contractor": {"common", "taxis", "johs", "juju", "loacus"},
    "nishi_manager": {"common", "johs"},
    "nishi_reader": {"common", "johs"},
    "minato_manager": {"common", "loacus"},
    "reception": set(EVERY_PAGE),
    "operations": set(EVERY_PAGE),
}
SEEN_NARROWED = {
    "higashi_manager": True,
    "higashi_deputy": True,
    "higashi_reader": True,
    "higashi_johs_only": False,
    "higashi_contractor": False,
    "nishi_manager": False,
    "nishi_reader": False,
    "reception": True,
}
SCREENS = (
    "/",
    "/?show=unread",
    "/pages/common",
    "/pages/johs",
    "/pages/johs/notices",
    "/pages/johs?show=unread",
    f"/search?q={HIDDEN_WORD}",
    "/search?q=件名",
    "/contact",
    "/help",
    "/account",
)


@pytest.mark.parametrize(("who", "seen"), SEEN_PAGES.items())
def test_each_person_reads_the_pages_of_the_systems_in_use(
    who: str, seen: set[str], cast: Cast, library: Library, enter: Enter
) -> None:
    """R7-2, R7-3, R8-6, E9: list, category, article and menu give one answer."""
    articles = {slug: library.publish(slug, f"件名 {slug}") for slug in EVERY_PAGE}
    visitor = enter(getattr(cast, who))
    for slug, public_id in articles.items():
        expected = 200 if slug in seen else 404
        for path in (f"/pages/{slug}", f"/pages/{slug}/notices", f"/articles/{public_id}"):
            assert visitor.get(path).status_code == expected, path
    menu = set(re.findall(r'<li><a href="/pages/(\w+)"', visitor.page("/contact")))
    assert menu == seen
    found = set(re.findall(r'href="/articles/(\w+)"', visitor.page("/search?q=件名")))
    assert found == {articles[slug] for slug in seen}


@pytest.mark.parametrize(("who", "is_seen"), SEEN_NARROWED.items())
def test_a_narrowed_page_is_for_holders_contact_managers_and_staff(
    who: str, *, is_seen: bool, cast: Cast, library: Library, enter: Enter
) -> None:
    """R7-2: from the next request on, in every way that leads there."""
    article = library.publish("taxis", HIDDEN_WORD)
    visitor = enter(getattr(cast, who))
    visitor.get("/pages/taxis")
    library.narrow("taxis")
    assert visitor.get("/pages/taxis").status_code == (200 if is_seen else 404)
    assert visitor.get(f"/articles/{article}").status_code == (200 if is_seen else 404)
    assert (f"/articles/{article}" in visitor.page(f"/search?q={HIDDEN_WORD}")) is is_seen


def everything(visitor: Visitor, hidden: list[str]) -> dict[str, tuple[int, str, str]]:
    """What each address answers: status, text without the keys of forms, length."""
    answers = {path: visitor.get(path) for path in [*SCREENS, *hidden]}
    return {
        path: (answer.status_code, steady(answer.text), answer.headers.get("Content-Length", ""))
        for path, answer in answers.items()
    }


@pytest.mark.parametrize("who", ["nishi_reader", "nishi_manager"])
def test_what_is_hidden_changes_no_byte_of_what_the_outsider_gets(
    who: str, cast: Cast, library: Library, enter: Enter
) -> None:
    """E10, E11: pages, lists, counts, search, refusals; whether it was kept from before or drawn anew."""
    library.publish("johs", "JOHSの件名")
    library.publish("common", "共通の件名", is_pinned=True)
    outsider = enter(getattr(cast, who))
    addresses = ["/pages/taxis", "/pages/taxis/notices", "/articles/0123456789ab", "/files/0123456789ab"]
    cursor = "/pages/johs?older="
    before = everything(outsider, [*addresses, f"{cursor}0123456789ab"])
    hidden = library.publish("taxis", f"{HIDDEN_WORD}の件名", is_pinned=True, kind="disturbance")
    file = library.attach(hidden, lambda: BytesIO(b"%PDF-1.7 hidden"))
    after = everything(outsider, [*addresses, f"{cursor}0123456789ab"])
    assert after == before
    for path, absent in ((f"/articles/{hidden}", addresses[2]), (f"/files/{file}", addresses[3])):
        answer = outsider.get(path)
        assert (answer.status_code, steady(answer.text)) == before[absent][:2]
        assert {"ETag", "Last-Modified", "Content-Disposition"}.isdisjoint(answer.headers.keys())
    there = outsider.get(f"{cursor}{hidden}")
    assert (there.status_code, steady(there.text)) == before[f"{cursor}0123456789ab"][:2]


def test_nothing_drawn_for_one_reader_reaches_another(cast: Cast, library: Library, enter: Enter) -> None:
    """E10, E12: the insider fills what is kept, the outsider asks right behind him, for every shared piece."""
    library.publish("johs", "見える件名")
    article = library.publish("taxis", HIDDEN_WORD, kind="disturbance")
    insider, outsider = enter(cast.higashi_reader), enter(cast.nishi_reader)
    for path in ("/", "/pages/johs", "/pages/common", f"/search?q={HIDDEN_WORD}"):
        insider.page(path)
        assert article not in outsider.page(path)
        assert "東野" not in outsider.page(path)
        assert "南 次郎" not in outsider.page(path)
    insider.page(f"/articles/{article}")
    assert outsider.get(f"/articles/{article}").status_code == 404


def test_a_publication_is_there_at_once_and_a_withdrawn_article_gone(
    cast: Cast, library: Library, enter: Enter
) -> None:
    """E12: on the next request, wherever it could stand."""
    reader = enter(cast.higashi_reader)
    for path in ("/", "/pages/taxis", "/pages/taxis/notices"):
        reader.page(path)
    article = library.publish("taxis", "新しい件名")
    for path in ("/", "/pages/taxis", "/pages/taxis/notices", "/search?q=新しい"):
        assert f"/articles/{article}" in reader.page(path), path
    assert "新しい件名" in reader.page(f"/articles/{article}")
    library.change(article, title="直した件名")
    assert "直した件名" in reader.page(f"/articles/{article}")
    library.withdraw(article)
    for path in ("/", "/pages/taxis", "/pages/taxis/notices", "/search?q=直した"):
        assert f"/articles/{article}" not in reader.page(path), path
    assert reader.get(f"/articles/{article}").status_code == 404


def test_a_planned_article_comes_out_at_its_second(cast: Cast, library: Library, enter: Enter, hands: Hands) -> None:
    """E13: not a moment earlier, though nobody touches the page's version then."""
    reader = enter(cast.higashi_reader)
    article = library.publish("taxis", "予定の件名", published_at=NOW + timedelta(seconds=2))
    for path in ("/", "/pages/taxis"):
        assert article not in reader.page(path)
    hands.now = NOW + timedelta(seconds=1)
    assert reader.get(f"/articles/{article}").status_code == 404
    assert article not in reader.page("/pages/taxis")
    hands.now = NOW + timedelta(seconds=2)
    assert article in reader.page("/")
    page = reader.page("/pages/taxis")
    assert article in page
    assert "未読 1件" in page
    assert reader.get(f"/articles/{article}").status_code == 200


def test_an_article_is_gone_from_everywhere_at_the_second_of_its_end(
    cast: Cast, library: Library, enter: Enter, hands: Hands
) -> None:
    """R7-4, E12: kept pages, lists, unread marks, search, file and todo, though nobody touches the page's version then."""
    facts = {"ends_at": NOW + timedelta(seconds=2), "ack_asked_at": NOW, "is_pinned": True}
    article = library.publish("taxis", "終わる件名", **facts)
    file = library.attach(article, lambda: BytesIO(b"%PDF-1.7"))
    reader, outsider = enter(cast.higashi_reader), enter(cast.nishi_reader)
    lists = (
        "/",
        "/?show=unread",
        "/pages/taxis/notices",
        "/pages/taxis",
        "/pages/taxis?show=unread",
        "/search?q=終わる",
    )
    assert [path for path in lists if article not in reader.page(path)] == []
    hands.now = NOW + timedelta(seconds=1)
    assert [path for path in lists if article not in reader.page(path)] == []
    answers = [reader.get(path).status_code for path in (f"/articles/{article}", f"/files/{file}")]
    hands.now = NOW + timedelta(seconds=2)
    assert [path for path in lists if article in reader.page(path)] == []
    answers += [reader.get(path).status_code for path in (f"/articles/{article}", f"/files/{file}")]
    answers += [outsider.get(f"/articles/{article}").status_code]
    assert answers == [200, 200, 404, 404, 404]


def test_what_is_important_stands_above_until_its_instant(
    cast: Cast, library: Library, enter: Enter, hands: Hands
) -> None:
    """R7-4."""
    reader = enter(cast.higashi_reader)
    library.publish("taxis", "大切な件名", important_until=NOW + timedelta(minutes=1))
    assert "重要なお知らせ" in reader.page("/pages/taxis")
    assert "重要なお知らせ" in reader.page("/")
    hands.now = NOW + timedelta(minutes=1)
    assert "重要なお知らせ" not in reader.page("/pages/taxis")
    assert "重要なお知らせ" not in reader.page("/")


def test_a_draft_is_nobodys_to_read(cast: Cast, library: Library, enter: Enter) -> None:
    """R7-4, E9."""
    draft = library.publish("common", "下書きの件名", published_at=None)
    for person in (cast.higashi_reader, cast.higashi_manager, cast.reception):
        visitor = enter(person)
        assert visitor.get(f"/articles/{draft}").status_code == 404
        assert "下書きの件名" not in visitor.page("/pages/common")
        assert draft not in visitor.page("/search?q=下書き")


@pytest.mark.parametrize(
    "path",
    [
        "/pages/nowhere",
        "/pages/common/nothing",
        "/pages/common?older=0123456789ab",
        "/pages/common?newer=",
        "/articles/0123456789ab",
        "/articles/0123456789ab' OR 1=1",
        "/files/0123456789ab",
    ],
)
def test_what_does_not_exist_is_not_found(path: str, cast: Cast, library: Library, enter: Enter) -> None:
    library.publish("common")
    assert enter(cast.higashi_reader).get(path).status_code == 404


def test_nothing_is_read_without_a_login(app_visitor: Visitor, library: Library) -> None:
    """R7-2: common is never public."""
    article = library.publish("common")
    for path in ("/", "/pages/common", f"/articles/{article}", "/search?q=件", "/contact", "/help", "/account"):
        answer = app_visitor.get(path)
        assert answer.status_code in {302, 303}, path
        assert answer.headers["Location"].startswith("/login")


@pytest.fixture
def app_visitor(library: Library, cast: Cast) -> Visitor:
    """At a registered PC, not logged in."""
    return Visitor(library.app, cast.higashi_reader.client)
