"""Stops and disturbances on screens of staff and readers, on both databases."""

import re
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from base.audit import AuditEntry
from base.db import db, transaction
from base.jst import in_jst, show_time
from content.models import Page, SystemStop, SystemStopNote
from tests import make
from tests.browsing import Visitor, logged_in
from tests.cast import Cast
from tests.certificates import NOW
from tests.conftest import Hands
from tests.content.library import steady
from tests.content.reading.test_reading_home import systems

EFFECT = "検針結果の<b>ダウンロード</b>に時間がかかっています"
SHOWN = "検針結果の&lt;b&gt;ダウンロード&lt;/b&gt;に時間がかかっています"
MINUTE, WHILE = timedelta(minutes=1), timedelta(minutes=8)
LIST = "/staff/systems"


def typed(moment: datetime) -> str:
    return f"{in_jst(moment):%Y-%m-%dT%H:%M}"


@pytest.fixture
def desk(any_app: Flask, any_cast: Cast) -> Visitor:
    return logged_in(any_app, any_cast.reception)


@pytest.fixture
def reader(any_app: Flask, any_cast: Cast) -> Visitor:
    return logged_in(any_app, any_cast.higashi_reader)


@pytest.fixture
def outsider(any_app: Flask, any_cast: Cast) -> Visitor:
    return logged_in(any_app, any_cast.nishi_reader)


def disturb(desk: Visitor, hands: Hands, system: str = "TAXIS") -> str:
    """Answers where it stands for staff."""
    times = {"from_at": typed(hands.now - 10 * MINUTE), "next_update_at": typed(hands.now + WHILE)}
    answer = desk.submit(f"{LIST}/disturbance", system=system, effect=EFFECT, **times)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def plan(desk: Visitor, from_at: datetime, until_at: datetime, system: str = "TAXIS") -> str:
    times = {"from_at": typed(from_at), "until_at": typed(until_at)}
    answer = desk.submit(f"{LIST}/planned", system=system, effect="機器の入れ替え", **times)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def tell(desk: Visitor, here: str, words: str, until: datetime) -> int:
    filled = {"told-words": words, "told-next_update_at": typed(until)}
    return desk.submit(here, f"{here}/words", **filled).status_code


def actions(app: Flask) -> list[str]:
    with app.app_context():
        found = db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id))
        return [action for action in found if action.startswith(("stop.", "disturbance."))]


def test_a_disturbance_from_the_first_word_to_its_end(
    any_app: Flask, desk: Visitor, reader: Visitor, hands: Hands
) -> None:
    """R2-1, R9-7: each step shows at the next request, though home was drawn and kept before it."""
    assert systems(reader.page("/"))["TAXIS"] == "稼働中"
    here = disturb(desk, hands)
    home = reader.page("/")
    assert systems(home)["TAXIS"] == "障害"
    assert SHOWN in home
    assert "<b>ダウンロード" not in home
    assert f"{show_time(hands.now - 10 * MINUTE)} 発生" in home
    assert f"次のお知らせは {show_time(hands.now + WHILE)} の予定" in home
    assert 'href="/systems/taxis"' in home
    hands.now += 30 * MINUTE
    assert tell(desk, here, "原因を<i>調査</i>しています。", hands.now + 2 * WHILE) == 303
    assert f"次のお知らせは {show_time(hands.now + 2 * WHILE)} の予定" in reader.page("/")
    page = reader.page("/systems/taxis")
    assert "原因を&lt;i&gt;調査&lt;/i&gt;しています。" in page
    assert page.index(SHOWN) < page.index("原因を")
    assert desk.submit(here, f"{here}/restored", **{"end-words": "復旧しました。"}).status_code == 303
    home = reader.page("/")
    assert systems(home)["TAXIS"] == "稼働中"
    assert SHOWN not in home
    assert "復旧しました。" in reader.page("/systems/taxis")
    assert actions(any_app) == ["disturbance.begun", "disturbance.told", "disturbance.ended"]


def test_the_outsider_never_learns_of_it(desk: Visitor, reader: Visitor, outsider: Visitor, hands: Hands) -> None:
    """R2-1, R9-7: にしガス uses JOHS alone; home, lists and addresses answer as if there were nothing."""
    paths = ("/", "/pages/johs", "/systems/johs", "/systems/taxis", "/search?q=検針")
    before = [steady(outsider.get(path).text) for path in paths]
    here = disturb(desk, hands)
    plan(desk, hands.now + WHILE, hands.now + 2 * WHILE)
    assert [steady(outsider.get(path).text) for path in paths] == before
    assert reader.get("/systems/taxis").status_code == 200
    for path in ("/systems/taxis", "/systems/api", here):
        hidden, absent = outsider.get(path), outsider.get("/systems/nowhere")
        assert hidden.status_code == absent.status_code == 404
        assert steady(hidden.text) == steady(absent.text)
    assert "ダウンロード" not in outsider.page("/")


