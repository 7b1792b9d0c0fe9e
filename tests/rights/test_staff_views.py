"""The reception center's queue and its answers."""

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.models import User
from auth.registry import revoke_certificate
from base.actors import COMMAND
from base.audit import AuditEntry
from base.db import db, transaction
from base.outbox import Mail
from rights.models import RightsRequest
from tests import make
from tests.browsing import Visitor, logged_in
from tests.cast import Cast, Person
from tests.conftest import Hands
from tests.rights.asking import all_requests, confirmation, pressed, sent
from tests.rights.entries import at

Enter = Callable[[Person], Visitor]
TUESDAY = date(2026, 11, 24)
CALL = {"reason": "カナが違います", "phoned_to": "東野", "phoned_at": "2026-11-22T11:30"}
ROWS = re.compile(r"<tr(?: class=\"late\")?>.*?</tr>", re.DOTALL)


def rows_with(page: str, words: str) -> list[str]:
    return [row for row in ROWS.findall(page) if words in row]


@pytest.fixture
def manager(cast: Cast, enter: Enter) -> Visitor:
    return enter(cast.higashi_manager)


@pytest.fixture
def staff(cast: Cast, enter: Enter) -> Visitor:
    return enter(cast.reception)


def accept_form(staff: Visitor) -> dict[str, object]:
    return staff.form("/staff/requests", "/staff/requests/accept?state=entered").values


def test_one_press_accepts_and_fixes_m(manager: Visitor, staff: Visitor, app: Flask, cast: Cast) -> None:
    """R5-10 ②, R5-11, R5-12: both sides see it."""
    public_id = sent(manager)
    answer = pressed(staff, f"/staff/requests/{public_id}", f"/staff/requests/{public_id}/accept")
    assert (answer.status_code, answer.location) == (303, "/staff/requests")
    (row,) = all_requests(app)
    assert (row.state, row.processing_date, row.accepted_by_id) == (
        "accepted",
        TUESDAY.replace(month=12, day=1),
        cast.reception.user_id,
    )
    for visitor, path in ((manager, f"/requests/{public_id}"), (staff, f"/staff/requests/{public_id}")):
        page = visitor.page(path)
        assert "処理中" in page
        assert "受付完了" in page
        assert "2026/12/01(火)" in page
    assert "受付を待っている申請はありません" in staff.page("/staff/requests")
    assert "受付 良子" not in manager.page(f"/requests/{public_id}")


def test_several_are_accepted_at_once(manager: Visitor, staff: Visitor, app: Flask) -> None:
    """R5-10 ②: those that are ticked."""
    ids = [sent(manager, login_id=f"p{number}@higashi-gas.example") for number in range(3)]
    form = accept_form(staff)
    answer = staff.post("/staff/requests/accept?state=entered", form | {"request": ids[:2]})
    assert (answer.status_code, answer.location) == (303, "/staff/requests?state=entered")
    assert [row.state for row in all_requests(app)] == ["accepted", "accepted", "entered"]
    assert "2件を受け付けました" in staff.page("/staff/requests")


def test_the_button_of_a_row_accepts_that_row_alone(manager: Visitor, staff: Visitor, app: Flask) -> None:
    ids = [sent(manager, login_id=f"p{number}@higashi-gas.example") for number in range(2)]
    staff.post("/staff/requests/accept", accept_form(staff) | {"request": ids[0], "only": ids[1]})
    assert [row.state for row in all_requests(app)] == ["entered", "accepted"]


def test_of_several_all_are_accepted_or_none(manager: Visitor, staff: Visitor, app: Flask) -> None:
    """G2: 409, naming the one that stands in the way."""
    ids = [sent(manager, login_id=f"p{number}@higashi-gas.example") for number in range(2)]
    form = accept_form(staff)
    pressed(manager, f"/requests/{ids[1]}", f"/requests/{ids[1]}/withdraw")
    answer = staff.post("/staff/requests/accept", form | {"request": ids})
    assert (answer.status_code, "N-2611-0002" in answer.text) == (409, True)
    assert [row.state for row in all_requests(app)] == ["entered", "withdrawn"]


def test_pressing_with_nothing_ticked_says_so(manager: Visitor, staff: Visitor, app: Flask) -> None:
    """R8-3."""
    sent(manager)
    answer = staff.post("/staff/requests/accept?state=entered&q=%E5%8C%97", accept_form(staff))
    assert (answer.status_code, answer.location) == (303, "/staff/requests?state=entered&q=%E5%8C%97")
    assert "受け付ける申請を選択してください" in staff.page(answer.location)
    assert [row.state for row in all_requests(app)] == ["entered"]


