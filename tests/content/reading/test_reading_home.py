"""What stands around the articles: menu, systems, search, contact, account."""

import html
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from auth.models import User
from base.db import transaction
from content.models import SystemStop
from content.systems.stops import begin_disturbance, end_disturbance
from tests.browsing import Visitor
from tests.cast import Cast, Person
from tests.conftest import Hands
from tests.content.library import Library
from tests.rights.entries import acting

Enter = Callable[[Person], Visitor]
STAFF_MENUS = {
    "reception": ["/staff", "/staff/articles/new", "/staff/articles", "/staff/templates", "/staff/requests"],
    "operations": ["/staff"],
    "administrator": ["/staff"],
}


def menu(page: str) -> list[str]:
    return re.findall(r'<li><a href="([^"]+)"', page.split('<nav class="side"')[1].split("</nav>", maxsplit=1)[0])


def current(page: str) -> str:
    found = re.search(r'<li><a href="([^"]+)" aria-current="page"', page)
    return found[1] if found else ""


def systems(page: str) -> dict[str, str]:
    aside = page.split("<aside")[1].split("</aside>", maxsplit=1)[0] if "<aside" in page else ""
    return dict(re.findall(r"<li><b>(?:<a [^>]*>)?(\w+)(?:</a>)?</b> <span><i [^>]*></i>(\w+)</span>", aside))


@pytest.mark.parametrize(("who", "places"), STAFF_MENUS.items())
def test_staff_find_what_their_role_allows(who: str, places: list[str], cast: Cast, enter: Enter) -> None:
    found = menu(enter(getattr(cast, who)).page("/contact"))
    assert [href for href in found if href.startswith("/staff")][: len(places)] == places
    assert "/requests" not in found
    assert "/" not in found


def test_contact_managers_find_requests_and_addresses(cast: Cast, enter: Enter) -> None:
    """R2-4: both have the same powers; a reader has none of them."""
    for person in (cast.higashi_manager, cast.higashi_deputy):
        assert {"/", "/requests", "/addresses"} <= set(menu(enter(person).page("/contact")))
    assert {"/requests", "/addresses"}.isdisjoint(menu(enter(cast.higashi_reader).page("/contact")))


@pytest.mark.parametrize("who", ["higashi_manager", "higashi_reader", "nishi_reader", "reception", "operations"])
def test_every_line_of_the_menu_leads_somewhere(who: str, cast: Cast, enter: Enter) -> None:
    """R8-6: no menu offers what its reader is refused."""
    visitor = enter(getattr(cast, who))
    for href in menu(visitor.page("/contact")):
        assert visitor.get(href).status_code == 200, href


def test_the_menu_shows_where_one_is(cast: Cast, library: Library, enter: Enter) -> None:
    article = library.publish("taxis")
    reader = enter(cast.higashi_reader)
    places = {
        "/": "/",
        "/pages/taxis/notices": "/pages/taxis",
        f"/articles/{article}": "/pages/taxis",
        "/account": "/account",
    }
    for path, place in places.items():
        assert current(reader.page(path)) == place
    assert current(reader.get("/nowhere").text) == ""


def test_whoever_writes_articles_goes_from_an_article_to_its_editor(cast: Cast, library: Library, enter: Enter) -> None:
    """R7-4: nobody else is offered it."""
    path = f"/articles/{library.publish('taxis')}"
    people = (cast.reception, cast.operations, cast.higashi_manager, cast.higashi_reader)
    assert [f'href="/staff{path}"' in enter(person).page(path) for person in people] == [True, False, False, False]


def test_staff_begin_at_their_desk(cast: Cast, enter: Enter) -> None:
    answer = enter(cast.reception).get("/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/staff")


def test_home_shows_the_state_of_the_systems_in_use(cast: Cast, enter: Enter, hands: Hands) -> None:
    """R2-1, R7-7: it changes at its minute; other organizations' systems aren't there."""
    reader, outsider = enter(cast.higashi_reader), enter(cast.nishi_reader)
    assert systems(reader.page("/")) == dict.fromkeys(("TAXIS", "JOHS", "JUJU", "LOACUS"), "稼働中")
    assert systems(outsider.page("/")) == {"JOHS": "稼働中"}
    assert "今日 21:00 まで" in outsider.page("/")
    assert systems(reader.page("/pages/johs")) == {"JOHS": "稼働中"}
    assert systems(reader.page("/pages/common")) == systems(reader.page("/"))
    assert systems(outsider.page("/pages/common")) == {"JOHS": "稼働中"}
    hands.now += timedelta(hours=9)
    reader, outsider = enter(cast.higashi_reader), enter(cast.nishi_reader)
    assert systems(outsider.page("/")) == {"JOHS": "時間外"}
    assert "明日 7:30 から" in outsider.page("/")
    assert systems(reader.page("/"))["LOACUS"] == "稼働中"


