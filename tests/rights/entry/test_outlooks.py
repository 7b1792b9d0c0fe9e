"""「今日申請すると」 (R9-1)."""

from datetime import date, timedelta

import pytest
from flask import Flask
from icalendar import Calendar
from sqlalchemy.orm import Session

from auth.models import User
from base.actors import Actor
from base.db import transaction
from base.schedule import WindowReach
from rights.changes import Wanted, enter_change
from rights.codes import AskedRights
from rights.entry.outlook_queries import outlook_now
from rights.entry.outlooks import outlook
from rights.models import RightsRequest
from rights.removals import enter_removal
from rights.request_states import RequestKind
from rights.requests import enter_request
from rights.shown_requests import shown
from tests import make
from tests.browsing import Visitor, logged_in
from tests.cast import Cast
from tests.conftest import Hands
from tests.rights.asking import all_requests, sent
from tests.rights.entries import CALENDAR, acting, at, entry, higashi

NEW, CHANGE, REMOVAL = RequestKind.NEW, RequestKind.CHANGE, RequestKind.REMOVAL
NOTHING, HELD = AskedRights(), AskedRights(taxis="1010", loacus="02010")
LAST, MISSED, IN_TIME = WindowReach.LAST, WindowReach.MISSED, WindowReach.IN_TIME


@pytest.mark.parametrize(
    ("kind", "today", "reach"),
    [
        (NEW, date(2018, 12, 12), IN_TIME),
        (NEW, date(2018, 12, 13), LAST),
        (NEW, date(2018, 12, 14), MISSED),
        (NEW, date(2018, 12, 27), LAST),
        (NEW, date(2018, 12, 28), MISSED),
        (CHANGE, date(2018, 12, 14), IN_TIME),
        (CHANGE, date(2018, 12, 15), LAST),
        (CHANGE, date(2018, 12, 16), IN_TIME),
        (CHANGE, date(2018, 12, 31), LAST),
        (REMOVAL, date(2019, 2, 28), LAST),
    ],
)
def test_the_last_day_of_a_window_is_warned_of_and_the_missed_one_told(
    kind: RequestKind, today: date, reach: WindowReach
) -> None:
    """R9-1, R5-33: of a change the 15th or the month's end, business day or not; 2018-12-15 is a Saturday."""
    wanted = {NEW: AskedRights(taxis="1010"), CHANGE: AskedRights(taxis="1010", loacus="02011"), REMOVAL: NOTHING}[kind]
    found = outlook(kind, NOTHING if kind is NEW else HELD, wanted, today, CALENDAR)
    assert found.window is not None
    assert found.window.reach is reach


@pytest.mark.parametrize(
    ("kind", "held", "wanted"),
    [
        (CHANGE, HELD, AskedRights(taxis="1011", johs="J1010", loacus="02010")),
        (REMOVAL, AskedRights(taxis="1010", johs="J1010"), NOTHING),
    ],
)
def test_what_needs_no_processing_date_has_no_window(kind: RequestKind, held: AskedRights, wanted: AskedRights) -> None:
    """R5-14, R5-18: on the last day of a window too."""
    found = outlook(kind, held, wanted, date(2018, 12, 31), CALENDAR)
    assert (found.window, found.days.processing_date) == (None, None)


def test_nothing_chosen_reaches_nothing() -> None:
    """R5-16: a change that changes nothing."""
    found = outlook(CHANGE, HELD, HELD, date(2018, 12, 31), CALENDAR)
    assert (found.systems, found.steps, found.window) == ([], (), None)


@pytest.mark.parametrize("today", [date(2018, 12, 13), date(2018, 12, 14), date(2018, 12, 29), date(2019, 2, 28)])
def test_what_was_foretold_is_what_the_request_reaches(session: Session, today: date) -> None:
    """R9-1, R5-34: of all three kinds, entered for real on that very day."""
    organization, now = higashi(session), at(today)
    by: Actor = acting(make.user(session, organization, contact_role="primary"))
    asked = AskedRights("1011", "J1010", "yes", "02010")
    foretold = [outlook_now(session, NEW, NOTHING, asked, now)]
    rows: list[RightsRequest] = [enter_request(session, organization, entry(asked=asked), by=by, now=now)]
    wanted, rights = AskedRights("1011", None, "yes", "02011"), {"TAXIS": "1010", "JOHS": "J1010", "LOACUS": "02010"}
    held = AskedRights("1010", "J1010", None, "02010")
    changing, leaving = (
        make.user(session, organization, rights=rights, created_at=at(date(2018, 1, 9))) for _ in range(2)
    )
    foretold.append(outlook_now(session, CHANGE, held, wanted, now))
    rows.append(enter_change(session, organization, changing, Wanted(wanted), CALENDAR, by=by, now=now))
    foretold.append(outlook_now(session, REMOVAL, held, NOTHING, now))
    rows.append(enter_removal(session, organization, leaving, "", CALENDAR, by=by, now=now))
    for before, after in zip(foretold, shown(session, rows, now), strict=True):
        told = [(step.stage, step.day, step.systems, step.until, step.turn) for step in before.steps]
        assert told == [(step.stage, step.day, step.systems, step.until, step.turn) for step in after.steps[1:]]
        assert before.days == after.schedule


