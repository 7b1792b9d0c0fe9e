"""The staff's lists of articles: narrowed, as a file, what comes next, and many withdrawn at once."""

import csv
import io
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.models import Organization, User
from base.audit import AuditEntry
from base.db import transaction
from base.outbox import Mail
from base.refusals import Conflict, Refused
from content.mailing.check_sheets import check_sheet
from content.models import Article
from content.writing.article_filters import ArticleFilters, read_article_filters
from content.writing.articles import publish
from content.writing.staff_lists import LENGTH_OF_LIST, every_article
from content.writing.upcoming import Turn, upcoming
from content.writing.withdrawals import affected, chosen_articles, withdraw_all
from tests import make
from tests.browsing import Visitor, forms_of
from tests.cast import Cast, Person
from tests.certificates import NOW
from tests.content.newsroom import Newsroom

Enter = Callable[[Person], Visitor]
LIST = "/staff/articles"
DAY = timedelta(days=1)


@pytest.fixture
def newsroom(session: Session) -> Newsroom:
    return Newsroom(session)


def stocked(session: Session, author: User) -> dict[str, Article]:
    """One of each state, on two pages and of two kinds."""
    facts: dict[str, dict[str, Any]] = {
        "draft": {"published_at": None, "on": "taxis", "title": "100%_下書き"},
        "scheduled": {"published_at": NOW + DAY, "ends_at": NOW + 3 * DAY, "on": "taxis", "kind": "manual"},
        "published": {"ends_at": NOW + 2 * DAY, "kind": "manual"},
        "ended": {"ends_at": NOW},
        "withdrawn": {"withdrawn_at": NOW, "withdraw_reason": "=誤り"},
    }
    return {name: make.article(session, author, **({"title": name} | given)) for name, given in facts.items()}


NARROWED = (
    *((f"state={state}", {state}) for state in ("draft", "scheduled", "published", "ended", "withdrawn")),
    ("page=taxis&kind=manual", {"scheduled"}),
    ("category=reference", {"scheduled", "published"}),
    ("q=END", {"ended"}),
    ("q=%25_下", {"draft"}),
    ("q=_%25", set()),
    ("state=review", set()),
    ("state=nothing&page=..&kind='&author=x", {"draft", "scheduled", "published", "ended", "withdrawn"}),
)


def test_the_list_is_narrowed_by_what_stands_in_its_address(session: Session, newsroom: Newsroom) -> None:
    """R7-4, E1: on both databases."""
    by_id = {row.id: name for name, row in stocked(session, newsroom.author).items()}
    for narrowed, expected in NARROWED:
        filters = read_article_filters(dict(parse_qsl(narrowed)))
        assert {by_id[each.id] for each in every_article(session, filters, NOW)} == expected, narrowed


def test_the_whole_list_is_read_in_pieces_without_a_gap(session: Session, newsroom: Newsroom) -> None:
    """R2-3."""
    for number in range(LENGTH_OF_LIST + 1):
        make.article(session, newsroom.author, title=f"第{number}号")
    session.flush()
    found = [each.title for each in every_article(session, ArticleFilters(), NOW)]
    assert (len(found), len(set(found))) == (LENGTH_OF_LIST + 1, LENGTH_OF_LIST + 1)


def test_what_comes_next_stands_in_its_order(session: Session, newsroom: Newsroom) -> None:
    """R7-4: neither what is over nor what was withdrawn."""
    stocked(session, newsroom.author)

    def turns(**narrowed: Any) -> list[tuple[str, Turn]]:
        return [(each.article.title, each.turn) for each in upcoming(session, NOW, 10, **narrowed)]

    first = ("scheduled", Turn.GOES_PUBLIC)
    assert turns() == [first, ("published", Turn.ENDS), ("scheduled", Turn.ENDS)]
    assert turns(turn=Turn.GOES_PUBLIC) == [first]
    assert turns(page="taxis", first=1) == [("scheduled", Turn.ENDS)]


def published(newsroom: Newsroom, count: int) -> list[Article]:
    articles = [newsroom.draft(title=f"第{number}号", on=("taxis", "johs")[number % 2]) for number in range(count)]
    for article in articles:
        publish(newsroom.session, article, revision=1, suppress_reason=None, by=newsroom.by(), now=NOW)
    return articles