def test_a_systems_address_is_for_whoever_uses_it(cast: Cast, library: Library, enter: Enter) -> None:
    """R7-7: by the organization, whatever the person holds, narrowed or not."""
    library.set_page("taxis", system_url="https://taxis.example/", is_narrowed=True)
    for person in (cast.higashi_reader, cast.higashi_johs_only):
        assert '<a href="https://taxis.example/" rel="noopener">TAXIS</a>' in enter(person).page("/")
    assert "taxis.example" not in enter(cast.nishi_reader).page("/")


def test_contact_managers_see_the_next_processing_date(cast: Cast, enter: Enter) -> None:
    """R5-30: 2026-11-22 lies in the window that ends with the month."""
    page = enter(cast.nishi_manager).page("/")
    assert "2026/12/01(火)" in page
    assert "2026/11/30(月)までに受け付けた申請が対象です。" in page
    assert "処理日" not in enter(cast.nishi_reader).page("/")


def test_search_finds_words_in_title_and_text_whatever_their_width(cast: Cast, library: Library, enter: Enter) -> None:
    """R7-5: all words, two characters and one too; signs of the pattern mean themselves."""
    both = library.publish("taxis", "ＴＡＸＩＳ検針の再配信", source="ｶﾞｽ使用量を **100%** 配信")
    other = library.publish("johs", "JOHSの件名", source="検針")
    reader = enter(cast.higashi_reader)

    def found(query: str) -> set[str]:
        return set(re.findall(r'<td><a href="/articles/(\w+)"', reader.page(f"/search?q={query}")))

    assert found("検針") == {both, other}
    assert found("針") == {both, other}
    assert found("taxis 検針") == {both}
    assert found("ガス") == {both}
    assert found("100%25") == {both}
    for nothing in ("%25", "_", "10_%25", "検針 なし", "\\", "**"):
        assert found(nothing) == ({both} if nothing == "%25" else set()), nothing
    assert "<mark>ＴＡＸＩＳ</mark>" in reader.page("/search?q=taxis")


def test_search_answers_what_is_asked_and_keeps_it(cast: Cast, library: Library, enter: Enter) -> None:
    """R8-3, E1, E17."""
    reader = enter(cast.higashi_reader)
    assert "検索する言葉を入力してください" in reader.page("/search")
    assert "検索する言葉を入力してください" in reader.page("/search?q=%E3%80%80")
    page = reader.page('/search?q="><script>alert(1)</script>')
    assert "<script>alert" not in page
    assert 'value="&#34;&gt;&lt;script&gt;' in page
    assert "見つかりませんでした" in page
    assert reader.get("/search?q=" + "あ" * 1000).status_code == 200


def test_search_goes_on_page_by_page_and_never_counts(cast: Cast, library: Library, enter: Enter) -> None:
    """R7-5: newest first; how many there are in all nobody says before the end is seen."""
    published = library.publish_many(41, "taxis")
    reader, address, seen = enter(cast.higashi_reader), "/search?q=%E5%8F%B7", []
    for told in ("20件以上", "20件以上", "1件"):
        page = reader.page(address)
        assert f"<span>{told}</span>" in page
        seen += re.findall(r'<td><a href="/articles/(\w+)"', page)
        following = re.search(r'href="([^"]+)" rel="next">次の20件', page)
        address = html.unescape(following.group(1)) if following else ""
    assert seen == published
    assert address == ""


def test_the_contact_page_names_every_desk_and_what_to_do_first(cast: Cast, enter: Enter) -> None:
    """R2-6."""
    page = enter(cast.nishi_reader).page("/contact")
    for words in (
        "託送受付センター",
        "託送システム障害受付窓口",
        "認証サポート窓口",
        "0570-000-222",
        "FAQ",
        "取りまとめて",
    ):
        assert words in page


def test_the_help_page_says_what_is_supported_and_why_a_login_fails(cast: Cast, enter: Enter) -> None:
    """R2-3, R6-9."""
    page = enter(cast.nishi_reader).page("/help")
    for words in ("Google Chrome", "1280×768", "Windows 11", "2025年10月14日", "Adobe Reader"):
        assert words in page
    for words in ("認証に失敗しました", "アクティブではありません", "証明書の管理"):
        assert words in page


