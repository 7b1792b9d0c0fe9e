from collections.abc import Callable
from datetime import date, timedelta
from typing import TypeVar

import pytest
from flask import Flask, g
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.viewer import Viewer
from base.db import db, transaction
from base.waiting import Todo
from rights.models import RightsRequest
from rights.todos import figures, queue_rows, todos
from tests.browsing import Visitor, logged_in
from tests.cast import Cast
from tests.certificates import NOW
from tests.rights.asking import pressed, sent
from tests.rights.entries import at

Line = TypeVar("Line")


@pytest.fixture
def manager(app: Flask, cast: Cast) -> Visitor:
    return logged_in(app, cast.higashi_manager)


def asked(app: Flask, question: Callable[[Session], list[Line]]) -> list[Line]:
    """A question to the floor, as home and desk ask it."""
    with app.test_request_context("/"):
        return question(db.session())


def viewer_of(visitor: Visitor) -> Viewer:
    """Whoever the application takes the visitor for."""
    with visitor.browser:
        visitor.page("/contact")
        found = g.viewer
    assert isinstance(found, Viewer)
    return found


def todos_of(app: Flask, visitor: Visitor) -> list[Todo]:
    viewer = viewer_of(visitor)
    return asked(app, lambda session: todos(session, viewer, NOW))


def test_requests_in_progress_wait_with_their_dates(manager: Visitor, app: Flask, cast: Cast) -> None:
    """R5-34: what has ended waits no more; nobody else's shows."""
    public_id = sent(manager, loacus="02010")
    withdrawn = sent(manager, login_id="mori@higashi-gas.example")
    pressed(manager, f"/requests/{withdrawn}", f"/requests/{withdrawn}/withdraw")
    (todo,) = todos_of(app, manager)
    assert (todo.label, todo.href) == ("受付待ち", f"/requests/{public_id}")
    assert todo.title == "N-2611-0001 北島 三郎さんの利用権限(新規)"
    assert todo.note == "処理日 2026/12/01(火) / TAXIS・JOHSは2026/12/09(水)以降 / LOACUSは2026/12/14(月)以降"
    assert todos_of(app, logged_in(app, cast.nishi_manager)) == []


def test_many_requests_wait_as_the_newest_five_and_a_way_to_the_rest(manager: Visitor, app: Flask) -> None:
    for number in range(6):
        sent(manager, login_id=f"p{number}@higashi-gas.example")
    lines = todos_of(app, manager)
    assert len(lines) == 6
    assert lines[0].title.startswith("N-2611-0006")
    assert lines[-1].href == "/requests"


def test_somebody_who_enters_no_requests_has_none_waiting(manager: Visitor, app: Flask, cast: Cast) -> None:
    """R8-4."""
    sent(manager)
    assert todos_of(app, logged_in(app, cast.higashi_reader)) == []


@pytest.mark.parametrize(
    ("today", "tiles"),
    [
        (date(2026, 11, 23), [(0, "今日中に受付(権限申請)", False), (0, "12/01(火)の処理対象", False)]),
        (date(2026, 11, 24), [(2, "今日中に受付(権限申請)", False), (0, "12/01(火)の処理対象", False)]),
        (
            date(2026, 11, 25),
            [
                (2, "受付期限を過ぎた権限申請", True),
                (0, "今日中に受付(権限申請)", False),
                (0, "12/01(火)の処理対象", False),
            ],
        ),
    ],
)
def test_the_desk_counts_what_is_due_and_what_is_late(
    manager: Visitor, app: Flask, today: date, tiles: list[tuple[int, str, bool]]
) -> None:
    """R5-10 ②: entered on Sunday, due on Tuesday, Monday being a holiday."""
    for number in range(2):
        sent(manager, login_id=f"p{number}@higashi-gas.example")
    found = asked(app, lambda session: figures(session, at(today, 9)))
    assert [(figure.number, figure.label, figure.is_late) for figure in found] == tiles


def test_the_desk_counts_what_the_next_processing_date_carries(manager: Visitor, app: Flask, cast: Cast) -> None:
    """R5-15, R5-30: accepted for that day, or a change that needs no acceptance; what is completed is carried no more."""
    ids = [sent(manager, login_id=f"p{number}@higashi-gas.example") for number in range(3)]
    staff = logged_in(app, cast.reception)
    for public_id in ids:
        pressed(staff, f"/staff/requests/{public_id}", f"/staff/requests/{public_id}/accept")
    with app.app_context(), transaction() as writing:
        rows = {row.public_id: row for row in writing.scalars(select(RightsRequest))}
        rows[ids[0]].state = "completed"
        rows[ids[1]].kind, rows[ids[1]].state = "change", "entered"
    sent(manager, login_id="waits@higashi-gas.example")
    figure = asked(app, lambda session: figures(session, NOW))[-1]
    assert (figure.number, figure.label) == (2, "12/01(火)の処理対象")
    assert "12/01" in staff.page(figure.href)
    assert "p2@" in staff.page(f"{figure.href}/accounts")


def test_the_desk_lists_what_waits_due_first(manager: Visitor, app: Flask) -> None:
    ids = [sent(manager, login_id=f"p{number}@higashi-gas.example") for number in range(3)]
    with app.app_context(), transaction() as writing:
        row = writing.scalars(select(RightsRequest).where(RightsRequest.public_id == ids[2])).one()
        row.entered_at -= timedelta(days=3)
    rows = asked(app, lambda session: queue_rows(session, NOW, most=2))
    assert [one.row.public_id for one in rows] == [ids[2], ids[0]]
    assert rows[0].urgency == "late"
