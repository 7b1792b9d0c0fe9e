"""The closing days on the screen: added with a preview, by file, row by row; years confirmed; an outsider sees nothing of it."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from base.closing_days import ClosingDay
from base.db import db
from base.outbox import Mail
from desk.closing.models import CalendarChange
from tests.browsing import Visitor, forms_of
from tests.cast import Cast, Person
from tests.conftest import Hands
from tests.rights.asking import all_requests, checked, pressed, sent
from tests.rights.entries import at

Enter = Callable[[Person], Visitor]
HERE = "/staff/closing-days"
CSV = "日付,名称,区分\r\n{rows}\r\n"


@pytest.fixture
def staff(cast: Cast, enter: Enter) -> Visitor:
    return enter(cast.reception)


@pytest.fixture
def requested(staff: Visitor, cast: Cast, enter: Enter) -> str:
    """A request that is accepted on the 22nd for 12-01."""
    public_id = sent(enter(cast.higashi_manager))
    pressed(staff, f"/staff/requests/{public_id}", f"/staff/requests/{public_id}/accept")
    return public_id


def planned(staff: Visitor, day: str = "2026-12-01", name: str = "創立記念日") -> str:
    answer = staff.submit(HERE, f"{HERE}?year=2026", day=day, name=name)
    assert answer.status_code == 303, answer.text
    return answer.location


def closing_days(app: Flask) -> dict[date, str]:
    with app.app_context():
        return {row.day: row.name for row in db.session.scalars(select(ClosingDay))}


def of_file(staff: Visitor, rows: str, encoding: str = "utf-8-sig") -> TestResponse:
    form = staff.form(HERE, f"{HERE}/file?year=2026")
    file = (BytesIO(CSV.format(rows=rows).encode(encoding)), "休業日.csv")
    return staff.post(form.action, {**form.values, "file": file}, content_type="multipart/form-data")


def test_a_closing_day_is_previewed_saved_and_told(
    app: Flask, staff: Visitor, requested: str, cast: Cast, enter: Enter
) -> None:
    """R9-14, R5-31, R5-34: until it is saved nothing has changed; then the contact manager sees the new dates."""
    manager, change = enter(cast.higashi_manager), planned(staff)
    preview = staff.page(change)
    for words in (
        "2026/12/01(火)",
        "2026/12/02(水)",
        "ひがしガス株式会社",
        "北島 三郎",
        "申請の画面",
        "まだ何も変わっていません",
    ):
        assert words in preview
    assert "2026/12/01(火)" in manager.page(f"/requests/{requested}")
    assert closing_days(app) == {}
    assert staff.submit(change, f"{change}/save").status_code == 303
    assert closing_days(app) == {date(2026, 12, 1): "創立記念日"}
    page = manager.page(f"/requests/{requested}")
    assert ("2026/12/02(水)" in page, "2026/12/01(火)" in page) == (True, False)
    (row,) = all_requests(app)
    assert row.processing_date == date(2026, 12, 2)
    assert "創立記念日" in manager.page("/calendar?month=2026-12")
    with app.app_context():
        told = db.session.scalars(select(Mail.address).where(Mail.kind == "closing-days")).all()
    assert sorted(told) == [cast.higashi_deputy.login_id, cast.higashi_manager.login_id]
    saved = staff.page(change)
    assert "2026/12/02(水)" in saved
    assert f"{change}/tell" not in saved
    assert change in staff.page(HERE)


def test_without_the_tick_nobody_is_told_until_somebody_presses_for_it(
    app: Flask, staff: Visitor, requested: str
) -> None:
    """R9-14: and a second press tells nobody again."""
    change = planned(staff)
    form = staff.form(change, f"{change}/save")
    staff.post(form.action, {name: value for name, value in form.values.items() if name != "tell"})
    tell = staff.form(change, f"{change}/tell")
    first, again = staff.post(tell.action, tell.values), staff.post(tell.action, tell.values)
    assert (first.status_code, again.status_code) == (303, 303)
    with app.app_context():
        assert len(db.session.scalars(select(Mail).where(Mail.kind == "closing-days")).all()) == 2


def test_of_two_staff_the_second_sees_what_the_first_did(
    app: Flask, staff: Visitor, cast: Cast, enter: Enter, requested: str
) -> None:
    """R9-14, G1: he is shown what would move now, and his first press saves nothing."""
    other = enter(cast.reception_two)
    mine, theirs = planned(staff), planned(other, "2026-12-02", "臨時休業")
    assert "2026/12/01(火)" in staff.page(mine)
    forms = [visitor.form(change, f"{change}/save") for visitor, change in ((staff, mine), (other, theirs))]
    assert staff.post(forms[0].action, forms[0].values).status_code == 303
    late = other.post(forms[1].action, forms[1].values)
    assert late.status_code == 409
    assert "動く日付をもう一度確認してください" in late.text
    assert list(closing_days(app)) == [date(2026, 12, 1)]
    assert other.submit(theirs, f"{theirs}/save").status_code == 303
    (row,) = all_requests(app)
    assert row.processing_date == date(2026, 12, 3)


def test_a_row_is_taken_back_and_a_plan_is_dropped(app: Flask, staff: Visitor) -> None:
    """R5-31: the buttons beside the days; a plan that is dropped is gone."""
    change = planned(staff)
    staff.submit(change, f"{change}/save")
    back = staff.form(HERE, f"{HERE}/day?year=2026")
    assert back.values["kind"] == "open"
    plan = staff.post(back.action, back.values).location
    assert staff.submit(plan, f"{plan}/drop").location == HERE
    assert staff.get(plan).status_code == 404
    plan = staff.submit(HERE, f"{HERE}/day?year=2026").location
    staff.submit(plan, f"{plan}/save")
    assert closing_days(app) == {}


def test_what_is_impossible_is_refused_with_what_was_typed(staff: Visitor, app: Flask) -> None:
    """R8-3, R5-31."""
    for day, name, words in (
        ("2026-11-20", "創立記念日", "過ぎている"),
        ("2026-11-29", "創立記念日", "土日"),
        ("2026-12-01", "", "入力してください。"),
        ("", "創立記念日", "日付を入力"),
    ):
        answer = staff.submit(HERE, f"{HERE}?year=2026", day=day, name=name)
        assert answer.status_code == 422
        assert words in answer.text
        assert not name or name in answer.text
    with app.app_context():
        assert not db.session.scalars(select(CalendarChange)).all()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp932"])
def test_a_file_brings_many_days_or_none(staff: Visitor, app: Flask, encoding: str) -> None:
    """R8-7: every bad row is named, and nothing is planned; a file that fits is previewed like a single day."""
    bad = of_file(
        staff, "2027/08/13,夏季休業,\r\n2027/08/14,夏季休業,\r\nあした,夏季休業,\r\n2027/08/16,,\r\n", encoding
    )
    assert bad.status_code == 422
    named = re.findall(r"<li>(\d+)行目", bad.text)
    assert named == ["3", "4", "5"]
    good = of_file(
        staff,
        "2027/08/13,夏季休業,休業日\r\n2027/12/31,年末年始,営業する日\r\n2027/01/04,年末年始,毎年の休業日\r\n",
        encoding,
    )
    change = good.location
    staff.submit(change, f"{change}/save")
    assert closing_days(app) == {date(2027, 8, 13): "夏季休業"}
    exported = staff.get(f"{HERE}.csv?year=2027").data.decode("utf-8-sig")
    assert '"2027/12/31","金","営業する日","年末年始"' in exported
    again = of_file(
        staff, "\r\n".join(",".join(line.split(",")[i] for i in (0, 3, 2)) for line in exported.splitlines()[1:])
    )
    assert again.location == HERE


def test_what_moves_can_be_taken_away_as_a_file(staff: Visitor, requested: str) -> None:
    """R2-3, R9-14."""
    change = planned(staff)
    lines = staff.get(f"{change}/moves.csv").data.decode("utf-8-sig").splitlines()
    assert lines[0].startswith('"事業者","対象","日程"')
    assert any("北島 三郎" in line and '"2026/12/01","2026/12/02"' in line for line in lines)


def dates_of_a_new_request(manager: Visitor) -> str:
    return checked(manager).text.split("<main")[1]


def test_a_year_is_confirmed_in_its_turn_and_later_dates_are_provisional(
    cast: Cast, enter: Enter, hands: Hands
) -> None:
    """R5-31: marked wherever a promised date stands; in December the desk asks for the next year."""
    enter(cast.reception).submit(HERE, f"{HERE}/years/confirm")
    hands.now = at(date(2026, 12, 15))
    manager, staff = enter(cast.higashi_manager), enter(cast.reception)
    assert "2027/01/05(火)(暫定)" in dates_of_a_new_request(manager)
    assert "(暫定)" in manager.page("/calendar?month=2027-01").split("<table")[1]
    assert "2027年の休業日が未確認" in staff.page("/staff")
    staff.submit(HERE, f"{HERE}/years/confirm")
    assert "2027年の休業日が未確認" not in staff.page("/staff")
    assert "暫定" not in dates_of_a_new_request(manager)
    assert f"{HERE}/years/confirm" not in {form.action for form in forms_of(staff.page(HERE))}
    staff.submit(HERE, f"{HERE}/years/withdraw")
    assert "2027年の休業日が未確認" in staff.page("/staff")


def test_closing_days_are_the_reception_center_s_alone(
    staff: Visitor, cast: Cast, enter: Enter, requested: str, hands: Hands
) -> None:
    """R6-3, R8-4: neither an outsider nor the organization itself sees who else is concerned."""
    change = planned(staff)
    hands.now += timedelta(minutes=1)
    for person in (cast.nishi_manager, cast.higashi_manager, cast.operations, cast.administrator):
        visitor = enter(person)
        for path in (HERE, f"{HERE}.csv", change, f"{change}/moves.csv"):
            assert visitor.get(path).status_code == 404