def test_the_account_page_shows_me_and_what_i_may(cast: Cast, enter: Enter) -> None:
    """R5-8, R6-8."""
    page = enter(cast.higashi_reader).page("/account")
    for words in ("南 次郎", "ひがしガス株式会社", cast.higashi_reader.login_id, "PC-03", "申し込み情報報告"):
        assert words in page
    assert "個別システムの利用権限はありません" in enter(cast.nishi_manager).page("/account")
    assert "託送受付センター" in enter(cast.reception).page("/account")


def test_each_login_has_a_token_of_its_own(cast: Cast, enter: Enter) -> None:
    """B1, B7: the same on its pages, another one's never, and the next login's is new."""

    def token(visitor: Visitor, path: str = "/pages/common") -> str:
        return str(visitor.form(path, "/logout").values["csrf_token"])

    reader, colleague = enter(cast.higashi_reader), enter(cast.higashi_contractor)
    first = token(reader)
    assert token(reader) == token(reader, "/") == first
    assert token(colleague) != first
    assert colleague.post("/logout", {"csrf_token": first}).status_code == 400
    assert reader.post("/logout", {"csrf_token": first}).status_code == 303
    reader.log_in(cast.higashi_reader.login_id)
    assert token(reader) != first
    assert reader.post("/logout", {"csrf_token": first}).status_code == 400


def test_whoever_wants_english_gets_it(cast: Cast, library: Library, enter: Enter) -> None:
    """R8-3: and what was drawn in one language never shows in the other."""
    article = library.publish("taxis", kind="disturbance")
    with library.app.app_context(), transaction() as session:
        session.execute(update(User).where(User.id == cast.higashi_contractor.user_id).values(language="en"))
    japanese, english = enter(cast.higashi_reader), enter(cast.higashi_contractor)
    for path, words in (("/", "News"), ("/pages/taxis", "Only unread"), (f"/articles/{article}", "Published")):
        assert words not in japanese.page(path)
        assert words in english.page(path)
        assert words not in japanese.page(path)


def test_one_red_notice_stands_for_a_running_disturbance_and_leads_to_its_article(
    app: Flask, cast: Cast, library: Library, enter: Enter, hands: Hands
) -> None:
    """R7-2, R9-7: the article about it isn't a second one; once restored it stands among the rest, a later one on top again."""
    earlier = library.publish(
        "taxis", "先週の障害のお詫び", kind="disturbance", published_at=hands.now - timedelta(days=2)
    )
    article = library.publish("taxis", "検針結果が遅れています", kind="disturbance", published_at=hands.now)
    reader, outsider = enter(cast.higashi_reader), enter(cast.nishi_reader)
    assert notices(reader.page("/")) == [[article], [earlier]]
    with app.app_context(), transaction() as session:
        staff = acting(session.get_one(User, cast.reception.user_id))
        facts: dict[str, Any] = {"from_at": hands.now, "next_update_at": hands.now + timedelta(hours=1)}
        public_id = begin_disturbance(session, "TAXIS", effect="遅延", **facts, by=staff, now=hands.now).public_id
    assert notices(reader.page("/")) == notices(reader.page("/pages/taxis")) == [[article]]
    assert f'href="/articles/{earlier}"' in reader.page("/")
    assert notices(reader.page(f"/articles/{article}")) == [[]]
    assert notices(outsider.page("/")) == []
    library.narrow("taxis")
    assert notices(enter(cast.higashi_johs_only).page("/")) == [[]]
    hands.now += timedelta(minutes=10)
    with app.app_context(), transaction() as session:
        row = session.scalars(select(SystemStop).where(SystemStop.public_id == public_id)).one()
        end_disturbance(session, row, version=row.version, words="復旧", ended_at=hands.now, by=staff, now=hands.now)
    assert notices(reader.page("/")) == notices(reader.page("/pages/taxis")) == []
    assert "重要" not in reader.page(f"/articles/{article}")
    assert f'href="/articles/{article}"' in reader.page("/")
    after = library.publish("taxis", "復旧のお知らせ", kind="disturbance", published_at=hands.now)
    assert notices(reader.page("/")) == [[after]]


def notices(page: str) -> list[list[str]]:
    """Each red notice above everything, with the articles it leads to."""
    found = page.split('<div class="notice red')[1:]
    return [re.findall(r'href="/articles/(\w+)"', each.split("</div>\n", maxsplit=1)[0]) for each in found]