def test_a_request_that_is_not_there_stops_the_whole_press(manager: Visitor, staff: Visitor, app: Flask) -> None:
    """E9: tampered ids."""
    public_id = sent(manager)
    form = accept_form(staff) | {"request": [public_id, "0123456789ab"]}
    assert staff.post("/staff/requests/accept", form).status_code == 404
    assert [row.state for row in all_requests(app)] == ["entered"]


def test_the_second_of_two_staff_is_told_where_it_stands(
    manager: Visitor, staff: Visitor, enter: Enter, cast: Cast
) -> None:
    """G2, G7: 409."""
    public_id = sent(manager)
    page, action = f"/staff/requests/{public_id}", f"/staff/requests/{public_id}/accept"
    second = enter(cast.reception_two)
    accepting, cancelling = second.form(page, action), second.form(page, f"{page}/cancel")
    assert pressed(staff, page, action).status_code == 303
    for form, filled in ((accepting, {}), (cancelling, CALL)):
        answer = second.post(form.action, form.values | filled)
        assert (answer.status_code, "すでに受け付けられています" in answer.text) == (409, True)


def test_a_cancellation_keeps_reason_and_call_and_both_see_it(manager: Visitor, staff: Visitor, app: Flask) -> None:
    """R5-10 ②: entered anew afterwards."""
    public_id = sent(manager)
    page = f"/staff/requests/{public_id}"
    assert pressed(staff, page, f"{page}/cancel", **CALL).status_code == 303
    (row,) = all_requests(app)
    assert (row.state, row.cancel_reason, row.phoned_to, row.phoned_at) == (
        *("cancelled", "カナが違います", "東野"),
        at(date(2026, 11, 22), 11) + timedelta(minutes=30),
    )
    for visitor, path in ((manager, f"/requests/{public_id}"), (staff, page)):
        assert all(
            words in visitor.page(path) for words in ("申請取消", "カナが違います", "東野", "2026/11/22(日) 11:30")
        )
    assert sent(manager)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"reason": ""}, "入力してください"),
        ({"reason": "\u200b\u202e"}, "入力してください"),
        ({"phoned_to": "あ" * 61}, "60文字以内"),
        ({"phoned_at": ""}, "日時を入力してください"),
        ({"phoned_at": "yesterday"}, "日時を入力してください"),
        ({"phoned_at": "2026-11-22T12:01"}, "これからの日時は入力できません"),
        ({"phoned_at": "9999-12-31T23:59"}, "これからの日時は入力できません"),
        ({"phoned_at": "2026-11-21T12:00"}, "申請より前の日です"),
        ({"phoned_at": "0001-01-01T00:00"}, "申請より前の日です"),
    ],
)
def test_a_cancellation_without_its_facts_keeps_what_was_typed(
    manager: Visitor, staff: Visitor, app: Flask, changes: dict[str, str], words: str
) -> None:
    """R8-3, R5-10 ②."""
    page = f"/staff/requests/{sent(manager)}"
    answer = pressed(staff, page, f"{page}/cancel", **(CALL | changes))
    assert (answer.status_code, words in answer.text) == (422, True)
    kept = {name: value for name, value in CALL.items() if name not in changes and name != "phoned_at"}
    assert all(value in answer.text for value in kept.values())
    assert [row.state for row in all_requests(app)] == ["entered"]


def test_what_is_due_stands_first_and_overdue_stands_out(
    manager: Visitor, app: Flask, cast: Cast, hands: Hands
) -> None:
    """R5-10 ②: due on the next business day after the entry."""
    sent(manager)
    hands.now = at(TUESDAY, 9)
    sent(logged_in(app, cast.higashi_manager), login_id="later@higashi-gas.example", name_kanji="後藤 五郎")
    hands.now = at(TUESDAY, 18)
    page = logged_in(app, cast.reception).page("/staff/requests")
    assert (
        page.index("今日が期限のもの")
        < page.index("北島 三郎")
        < page.index("明日からが期限のもの")
        < page.index("後藤 五郎")
    )
    assert ">今日<" in rows_with(page, "北島 三郎")[0]
    assert "11/25(水)" in rows_with(page, "後藤 五郎")[0]
    hands.now = at(TUESDAY, 24)
    page = logged_in(app, cast.reception).page("/staff/requests")
    assert page.index("期限を過ぎたもの") < page.index("北島 三郎") < page.index("今日が期限のもの")
    assert all(words in rows_with(page, "北島 三郎")[0] for words in ("期限超過", '<tr class="late">'))
    assert ">今日<" in rows_with(page, "後藤 五郎")[0]