def test_many_are_withdrawn_with_one_reason_and_each_in_the_trail(session: Session, newsroom: Newsroom) -> None:
    """R8-1, F10."""
    articles = published(newsroom, 3)
    found = affected(session, chosen_articles(session, [each.public_id for each in articles]), NOW)
    assert [each.waiting for each in found] == [1, 2, 1]
    ids = [each.public_id for each in articles]
    assert withdraw_all(session, ids, "内容の誤り", by=newsroom.by(), now=NOW) == 3
    assert {each.withdraw_reason for each in articles} == {"内容の誤り"}
    assert set(session.scalars(select(Mail.state))) == {"skipped"}
    trail = select(AuditEntry.subject).where(AuditEntry.action == "article withdrawn")
    assert sorted(session.scalars(trail)) == sorted(ids)
    with pytest.raises(Conflict, match="第0号"):
        withdraw_all(session, ids, "もう一度", by=newsroom.by(), now=NOW)
    with pytest.raises(Refused):
        withdraw_all(session, [], "誤り", by=newsroom.by(), now=NOW)


@pytest.mark.parametrize("which", ["a draft", "one that isn't there"])
def test_one_that_cannot_be_keeps_all_the_others(session: Session, newsroom: Newsroom, which: str) -> None:
    """R8-3: all or nothing."""
    articles = published(newsroom, 2)
    odd = newsroom.draft().public_id if which == "a draft" else "000000000000"
    with pytest.raises(Conflict), session.begin_nested():
        withdraw_all(session, [*(each.public_id for each in articles), odd], "誤り", by=newsroom.by(), now=NOW)
    session.expire_all()
    assert [each.withdrawn_at for each in articles] == [None, None]


@pytest.fixture
def desk(app: Flask, cast: Cast, enter: Enter) -> Visitor:
    with app.app_context(), transaction() as session:
        author = session.get_one(User, cast.reception.user_id)
        make.address(session, session.get_one(Organization, cast.higashi_manager.organization_id), author)
        stocked(session, author)
    return enter(cast.reception)


def ticked(page: str) -> list[str]:
    return re.findall(r'name="article" value="(\w+)" aria-label', page)


def test_the_confirmation_says_how_many_can_see_each(session: Session, newsroom: Newsroom) -> None:
    """R7-4: as the check sheet before publishing counts them; nobody has to have opened it."""
    for held in ({"TAXIS": "view"}, {}):
        make.user(session, newsroom.higashi, rights=held)
    make.user(session, newsroom.nishi, rights={"JOHS": "view"})
    shown = make.article(session, newsroom.author, on="taxis")
    (found,) = affected(session, [shown], NOW)
    sheet = check_sheet(session, shown.page, NOW)
    assert (found.organizations, found.people) == (len(sheet.seeing), sheet.people_count)
    assert (found.organizations, found.people) == (1, 1)


def test_from_ticked_boxes_by_a_confirmation_to_the_withdrawal(cast: Cast, desk: Visitor, enter: Enter) -> None:
    """R8-8, G1: the confirmation names them and changes nothing; pressed twice it counts once; Nishi hears of nothing."""
    page = desk.page(LIST)
    ids = ticked(page)
    assert len(ids) == 2
    assert "これから公開・終了するもの" in page
    address = f"{LIST}/withdraw?article={ids[0]}&article={ids[1]}&article=000000000000"
    sheet = desk.page(address)
    assert "2件の記事を取り下げますか?" in sheet
    assert "scheduled" in sheet
    assert enter(cast.nishi_manager).get(address).status_code == 404
    form = next(form for form in forms_of(sheet) if form.method == "post" and form.action == f"{LIST}/withdraw")
    refused = desk.post(form.action, form.values | {"reason": " "})
    assert refused.status_code == 422
    assert "2件の記事を取り下げますか?" in refused.text
    answers = [desk.post(form.action, form.values | {"reason": "内容の誤り"}) for _ in range(2)]
    assert [answer.headers["Location"] for answer in answers] == [LIST, LIST]
    page = desk.page(LIST)
    assert page.count("2件の記事を取り下げました") == 1
    assert ticked(page) == []
    assert len(desk.page(f"{LIST}?state=withdrawn").split("<tr>")) == 5
    late = desk.post(form.action, form.values | {"reason": "もう一度", "form_key": "0" * 32})
    assert late.status_code == 422
    assert "取り下げられる状態ではなくなっています" in late.text


def test_the_lists_as_files_open_in_excel_and_run_nothing(desk: Visitor) -> None:
    """R2-3, R8-7, E7: what was narrowed on the screen is narrowed in the file."""
    answer = desk.get(f"{LIST}.csv?state=withdrawn")
    assert answer.data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert [len(row) for row in rows] == [17, 17]
    assert rows[1][0] == "取り下げ"
    assert "'=誤り" in rows[1]
    rows = list(csv.reader(io.StringIO(desk.get(f"{LIST}/upcoming.csv?turn=end").data.decode("utf-8-sig"))))
    assert [row[1] for row in rows[1:]] == ["掲載終了", "掲載終了"]
    assert len(desk.page(f"{LIST}/upcoming?page=taxis").split("<tr>")) == 4
    assert "条件に合う予定はありません" in desk.page(f"{LIST}/upcoming?page=johs&number=999")