def test_a_planned_stop_begins_and_ends_at_its_second(desk: Visitor, reader: Visitor, hands: Hands) -> None:
    """R2-1, E12, E13: home was kept just before, and changes then by itself."""
    begins, ends = NOW + WHILE, NOW + 2 * WHILE
    plan(desk, begins, ends)
    shown = []
    for moment in (begins - timedelta(seconds=1), begins, ends - timedelta(seconds=1), ends):
        hands.now = moment
        shown.append(systems(reader.page("/"))["TAXIS"])
    assert shown == ["稼働中", "計画停止中", "計画停止中", "稼働中"]
    hands.now = begins
    assert (
        f"{in_jst(begins).hour}:{in_jst(begins):%M} から 今日 {in_jst(ends).hour}:{in_jst(ends):%M} まで"
        in reader.page("/")
    )


def test_two_stops_that_meet_each_name_their_own_time(desk: Visitor, reader: Visitor, hands: Hands) -> None:
    """R2-1, E12: the state stays, the words change at the second."""
    middle = NOW + WHILE
    plan(desk, NOW - WHILE, middle, "LOACUS")
    plan(desk, middle, middle + WHILE, "LOACUS")
    hands.now = middle - timedelta(seconds=1)
    first = re.findall(r"aria-label=\"LOACUS[^\"]*\"", reader.page("/"))
    hands.now = middle
    assert first != re.findall(r"aria-label=\"LOACUS[^\"]*\"", reader.page("/"))


def test_a_disturbance_outweighs_a_planned_stop(desk: Visitor, reader: Visitor, hands: Hands) -> None:
    """R2-1."""
    plan(desk, NOW - WHILE, NOW + WHILE)
    assert systems(reader.page("/"))["TAXIS"] == "計画停止中"
    here = disturb(desk, hands)
    assert systems(reader.page("/"))["TAXIS"] == "障害"
    desk.submit(here, f"{here}/restored", **{"end-words": "復旧しました。"})
    assert systems(reader.page("/"))["TAXIS"] == "計画停止中"


def test_a_planned_stop_is_changed_and_called_off(any_app: Flask, desk: Visitor, reader: Visitor, hands: Hands) -> None:
    """R2-1: readers see it at the next request; what has begun keeps its beginning."""
    here = plan(desk, NOW + WHILE, NOW + 2 * WHILE)
    later = {"from_at": typed(NOW + 3 * WHILE), "until_at": typed(NOW + 4 * WHILE)}
    assert desk.submit(here, f"{here}/change", **later).status_code == 303
    assert show_time(NOW + 3 * WHILE) in reader.page("/systems/taxis")
    hands.now = NOW + 3 * WHILE + MINUTE
    refused = desk.submit(here, f"{here}/change", from_at=typed(NOW + WHILE))
    assert refused.status_code == 422
    assert "すでに始まっている停止の開始日時は変えられません。" in refused.text
    assert desk.submit(here, f"{here}/cancel").status_code == 303
    assert systems(reader.page("/"))["TAXIS"] != "計画停止中"
    again = desk.post(f"{here}/cancel", desk.form(f"{LIST}/planned", f"{LIST}/planned").values)
    assert (again.status_code, "いま終わらせる" in again.text) == (409, False)
    assert actions(any_app) == ["stop.planned", "stop.changed", "stop.ended"]


def test_what_is_typed_wrong_stands_beside_its_field(any_app: Flask, desk: Visitor, hands: Hands) -> None:
    """R8-3: nothing is kept of it."""
    path = f"{LIST}/disturbance"
    good = {"system": "TAXIS", "effect": EFFECT, "from_at": typed(NOW), "next_update_at": typed(NOW + WHILE)}
    for wrong, why in (
        ({"effect": " "}, "入力してください。"),
        ({"from_at": typed(NOW + MINUTE)}, "これからの日時は入力できません。"),
        ({"from_at": "0001-01-01T00:00"}, "日時を確かめてください。"),
        ({"from_at": "きのう"}, 'id="from_at-why"'),
        ({"next_update_at": typed(NOW)}, "次のお知らせは、これからの日時を入力してください。"),
        ({"system": "API"}, 'id="system-why"'),
    ):
        answer = desk.submit(path, **{**good, **wrong})
        assert (answer.status_code, why in answer.text) == (422, True), wrong
    answer = desk.submit(
        f"{LIST}/planned", system="TAXIS", effect="入れ替え", from_at=typed(NOW + WHILE), until_at=typed(NOW + WHILE)
    )
    assert "終了は、開始より後の日時を入力してください。" in answer.text
    assert "入れ替え" in answer.text
    assert actions(any_app) == []