def test_each_row_of_the_queue_shows_codes_dates_and_the_sixth_seat(manager: Visitor, staff: Visitor) -> None:
    """R5-34, R5-5."""
    for number in (4, 5, 6):
        sent(manager, login_id=f"p{number}@higashi-gas.example", name_kanji=f"席 {number}", juju="yes", memo="交代要員")
    page = staff.page("/staff/requests")
    assert [f"{number}人目" in page for number in (5, 6)] == [False, True]
    assert ">5/5<" in rows_with(page, "席 5")[0]
    (row,) = rows_with(page, "席 6")
    assert all(
        words in row
        for words in ("1011", "J1010", "6人目", "12/01(火)", "12/09(水)以降", "12/14(月)以降", "メモ:交代要員")
    )
    assert "6 / 5" in staff.page(re.findall(r'href="(/staff/requests/\w+)"', row)[0])


def test_the_queue_is_narrowed_by_the_address_and_goes_out_as_a_file(manager: Visitor, staff: Visitor) -> None:
    ids = [sent(manager, login_id=f"p{number}@higashi-gas.example", name_kanji=f"北島 {number}") for number in range(2)]
    pressed(staff, f"/staff/requests/{ids[0]}", f"/staff/requests/{ids[0]}/accept")
    for query, seen in (
        ("", {"北島 1"}),
        ("state=all", {"北島 0", "北島 1"}),
        ("state=accepted&m=2026-12-01", {"北島 0"}),
        ("state=accepted&m=2026-12-16", set()),
        ("q=ひがしガス", {"北島 1"}),
        ("q=にしガス", set()),
        ("q=ひがしガス+北島1", {"北島 1"}),
        ("q=P1@HIGASHI", {"北島 1"}),
        ("q=ｷﾀｼﾞﾏ", {"北島 1"}),
        ("q=0002&state=all", {"北島 1"}),
        ("kind=new", {"北島 1"}),
        ("kind=change&state=all", set()),
        ("system=JOHS", {"北島 1"}),
        ("system=JUJU&state=all", set()),
    ):
        for path in (f"/staff/requests?{query}", f"/staff/requests.csv?{query}"):
            page = staff.page(path)
            assert {name for name in ("北島 0", "北島 1") if name in page} == seen, path


def test_a_long_list_is_paged_both_ways(app: Flask, manager: Visitor, staff: Visitor, cast: Cast) -> None:
    """E10: each request once, in order."""
    sent(manager, name_kanji="北島 000", login_id="n0@higashi-gas.example")
    with app.app_context(), transaction() as session:
        first = session.scalars(select(RightsRequest)).one()
        facts = {
            name: getattr(first, name) for name in ("kind", "organization_id", "name_kana", "entered_by_id", "taxis")
        }
        for number in range(1, 120):
            login_id, moment = f"n{number}@higashi-gas.example", first.entered_at + timedelta(minutes=number // 2)
            row = RightsRequest(
                **facts,
                number=f"N-2611-{number + 1:04d}",
                state="withdrawn" if number % 2 else "entered",
                name_kanji=f"北島 {number:03d}",
                login_id=login_id,
                login_id_folded=login_id,
                entered_at=moment,
            )
            session.add(row)
    everything = [f"{number:03d}" for number in range(120)]
    assert _walked(manager, "/requests", "next", "prev") == everything[::-1]
    assert _walked(staff, "/staff/requests?state=all", "next", "prev") == everything[::-1]
    assert _walked(staff, "/staff/requests", "next", "prev") == everything[::2]
    assert _walked(staff, "/staff/requests?state=all&order=kana", "next", "prev") == everything
    assert _walked(staff, "/staff/requests?state=all&q=ひがしガス", "next", "prev") == everything[::-1]
    assert _walked(staff, "/staff/requests.csv", "next", "prev") == everything[::2]


def _walked(visitor: Visitor, path: str, onward: str, backward: str) -> list[str]:
    """Page by page to the end and back to the beginning."""
    pages = [_names(visitor, path)]
    while link := _link(visitor, path, onward):
        path = link
        pages.append(_names(visitor, path))
    for earlier in reversed(pages[:-1]):
        path = _link(visitor, path, backward)
        assert _names(visitor, path) == earlier
    return [name for page in pages for name in page]


def _names(visitor: Visitor, path: str) -> list[str]:
    return list(dict.fromkeys(re.findall(r"北島 (\d{3})", visitor.page(path))))


def _link(visitor: Visitor, path: str, rel: str) -> str:
    found = re.search(rf'href="([^"]+)" rel="{rel}"', visitor.page(path))
    return found.group(1).replace("&amp;", "&") if found else ""


def test_accepting_writes_who_into_the_trail_of_the_organization(
    manager: Visitor, staff: Visitor, app: Flask, cast: Cast
) -> None:
    """R8-1."""
    public_id = sent(manager)
    pressed(staff, f"/staff/requests/{public_id}", f"/staff/requests/{public_id}/accept")
    with app.app_context():
        line = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "request.accepted")).one()
    assert (line.user_id, line.organization_id) == (cast.reception.user_id, cast.higashi_manager.organization_id)
    assert line.fingerprint
    assert line.address