@pytest.fixture
def manager(app: Flask, cast: Cast, hands: Hands) -> Visitor:
    return logged_in(app, cast.higashi_manager)


def reader_id(app: Flask, cast: Cast) -> str:
    with app.app_context(), transaction() as session:
        return session.get_one(User, cast.higashi_reader.user_id).public_id


def test_the_days_follow_what_is_chosen(manager: Visitor, app: Flask) -> None:
    """R9-1: asked for by the page's script; opening it changes nothing (R8-8)."""
    fast, slow = (manager.page(f"/requests/if-applied?{query}") for query in ("taxis=1011&johs=J1010", "juju=yes"))
    assert "2026/12/09(水)以降</b> <span>TAXIS・JOHSの利用開始" in fast
    assert "JUJU" not in fast
    assert "2026/12/14(月)以降</b> <span>JUJUの利用開始" in slow
    assert "権限を選ぶと" in manager.page("/requests/if-applied?taxis=9999&loacus=%3Cb%3E")
    assert manager.get("/requests/if-applied?kind=nonsense").status_code == 404
    assert all_requests(app) == []


def test_a_change_and_a_removal_of_ones_own_person_are_foretold_and_nobody_elses(
    manager: Visitor, app: Flask, cast: Cast
) -> None:
    """R9-1, R8-4: another organization's person is as one that isn't there."""
    person = reader_id(app, cast)
    changed = manager.page(
        f"/requests/if-applied?kind=change&person={person}&taxis=1011&johs=J1010&juju=yes&loacus=02011"
    )
    assert "LOACUSの権限の変更" in changed
    assert "TAXIS" not in changed
    removed = manager.page(f"/requests/if-applied?kind=removal&person={person}&taxis=1011")
    assert "2026/11/23(月)以降</b> <span>TAXIS・JOHSの利用終了" in removed
    outsider = logged_in(app, cast.nishi_manager)
    for path in ("if-applied", "if-applied.ics"):
        hidden = outsider.get(f"/requests/{path}?kind=removal&person={person}")
        absent = outsider.get(f"/requests/{path}?kind=removal&person=0000000000zz")
        assert (hidden.status_code, hidden.text) == (404, absent.text)
    assert logged_in(app, cast.higashi_reader).get("/requests/if-applied").status_code == 404


def test_the_days_go_into_a_calendar(manager: Visitor, app: Flask, cast: Cast, hands: Hands) -> None:
    """R9-1: as whole days, provisional before sending; what is fetched again takes the place of what was there."""
    events = list(Calendar.from_ical(manager.get("/requests/if-applied.ics?taxis=1011&juju=yes").data).walk("VEVENT"))
    assert [(event["SUMMARY"], event.decoded("dtstart")) for event in events] == [
        ("(予定) 受付の期限", date(2026, 11, 24)),
        ("(予定) システム処理日", date(2026, 12, 1)),
        ("(予定) TAXISの利用開始", date(2026, 12, 9)),
        ("(予定) JUJUの利用開始", date(2026, 12, 14)),
    ]
    assert {event["STATUS"] for event in events} == {"TENTATIVE"}
    public_id = sent(manager)
    first = Calendar.from_ical(manager.get(f"/requests/{public_id}/days.ics").data).walk("VEVENT")
    hands.now += timedelta(days=1)
    manager = logged_in(app, cast.higashi_manager)
    again = Calendar.from_ical(manager.get(f"/requests/{public_id}/days.ics").data).walk("VEVENT")
    assert [str(event["UID"]) for event in first] == [str(event["UID"]) for event in again]
    assert (first[0]["SEQUENCE"], again[0]["SEQUENCE"]) == (0, 1)
    assert first[0]["SUMMARY"] == "N-2611-0001 北島 三郎さん 受付の期限"
    assert logged_in(app, cast.nishi_manager).get(f"/requests/{public_id}/days.ics").status_code == 404
