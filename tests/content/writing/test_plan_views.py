"""Planning through the real forms: go-live and end, seen from the desk and from the readers' side."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from auth.models import Organization, User
from base import clock
from base.db import db, transaction
from base.jst import in_jst, show_time
from base.outbox import Mail
from content.models import Article, Publication
from content.writing.going_live_run import announce_all_due
from tests import make
from tests.browsing import Visitor
from tests.cast import Cast, Person
from tests.certificates import NOW
from tests.conftest import Hands
from tests.content.writing.test_publishing_views import draft, published, rows, send_from

Enter = Callable[[Person], Visitor]
GO_LIVE_AT, ENDS_AT = NOW + timedelta(minutes=5), NOW + timedelta(minutes=10)
SECOND = timedelta(seconds=1)


def typed(at: datetime) -> str:
    """As a browser's field sends it, on a Japanese clock."""
    return f"{in_jst(at):%Y-%m-%dT%H:%M}"


GO_LIVE, ENDS = typed(GO_LIVE_AT), typed(ENDS_AT)


@pytest.fixture
def desk(app: Flask, enter: Enter, cast: Cast) -> Visitor:
    with app.app_context(), transaction() as session:
        staff = session.get_one(User, cast.reception.user_id)
        higashi = session.get_one(Organization, cast.higashi_manager.organization_id)
        make.address(session, higashi, staff, "contact@higashi-gas.example")
    return enter(cast.reception)


def plan(desk: Visitor, home: str, **filled: str | None) -> str:
    """The check sheet's answer: where it leads, or the page that says why not."""
    words = {"when": "later", "go_live_at": GO_LIVE, "ends_at": ENDS, **filled}
    answer = desk.submit(f"{home}/check", f"{home}/publish", **words)
    return answer.headers.get("Location") or answer.text


def job(app: Flask) -> None:
    with app.app_context():
        announce_all_due(clock.now, lambda: None)


def times(app: Flask) -> tuple[datetime | None, datetime | None]:
    (article,) = rows(app, select(Article))
    return article.published_at, article.ends_at


def test_from_the_check_sheet_to_the_second_at_which_readers_see_it_and_no_longer(
    app: Flask, desk: Visitor, enter: Enter, cast: Cast, hands: Hands
) -> None:
    """R7-4, R7-13, E12, E13: times are typed and shown on a Japanese clock."""
    home = draft(desk)
    assert plan(desk, home) == f"{home}#mails"
    assert times(app) == (GO_LIVE_AT, ENDS_AT)
    page = desk.page(home)
    assert show_time(GO_LIVE_AT) in page
    assert show_time(ENDS_AT) in page
    assert home in desk.page("/staff/articles?state=scheduled")
    hands.now = GO_LIVE_AT - SECOND
    job(app)
    reader, outsider, article = enter(cast.higashi_reader), enter(cast.nishi_reader), home.removeprefix("/staff")
    assert reader.get(article).status_code == 404
    assert rows(app, select(Mail.address)) == []
    hands.now = GO_LIVE_AT
    assert reader.get(article).status_code == 200
    assert "まもなくメールを送ります" in desk.page(home)
    job(app)
    assert rows(app, select(Mail.address)) == ["contact@higashi-gas.example"]
    assert "1件のうち0件を送りました" in desk.page(home)
    hands.now = ENDS_AT
    assert [visitor.get(article).status_code for visitor in (reader, outsider)] == [404, 404]
    assert home in desk.page("/staff/articles?state=ended")
    assert f"{show_time(ENDS_AT)} に掲載を終えました" in desk.page(home)
    assert desk.submit(home, f"{home}/end", ends_at="").status_code == 303
    assert [visitor.get(article).status_code for visitor in (reader, outsider)] == [200, 404]


