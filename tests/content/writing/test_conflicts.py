"""Two people at one article (E18)."""

import io
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from base.db import db
from content.models import Article, Attachment
from content.writing.models import Autosave
from content.writing.tags import tags_of
from tests import hostile_files
from tests.browsing import Visitor, forms_of, logged_in
from tests.cast import Cast, Person

Enter = Callable[[Person], Visitor]
LIST = "/staff/articles"
BODY = "一行目\n二行目\n三行目\n四行目"


@pytest.fixture
def desk(enter: Enter, cast: Cast) -> Visitor:
    return enter(cast.reception)


@pytest.fixture
def other(enter: Enter, cast: Cast) -> Visitor:
    return enter(cast.reception_two)


def draft(desk: Visitor, **filled: str) -> str:
    words = {"page": "taxis", "title": "元の件名", "source": BODY, "then": "stay"}
    return desk.submit(f"{LIST}/new", **{**words, **filled}).headers["Location"]


def publish(desk: Visitor, home: str) -> None:
    assert desk.submit(f"{home}/check", f"{home}/publish").status_code == 303


def send_from(visitor: Visitor, page: TestResponse, action: str, **filled: Any) -> TestResponse:
    form = next(form for form in forms_of(page.text) if form.action == action)
    return visitor.post(action, form.values | filled)


def article(app: Flask) -> Article:
    with app.app_context():
        return db.session.scalars(select(Article)).one()


def test_two_editors_compare_every_field_and_lose_nothing(app: Flask, desk: Visitor, other: Visitor) -> None:
    """E18: 409; what one changed alone is taken, what both changed is chosen, both texts are put together."""
    home = draft(desk, tags="検針", important_until="2026-12-01")
    mine, theirs = desk.form(home, home), other.form(home, home)
    changed = {
        "source": f"相手の行\n{BODY}",
        "page": "johs",
        "title": "相手の件名",
        "tags": "検針 料金",
        "then": "stay",
    }
    assert other.post(home, theirs.values | changed).status_code == 303
    own = {
        "source": f"{BODY}\n自分の行",
        "title": "自分の件名",
        "is_pinned": "y",
        "title_en": "Mine",
        "source_en": "Text",
    }
    files = [(io.BytesIO(hostile_files.pdf()), "手順書.pdf")]
    conflict = desk.post(home, mine.values | own | {"files": files}, content_type="multipart/form-data")
    assert conflict.status_code == 409
    for words in (
        "受付 進",
        "相手の行",
        "自分の行",
        "自分の件名",
        "相手の件名",
        "手順書.pdf",
        "選んだファイルは保存していません",
    ):
        assert words in conflict.text
    chosen = dict(re.findall(r'name="take_(\w+)" value="(\w+)" checked', conflict.text))
    assert chosen == {
        "source": "both", "page": "theirs", "tags": "theirs", "title": "own",
        "is_pinned": "own", "title_en": "own", "source_en": "own",
    }  # fmt: skip
    assert article(app).title == "相手の件名"
    edited = send_from(desk, conflict, f"{home}/choose")
    assert edited.status_code == 200
    assert article(app).title == "相手の件名"
    assert send_from(desk, edited, home, then="stay").status_code == 303
    found = article(app)
    assert (found.title, found.source, found.is_pinned) == ("自分の件名", f"相手の行\n{BODY}\n自分の行", True)
    with app.app_context():
        assert db.session.scalars(select(Article)).one().page.slug == "johs"
        assert tags_of(db.session(), found.id) == ("料金", "検針")
        assert list(db.session.scalars(select(Attachment))) == []
        assert list(db.session.scalars(select(Autosave))) == []


