"""Stops in several hands, and what their readers are told while nobody tells them anything."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from base.actors import Actor
from base.db import db, transaction
from base.jst import show_time
from base.refusals import Refused
from content.models import SystemStop, SystemStopNote
from content.systems.queries import locked_stop
from content.systems.stops import begin_disturbance, end_disturbance
from tests.browsing import Visitor, forms_of
from tests.cast import Cast, Person
from tests.certificates import NOW
from tests.conftest import Hands
from tests.content.library import Library
from tests.content.newsroom import Newsroom
from tests.content.reading.test_reading_home import systems
from tests.content.systems.test_system_stops import EFFECT, MINUTE, SHOWN, WHILE, disturb, plan, tell, typed
from tests.content.writing.test_publishing_races import all_at_once

Enter = Callable[[Person], Visitor]


@pytest.fixture
def desk(cast: Cast, enter: Enter) -> Visitor:
    return enter(cast.reception)


def test_whoever_was_overtaken_sees_both_and_decides(
    app: Flask, cast: Cast, desk: Visitor, enter: Enter, hands: Hands
) -> None:
    """R9-7, E18: what the other did, what was typed, and a button; only what is over can't be overwritten."""
    here, other = disturb(desk, hands), enter(cast.reception_two)
    mine = desk.form(here, f"{here}/words")
    tell(other, here, "相手の経過", hands.now + WHILE)
    typed_words = {"told-words": "自分の経過", "told-next_update_at": typed(hands.now + 2 * WHILE)}
    overtaken = desk.post(mine.action, mine.values | typed_words)
    assert overtaken.status_code == 409
    for shown in ("受付 進さん", "相手の経過", "自分の経過</textarea>", typed(hands.now + 2 * WHILE)):
        assert shown in overtaken.text
    (again,) = [form for form in forms_of(overtaken.text) if form.action == mine.action]
    assert desk.post(again.action, again.values).status_code == 303
    with app.app_context():
        assert list(db.session.scalars(select(SystemStopNote.words))) == ["相手の経過", "自分の経過"]
    planned = plan(desk, NOW + WHILE, NOW + 2 * WHILE, "JOHS")
    changing, cancelling = (desk.form(planned, f"{planned}/{step}") for step in ("change", "cancel"))
    other.submit(planned, f"{planned}/change", effect="相手の内容")
    late = desk.post(changing.action, changing.values | {"effect": "自分の内容"})
    assert (late.status_code, "相手の内容" in late.text, 'value="自分の内容"' in late.text) == (409, True, True)
    unseen = desk.post(cancelling.action, cancelling.values)
    assert (unseen.status_code, "それでも、この停止を取り止めますか?" in unseen.text) == (409, True)
    with app.app_context():
        row = db.session.scalars(select(SystemStop).where(SystemStop.system == "JOHS")).one()
        assert (row.effect, row.ended_at, row.version) == ("相手の内容", None, 2)


def test_reported_at_once_and_ended_at_once_there_is_one_disturbance(engine: Engine) -> None:
    """R9-7, G2: the others are told so."""
    with transaction(Session(engine)) as session:
        by = Newsroom(session).by()

    def pressed(work: Callable[[Session], object]) -> str:
        try:
            with transaction(Session(engine)) as session:
                work(session)
        except Refused as refusal:
            return refusal.reason
        return ""

    def report(session: Session) -> object:
        times = {"from_at": NOW - MINUTE, "next_update_at": NOW + WHILE}
        return begin_disturbance(session, "TAXIS", effect=EFFECT, by=by, now=NOW, **times)

    reported = all_at_once(lambda _number: pressed(report))
    assert reported == ["", *["このシステムの障害はすでに登録されています。経過として追記してください。"] * 5]
    with Session(engine) as session:
        (public_id,) = session.scalars(select(SystemStop.public_id))
    ended = all_at_once(lambda number: pressed(lambda session: _end(session, public_id, number, by)))
    assert ended == ["", *["ほかの方が先に変更しています。"] * 5]
    with Session(engine) as session:
        assert len(session.scalars(select(SystemStopNote)).all()) == 1


def _end(session: Session, public_id: str, number: int, by: Actor) -> None:
    row = locked_stop(session, public_id)
    assert row is not None
    end_disturbance(session, row, version=1, words=f"復旧{number}", ended_at=NOW, by=by, now=NOW)


def test_a_promise_that_has_passed_is_said_to_have_passed(
    cast: Cast, desk: Visitor, enter: Enter, hands: Hands, library: Library
) -> None:
    """R9-7, R2-1, E12: at its minute, above each list and article of that system, for nobody else."""
    article, common = library.publish("taxis"), library.publish("common")
    reader, outsider = enter(cast.higashi_reader), enter(cast.nishi_reader)
    theirs = ["/pages/johs", "/pages/common", f"/articles/{common}", "/"]
    before = {path: outsider.page(path).count("notice") for path in theirs}
    disturb(desk, hands)
    concerned = ["/pages/taxis", "/pages/taxis/reference", f"/articles/{article}", "/"]
    at = show_time(hands.now + WHILE)
    for moment, words in (
        (hands.now + WHILE - timedelta(seconds=1), f"次のお知らせは {at} の予定"),
        (hands.now + WHILE, f"次のお知らせは {at} の予定でしたが、まだ続報がありません"),
    ):
        hands.now = moment
        for path in concerned:
            page = reader.page(path)
            assert SHOWN in page, path
            assert f"{words}<" in page, (path, words)
    for path in ("/pages/common", f"/articles/{common}"):
        page = reader.page(path)
        assert SHOWN not in page
        assert systems(page)["TAXIS"] == "障害"
    assert {path: outsider.page(path).count("notice") for path in theirs} == before
    assert [list(systems(outsider.page(path))) for path in theirs] == [["JOHS"]] * len(theirs)


def test_the_end_may_be_typed_where_it_lies_behind(app: Flask, desk: Visitor, enter: Enter, hands: Hands) -> None:
    """R9-7: now unless somebody knows better, never to come, never before the beginning."""
    here = disturb(desk, hands)
    begun = hands.now - 10 * MINUTE
    hands.now += 30 * MINUTE
    for wrong, why in (
        (hands.now + MINUTE, "これからの日時は入力できません。"),
        (begun - MINUTE, "復旧は、発生より後"),
    ):
        refused = desk.submit(here, f"{here}/restored", **{"end-ended_at": typed(wrong)})
        assert (refused.status_code, why in refused.text) == (422, True)
    assert desk.form(here, f"{here}/restored").values["end-ended_at"] == typed(hands.now)
    over = hands.now - 5 * MINUTE
    assert desk.submit(here, f"{here}/restored", **{"end-ended_at": typed(over)}).status_code == 303
    with app.app_context():
        row = db.session.scalars(select(SystemStop)).one()
        assert (row.ended_at, row.changed_at) == (over, hands.now)
    assert f"{show_time(over)} 復旧" in desk.page(here)
