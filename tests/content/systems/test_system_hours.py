"""Hours as rows: what stands there at the beginning, and how they change from a day on."""

from collections.abc import Callable
from datetime import timedelta

from flask import Flask
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from base.audit import AuditEntry
from base.db import db, transaction
from base.jst import day_of, show_day, start_of
from base.refusals import Refused
from content.models import Page
from content.systems.hours import HoursChange, change_hours, take_back_hours
from content.systems.hours_queries import timetable
from content.systems.opening_hours import WHOLE_DAY, Hours
from tests.browsing import Visitor
from tests.cast import Cast, Person
from tests.certificates import NOW
from tests.conftest import Hands
from tests.content.library import steady
from tests.content.newsroom import Newsroom
from tests.content.reading.test_reading_home import systems
from tests.content.writing.test_publishing_races import all_at_once

HERE = "/staff/systems/hours"
TODAY = day_of(NOW)
TOMORROW = TODAY + timedelta(days=1)
MIDNIGHT = start_of(TOMORROW)
SECOND = timedelta(seconds=1)
STEPS = ["hours.changed", "hours.taken_back", "hours.changed"]
NIGHT = {"system": "TAXIS", "from_day": TOMORROW.isoformat(), "opens": "00:30", "closes": "24:00"}

Enter = Callable[[Person], Visitor]


def test_the_hours_of_the_beginning_are_those_of_the_rule(session: Session) -> None:
    """R2-1: daily, API has none."""
    hours = timetable(session)
    by_day = Hours(timedelta(hours=7, minutes=30), timedelta(hours=21))
    assert {system: hours.on(system, TODAY) for system in hours.systems} == {
        "JOHS": by_day,
        "TAXIS": by_day,
        "JUJU": by_day,
        "LOACUS": WHOLE_DAY,
    }


def test_a_change_holds_from_midnight_of_its_day(cast: Cast, enter: Enter, hands: Hands) -> None:
    """R2-1, E12: a reader's page was kept a second before; the outsider's stay as they were."""
    hands.now = MIDNIGHT - timedelta(minutes=30)
    reader, outsider, desk = (enter(one) for one in (cast.higashi_reader, cast.nishi_reader, cast.reception))
    theirs = ("/", "/systems/johs")
    before = [steady(outsider.page(path)) for path in theirs]
    assert desk.submit(HERE, **NIGHT).status_code == 303
    page = reader.page("/systems/taxis")
    assert "<b>7:30〜21:00</b>" in page
    assert f"{show_day(TOMORROW)}から 0:30〜24:00" in page
    assert [steady(outsider.page(path)) for path in theirs] == before
    form, shown = desk.form(HERE, HERE), []
    for moment in (MIDNIGHT - SECOND, MIDNIGHT, MIDNIGHT + timedelta(minutes=30)):
        hands.now = moment
        home = reader.page("/")
        shown.append((systems(home)["TAXIS"], "今日 0:30 から" in home, "明日 0:30 から" in home))
    assert shown == [("時間外", False, True), ("時間外", True, False), ("稼働中", False, False)]
    hands.now = MIDNIGHT
    began = desk.post(f"{HERE}/take-back", form.values | NIGHT)
    assert (began.status_code, "すでに始まった利用時間は取り消せません。" in began.text) == (409, True)


def test_what_was_entered_is_taken_back_and_entered_anew(app: Flask, cast: Cast, enter: Enter, hands: Hands) -> None:
    """R2-1, R8-1, R8-3: each step raises the system's page alone; pressed again it does nothing."""
    desk, reader = enter(cast.reception), enter(cast.higashi_reader)
    versions = _versions(app)
    form = desk.form(HERE, HERE)
    assert [desk.post(HERE, form.values | NIGHT).status_code for _ in range(2)] == [303, 303]
    for wrong, why in (
        ({}, "この日からの変更は、すでに登録されています。"),
        ({"from_day": TODAY.isoformat()}, "明日以降の日を入力してください。"),
        ({"from_day": "2031-01-01"}, "2年より先の日です。"),
        ({"from_day": "0001-01-01"}, "日付を確かめてください。"),
        ({"system": "JOHS", "opens": "7:30", "closes": "21:00"}, "この日の利用時間と同じです。"),
        ({"opens": "25:00"}, "時刻は 7:30 や 24:00 のように入力してください。"),
        ({"opens": "24:00"}, "終了は、開始より後の時刻を入力してください。"),
        ({"system": "API"}, 'id="system-why"'),
    ):
        answer = desk.submit(HERE, **{**NIGHT, **wrong})
        assert (answer.status_code, why in answer.text) == (422, True), wrong
    back = desk.form(HERE, f"{HERE}/take-back")
    assert desk.post(back.action, back.values).status_code == 303
    assert "0:30〜24:00" not in reader.page("/systems/taxis")
    assert desk.submit(HERE, **{**NIGHT, "opens": "8:15"}).status_code == 303
    assert "8:15〜24:00" in reader.page("/systems/taxis")
    raised = {slug for slug, version in _versions(app).items() if version != versions[slug]}
    with app.app_context():
        told = db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
        assert [action for action in told if action.startswith("hours.")] == STEPS
    assert raised == {"taxis"}
    for path in (HERE, f"{HERE}/take-back"):
        assert reader.get(path).status_code in {404, 405}


def _versions(app: Flask) -> dict[str, int]:
    with app.app_context():
        return {page.slug: page.version for page in db.session.scalars(select(Page))}


def test_of_those_who_change_or_take_back_at_once_one_does(engine: Engine) -> None:
    """R2-1, G2: on each database."""
    with transaction(Session(engine)) as session:
        by = Newsroom(session).by()
    later = TODAY + timedelta(days=9)

    def press(number: int) -> str:
        change = HoursChange("TAXIS", later, Hours(timedelta(hours=number), timedelta(hours=22)))
        return _pressed(engine, lambda session: change_hours(session, change, by=by, now=NOW))

    assert all_at_once(press) == ["", *["この日からの変更は、すでに登録されています。先に取り消してください。"] * 5]
    back = all_at_once(
        lambda _number: _pressed(engine, lambda session: take_back_hours(session, "TAXIS", later, by=by, now=NOW))
    )
    assert back == ["", *["この変更は、すでに取り消されています。"] * 5]


def _pressed(engine: Engine, work: Callable[[Session], object]) -> str:
    try:
        with transaction(Session(engine)) as session:
            work(session)
    except Refused as refusal:
        return refusal.reason
    return ""