@pytest.mark.parametrize("who", ["higashi_manager", "higashi_reader", "operations", "administrator"])
def test_without_the_permission_there_is_no_queue(
    manager: Visitor, enter: Enter, cast: Cast, app: Flask, who: str
) -> None:
    """G3, R8-6: the requester accepts nothing himself; neither do other staff."""
    public_id = sent(manager)
    keys = confirmation(manager, login_id="b@higashi-gas.example").values
    visitor = manager if who == "higashi_manager" else enter(getattr(cast, who))
    for path in ("/staff/requests", "/staff/requests.csv", f"/staff/requests/{public_id}"):
        assert visitor.get(path).status_code == 404
    for path in (
        "/staff/requests/accept",
        f"/staff/requests/{public_id}/accept",
        f"/staff/requests/{public_id}/cancel",
    ):
        token = {"csrf_token": keys["csrf_token"]} if visitor is manager else _token_of(visitor)
        answer = visitor.post(path, {**token, "form_key": keys["form_key"], "request": public_id, **CALL})
        assert answer.status_code == 404, path
    assert [row.state for row in all_requests(app)] == ["entered"]


def _token_of(visitor: Visitor) -> dict[str, str]:
    found = re.search(r'name="csrf_token" value="([^"]+)"', visitor.page("/contact"))
    assert found is not None
    return {"csrf_token": found.group(1)}


def test_a_button_of_the_reception_center_pressed_twice_has_one_effect_and_one_answer(
    manager: Visitor, staff: Visitor, app: Flask
) -> None:
    """G1: F5, and back and press again; one line in the trail, one mail to each contact manager."""
    for button, filled in (("accept", {}), ("cancel", CALL)):
        public_id = sent(manager, login_id=f"{button}@higashi-gas.example")
        page = f"/staff/requests/{public_id}"
        form = staff.form(page, f"{page}/{button}")
        answers = [staff.post(form.action, form.values | filled) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [303] * 3
        assert len({answer.location for answer in answers}) == 1
        with app.app_context():
            lines = db.session.scalars(select(AuditEntry.action).where(AuditEntry.subject == f"request:{public_id}"))
            assert len(lines.all()) == 2
            mails = db.session.scalars(select(Mail.address).where(Mail.about == public_id)).all()
        assert sorted(mails) == ["azuma@higashi-gas.example", "higashino@higashi-gas.example"]


def _delete(session: Session, cast: Cast) -> None:
    session.get_one(User, cast.reception.user_id).deleted_at = at(TUESDAY)


def _take_role(session: Session, cast: Cast) -> None:
    session.get_one(User, cast.reception.user_id).staff_role = "operations"


def _revoke(session: Session, cast: Cast) -> None:
    certificate = make.certificate_of(session, cast.reception.client)
    revoke_certificate(certificate, session=session, by=COMMAND, now=at(TUESDAY))


@pytest.mark.parametrize("change", [_delete, _take_role, _revoke])
def test_who_may_no_longer_accept_accepts_nothing_with_a_page_that_is_still_open(
    manager: Visitor, staff: Visitor, app: Flask, cast: Cast, change: Callable[[Session, Cast], None]
) -> None:
    """G8, A11: on the next request."""
    public_id = sent(manager)
    page = f"/staff/requests/{public_id}"
    forms = [staff.form(page, f"{page}/accept"), staff.form("/staff/requests", "/staff/requests/accept?state=entered")]
    with app.app_context(), transaction() as session:
        change(session, cast)
    for form in forms:
        answer = staff.post(form.action, form.values | {"request": public_id})
        assert answer.status_code in {302, 303, 403, 404}
    assert [row.state for row in all_requests(app)] == ["entered"]