def _add(row: SystemStop) -> None:
    with transaction() as session:
        session.add(row)


def test_one_disturbance_at_a_time_for_a_system(any_app: Flask, desk: Visitor, hands: Hands) -> None:
    """R9-7: the second who reports it is led to the first; the database says so too."""
    disturb(desk, hands)
    times = {"from_at": typed(NOW), "next_update_at": typed(NOW + WHILE)}
    answer = desk.submit(f"{LIST}/disturbance", system="TAXIS", effect=EFFECT, **times)
    assert answer.status_code == 422
    assert "すでに登録されています" in answer.text
    with any_app.app_context():
        author = db.session.scalars(select(SystemStop.created_by_id)).one()
        facts = {"created_at": NOW, "created_by_id": author, "from_at": NOW, "effect": "x"}
        db.session.rollback()
    with any_app.app_context(), pytest.raises(IntegrityError):
        _add(SystemStop(system="TAXIS", kind="disturbance", **facts))
    disturb(desk, hands, "JOHS")


def test_a_second_press_of_the_same_button_does_nothing(any_app: Flask, desk: Visitor, hands: Hands) -> None:
    """R9-7: the form's key was used; ended is ended."""
    here = disturb(desk, hands)
    form = desk.form(here, f"{here}/words")
    sent = {**form.values, "told-words": "調査中です。", "told-next_update_at": typed(NOW + WHILE)}
    assert [desk.post(form.action, sent).status_code for _ in range(2)] == [303, 303]
    with any_app.app_context():
        assert len(db.session.scalars(select(SystemStopNote)).all()) == 1
    desk.submit(here, f"{here}/restored")
    fresh = desk.form(f"{LIST}/planned", f"{LIST}/planned").values
    late = desk.post(f"{here}/words", {**sent, "form_key": fresh["form_key"]})
    assert late.status_code == 409
    assert "終わったため登録できません。" in late.text
    assert "調査中です。</textarea>" in late.text


def test_the_desk_reminds_when_the_promised_word_is_due(
    any_app: Flask, any_cast: Cast, desk: Visitor, hands: Hands
) -> None:
    """R9-7: from its minute on, until something was told; only for those who can tell it."""
    here = disturb(desk, hands)

    def due(page: str) -> str:
        found = re.search(r"<strong>(\d+)</strong> お知らせの予定時刻が来た障害", page)
        return found[1] if found else ""

    assert due(desk.page("/staff")) == "0"
    hands.now += WHILE
    assert due(desk.page("/staff")) == "1"
    assert "予定時刻です" in desk.page(LIST)
    assert due(logged_in(any_app, any_cast.operations).page("/staff")) == ""
    tell(desk, here, "まだ調査中です。", hands.now + WHILE)
    assert due(desk.page("/staff")) == "0"


def test_each_step_raises_the_systems_page_alone(any_app: Flask, desk: Visitor, hands: Hands) -> None:
    """R9-7: what is kept for readers of other systems stays kept."""

    def versions() -> dict[str, int]:
        with any_app.app_context():
            return {page.slug: page.version for page in db.session.scalars(select(Page))}

    before = versions()
    disturb(desk, hands)
    after = versions()
    assert {slug for slug in before if before[slug] != after[slug]} == {"taxis"}


def test_the_history_is_narrowed_and_taken_as_csv(any_app: Flask, any_cast: Cast, desk: Visitor, hands: Hands) -> None:
    """R2-3, E7."""
    with any_app.app_context(), transaction() as session:
        author = make.user(session, make.organization(session, is_operator=True), staff_role="reception")
        over = {"from_at": NOW - 3 * WHILE, "until_at": NOW - 2 * WHILE}
        make.planned_stop(session, author, "JUJU", effect="=1+1", **over)
        make.planned_stop(session, author, "LOACUS", effect="保守の作業", **over)
    assert "保守の作業" in desk.page(LIST)
    assert "保守の作業" not in desk.page(f"{LIST}?system=JUJU")
    assert desk.get(f"{LIST}?system=<b>&page=99999999999999999999").status_code == 200
    lines = desk.get(f"{LIST}.csv?system=JUJU").text.splitlines()
    assert len(lines) == 2
    assert '"\'=1+1"' in lines[1]
