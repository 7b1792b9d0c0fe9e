"""The second pair of eyes through the real forms, where the setting asks for it."""

import io
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.datastructures import FileStorage, MultiDict

from app import create_app
from base.db import db, transaction
from content.models import Article, Attachment, Publication
from tests.browsing import Visitor, logged_in
from tests.cast import Cast, make_cast
from tests.conftest import Hands
from tests.content.writing.test_plan_views import GO_LIVE, GO_LIVE_AT
from tests.content.writing.test_publishing_views import draft, rows, send_from
from tests.settings import settings_for

ADDRESS = "/staff/articles"


@pytest.fixture
def reviewed(sqlite_template: Path, tmp_path: Path, hands: Hands) -> Iterator[Flask]:
    shutil.copyfile(sqlite_template, tmp_path / "portal.db")
    app = create_app(settings_for(f"sqlite:///{tmp_path}/portal.db", tmp_path, is_second_reader_needed=True))
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def people(reviewed: Flask) -> Cast:
    with reviewed.app_context(), transaction() as session:
        return make_cast(session)


@pytest.fixture
def writer(reviewed: Flask, people: Cast) -> Visitor:
    return logged_in(reviewed, people.reception)


@pytest.fixture
def second(reviewed: Flask, people: Cast) -> Visitor:
    return logged_in(reviewed, people.reception_two)


def test_a_draft_goes_out_by_two_pairs_of_eyes(reviewed: Flask, people: Cast, writer: Visitor, second: Visitor) -> None:
    """R7-4: asked, returned with a word, asked again, approved; only then there is a button, and it works."""
    home = draft(writer)
    forged = {**writer.form(f"{home}/check", f"{home}/review/ask").values, "when": "now"}
    assert f"{home}/publish" not in writer.page(f"{home}/check")
    assert writer.post(f"{home}/publish", forged).status_code == 409
    assert writer.submit(f"{home}/check", f"{home}/review/ask").status_code == 303
    assert "<strong>1</strong> 承認を待っている記事" in second.page("/staff")
    assert home in second.page(f"{ADDRESS}?state=review")
    assert f"{home}/review/approve" not in writer.page(f"{home}/check")
    assert second.submit(f"{home}/check", f"{home}/review/return", word="").status_code == 422
    assert second.submit(f"{home}/check", f"{home}/review/return", word="日付が違います").status_code == 303
    assert "日付が違います" in writer.page(home)
    writer.submit(home, home, source="改めた本文", then="stay")
    writer.submit(f"{home}/check", f"{home}/review/ask")
    assert second.submit(f"{home}/check", f"{home}/review/approve").status_code == 303
    assert rows(reviewed, select(Publication)) == []
    assert writer.submit(f"{home}/check", f"{home}/publish", when="later", go_live_at=GO_LIVE).status_code == 303
    files = {"files": [FileStorage(io.BytesIO(b"a"), filename="a.csv")], **writer.form(home, f"{home}/files").values}
    late = writer.post(f"{home}/files", MultiDict(files), content_type="multipart/form-data")
    assert "公開を予定した記事のファイルは変えられません" in late.text
    assert rows(reviewed, select(Attachment)) == []
    typed = writer.submit(home, f"{home}/check", source="公開までに直した本文")
    send_from(writer, typed, f"{home}/review/ask")
    assert "公開前の確認" in second.page(f"{home}/review")
    second.submit(f"{home}/review", f"{home}/review/approve")
    assert writer.submit(f"{home}/review", f"{home}/update").status_code == 303
    (article,) = rows(reviewed, select(Article))
    assert (article.published_at, article.source) == (GO_LIVE_AT, "公開までに直した本文")
    assert writer.submit(f"{home}/check", f"{home}/publish").status_code == 303
    outsider = logged_in(reviewed, people.nishi_manager)
    for path in ("/check", "/review"):
        assert outsider.get(f"{home}{path}").status_code == 404


def test_an_update_waits_as_it_was_typed(reviewed: Flask, writer: Visitor, second: Visitor) -> None:
    """R7-4, R8-3: nothing of it is public before; what is published is what was approved, to the letter."""
    home = draft(writer)
    writer.submit(f"{home}/check", f"{home}/review/ask")
    second.submit(f"{home}/check", f"{home}/review/approve")
    writer.submit(f"{home}/check", f"{home}/publish")
    typed = {"title": "続報 <b>", "source": "一行目\n\n二行目", "tags": "検針"}
    sheet = writer.submit(home, f"{home}/check", **typed)
    assert f"{home}/update" not in sheet.text
    assert send_from(writer, sheet, f"{home}/review/ask").status_code == 303
    assert [article.title for article in rows(reviewed, select(Article))] == ["検針結果の再配信"]
    assert f"{home}/review/approve" not in writer.page(f"{home}/review")
    assert "続報 &lt;b&gt;" in second.page(f"{home}/review")
    other = writer.submit(home, f"{home}/check", title="別の更新")
    assert "承認待ちの内容を見る" in other.text
    second.submit(f"{home}/review", f"{home}/review/approve")
    other = writer.submit(home, f"{home}/check", title="別の更新")
    assert f"{home}/update" not in other.text
    approved = writer.form(f"{home}/review", f"{home}/update").values
    swapped = writer.post(f"{home}/update", approved | {"source": "すりかえた本文"})
    assert "承認された内容と違います。" in swapped.text
    assert "すりかえた本文" in swapped.text
    assert rows(reviewed, select(Article.revision)) == [1]
    assert writer.post(f"{home}/update", approved).status_code == 303
    (article,) = rows(reviewed, select(Article))
    assert (article.title, article.source, article.revision) == ("続報 <b>", "一行目\n\n二行目", 2)
    assert writer.get(f"{home}/review").status_code == 404


def test_where_one_reader_is_enough_nothing_of_it_is_seen(enter: object, cast: Cast, app: Flask) -> None:
    """R7-4."""
    desk = logged_in(app, cast.reception)
    home = draft(desk)
    for page in (desk.page(home), desk.page(f"{home}/check"), desk.page("/staff"), desk.page(ADDRESS)):
        assert "承認" not in page
    token = desk.form(home, home).values
    assert desk.get(f"{home}/review").status_code == 404
    for action in ("ask", "take-back", "approve", "return"):
        assert desk.post(f"{home}/review/{action}", {**token, "word": "x"}).status_code == 404