UNPLANNABLE = (
    ({"go_live_at": ""}, "公開する日時を入力してください。"),
    ({"go_live_at": "2020-01-01T00:00"}, "すでに過ぎた日時です。"),
    ({"go_live_at": "2100-01-01T00:00"}, "日時を確かめてください。"),
    ({"go_live_at": "tomorrow"}, 'value="tomorrow"'),
    ({"ends_at": GO_LIVE}, "より後の日時を入力してください。"),
    ({"when": "never"}, 'class="summary"'),
)


def test_what_cannot_be_planned_is_told_beside_its_field_and_stays(app: Flask, desk: Visitor) -> None:
    """R8-3, E13, E14."""
    home = draft(desk)
    for filled, words in UNPLANNABLE:
        refused = plan(desk, home, **filled)
        assert words in refused, filled
        assert f'value="{filled.get("ends_at", ENDS)}"' in refused
    assert times(app) == (None, None)


def test_a_time_that_stands_beside_at_once_counts_for_nothing(app: Flask, desk: Visitor, hands: Hands) -> None:
    """R7-4: the field isn't shown then."""
    plan(desk, draft(desk), when="now", go_live_at="2020-01-01T00:00", ends_at="")
    assert times(app) == (hands.now, None)


def test_a_plan_is_changed_where_it_was_made(app: Flask, desk: Visitor, enter: Enter, cast: Cast) -> None:
    """R7-13, E18: the sheet shows it as it stands; a sheet that was opened before somebody else planned is refused."""
    home = draft(desk)
    plan(desk, home, no_mail="y", suppress_reason="試験のため")
    sheet = desk.form(f"{home}/check", f"{home}/publish").values
    assert (sheet["when"], sheet["go_live_at"], sheet["ends_at"]) == ("later", GO_LIVE, ENDS)
    assert (sheet["no_mail"], sheet["suppress_reason"]) == ("y", "試験のため")
    other = enter(cast.reception_two)
    plan(other, home, go_live_at=typed(GO_LIVE_AT + timedelta(minutes=1)), no_mail=None, suppress_reason="")
    assert desk.post(f"{home}/publish", sheet).status_code == 409
    assert times(app)[0] == GO_LIVE_AT + timedelta(minutes=1)
    assert desk.submit(home, f"{home}/draft").status_code == 303
    assert times(app) == (None, None)
    assert rows(app, select(Publication)) == []
    assert desk.post(f"{home}/draft", sheet).status_code == 409


def test_edits_of_a_planned_article_pass_the_sheet_and_keep_the_plan(app: Flask, desk: Visitor, hands: Hands) -> None:
    """R7-4, R7-13; once its time has come, what was typed is kept for an update."""
    home = draft(desk)
    plan(desk, home)
    sheet = desk.submit(home, f"{home}/check", title="改めた件名", source="改めた本文")
    assert "公開前の確認" in sheet.text
    assert send_from(desk, sheet, f"{home}/update").status_code == 303
    (article,) = rows(app, select(Article))
    assert (article.title, article.revision, article.published_at) == ("改めた件名", 2, GO_LIVE_AT)
    late = desk.submit(home, f"{home}/check", source="遅れた本文")
    hands.now = GO_LIVE_AT
    conflict = send_from(desk, late, f"{home}/update")
    assert conflict.status_code == 409
    editor = send_from(desk, conflict, f"{home}/choose")
    assert "遅れた本文</textarea>" in editor.text
    assert "更新前の確認" in send_from(desk, editor, f"{home}/check").text


def test_an_end_is_refused_beside_its_field(app: Flask, desk: Visitor) -> None:
    """R8-3."""
    home = published(desk, suppress_reason="試験")
    refused = desk.submit(home, f"{home}/end", ends_at="2020-01-01T00:00")
    assert refused.status_code == 422
    assert 'value="2020-01-01T00:00"' in refused.text
    assert desk.submit(home, f"{home}/end", ends_at=ENDS).status_code == 303
    assert times(app)[1] == ENDS_AT
    with app.app_context():
        assert db.session.scalars(select(Publication.revision)).all() == [1]