def test_whoever_was_second_finds_his_words_kept(app: Flask, desk: Visitor, other: Visitor) -> None:
    """E18: without the page that showed them, and without any script; the other's are taken by choosing them."""
    home = draft(desk)
    mine = desk.form(home, home)
    other.submit(home, home, source="相手の本文", then="stay")
    conflict = desk.post(home, mine.values | {"source": "自分の本文"})
    assert "自分の本文" not in other.page(home)
    taken = desk.form(f"{home}?unsaved=take", home)
    assert taken.values["source"] == "自分の本文"
    assert desk.post(home, taken.values).status_code == 409
    edited = send_from(desk, conflict, f"{home}/choose", take_source="theirs")
    assert "相手の本文</textarea>" in edited.text
    clash = send_from(desk, conflict, f"{home}/choose", take_source="both")
    refused = send_from(desk, clash, home)
    assert (refused.status_code, "目印の行が残っています" in refused.text) == (422, True)
    assert article(app).source == "相手の本文"


def test_an_update_that_somebody_overtook_is_shown_beside_it(app: Flask, desk: Visitor, other: Visitor) -> None:
    """E18: at the check sheet and at its button; marks of a public article are no part of it."""
    home = draft(desk, source="元")
    publish(desk, home)
    sheet = desk.submit(home, f"{home}/check", source="自分")
    opened = desk.form(home, f"{home}/check")
    send_from(other, other.submit(home, f"{home}/check", source="相手"), f"{home}/update")
    desk.submit(home, f"{home}/marks", is_pinned="y")
    late = send_from(desk, sheet, f"{home}/update")
    early = desk.post(opened.action, opened.values | {"source": "自分"})
    for answer in (late, early):
        assert answer.status_code == 409
        assert 'name="source" value="自分"' in answer.text
        assert "相手" in answer.text
        assert "take_is_pinned" not in answer.text
    assert article(app).source == "相手"


def test_a_draft_that_was_published_meanwhile_goes_on_as_an_update(desk: Visitor, other: Visitor) -> None:
    """E18, R7-13: and one that changes once more while somebody chooses is compared once more, with what both began with."""
    home = draft(desk)
    mine = desk.form(home, home)
    publish(other, home)
    conflict = desk.post(home, mine.values | {"source": f"{BODY}\n自分の行"})
    assert conflict.status_code == 409
    send_from(other, other.submit(home, f"{home}/check", source=f"相手の行\n{BODY}"), f"{home}/update")
    again = send_from(desk, conflict, f"{home}/choose")
    assert (again.status_code, 'value="both" checked' in again.text) == (409, True)
    edited = send_from(desk, again, f"{home}/choose")
    assert f"相手の行\n{BODY}\n自分の行</textarea>" in edited.text
    assert "更新前の確認" in send_from(desk, edited, f"{home}/check").text


def test_of_a_withdrawn_article_the_words_can_still_be_copied(desk: Visitor, other: Visitor) -> None:
    """E18."""
    home = draft(desk)
    publish(desk, home)
    opened = desk.form(home, f"{home}/check")
    other.submit(f"{home}/withdraw", reason="誤り")
    conflict = desk.post(opened.action, opened.values | {"source": "自分の本文"})
    assert (conflict.status_code, "書き写してください" in conflict.text) == (409, True)
    assert "自分の本文" in conflict.text
    assert "編集画面へ" not in conflict.text


@pytest.mark.usefixtures("hands")
def test_of_two_real_transactions_one_saves_and_the_other_keeps_his_words(any_app: Flask, any_cast: Cast) -> None:
    """E18: on both databases, through the real forms at the same moment."""
    people = [logged_in(any_app, person) for person in (any_cast.reception, any_cast.reception_two)]
    home = draft(people[0])
    forms, barrier = [person.form(home, home) for person in people], Barrier(2)

    def save(number: int) -> int:
        barrier.wait()
        return people[number].post(home, forms[number].values | {"source": f"本文{number}"}).status_code

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(save, range(2)))
    assert sorted(answers) == [303, 409]
    winner, loser = answers.index(303), answers.index(409)
    assert article(any_app).source == f"本文{winner}"
    kept = people[loser].form(f"{home}?unsaved=take", home)
    assert kept.values["source"] == f"本文{loser}"
