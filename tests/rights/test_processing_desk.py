"""The processing-date desk: sheets, results, completions, files, delays (R9-4, R5-10, R5-15)."""

import csv
import io
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from auth.models import User
from base.audit import AuditEntry
from base.db import db
from base.outbox import Mail
from rights.codes import AskedRights, System
from tests.browsing import logged_in
from tests.cast import Cast, Person
from tests.conftest import Hands
from tests.rights.asking import sent
from tests.rights.entries import at
from tests.rights.sheets import M, change_and_removal, done_systems, new_people, request_by, run

HOME = f"/staff/processing/{M}"
BOTH = AskedRights(taxis="1011", juju="yes")
TAXIS_ONLY = AskedRights(taxis="1010", johs="J1010")
J, L, T, U = System.JOHS, System.LOACUS, System.TAXIS, System.JUJU
NEXT_DAY = M + timedelta(days=1)


class Desk:
    """Reception at the sheets of M, whose run has been."""

    def __init__(self, app: Flask, cast: Cast, hands: Hands) -> None:
        self.app, self.cast, self.hands = app, cast, hands
        self.ids = new_people(app, cast, [("sato", BOTH), ("suzuki", TAXIS_ONLY)])
        self.change, self.removal = change_and_removal(app, cast)
        run(app)
        self.be_on(M)

    def be_on(self, day: date, who: Person | None = None) -> None:
        self.hands.now = at(day, 9)
        self.staff = logged_in(self.app, who or self.cast.reception)

    def press(self, sheet: str, what: str, **filled: Any) -> TestResponse:
        form = self.staff.form(f"{HOME}/{sheet}", f"{HOME}/{sheet}/complete?state=left")
        return self.staff.post(f"{HOME}/{sheet}/{what}?state=left", form.values | filled)

    def register(self, **numbers: str) -> TestResponse:
        ids = dict(zip(("sato", "suzuki"), self.ids, strict=True))
        return self.press("accounts", "complete", **{f"number-{ids[who]}": number for who, number in numbers.items()})

    def send(self, content: bytes, **filled: str) -> TestResponse:
        form = self.staff.form(HOME, f"{HOME}/results")
        return self.staff.post(form.action, form.values | filled | {"file": (io.BytesIO(content), "result.csv")})

    def rows(self, name: str) -> list[dict[str, str]]:
        text = self.staff.get(f"{HOME}/{name}.csv").get_data().decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text)))

    def number_of(self, who: str) -> str | None:
        with self.app.app_context():
            return db.session.scalar(select(User.user_number).where(User.login_id == f"{who}@higashi-gas.example"))


@pytest.fixture
def desk(app: Flask, cast: Cast, hands: Hands) -> Desk:
    return Desk(app, cast, hands)


def written(rows: list[dict[str, str]], encoding: str = "utf-8-sig") -> bytes:
    text = io.StringIO()
    lines = csv.DictWriter(text, list(rows[0]), quoting=csv.QUOTE_ALL)
    lines.writeheader()
    lines.writerows(rows)
    return text.getvalue().encode(encoding)


def test_each_sheet_holds_what_is_ordered_of_its_system(desk: Desk) -> None:
    """R9-4, R5-15: old and new code; what was changed at once stands on no sheet."""
    sheets = {name: desk.staff.page(f"{HOME}/{name}") for name in ("accounts", "taxis", "johs", "juju", "loacus")}
    numbers = [request_by(desk.app, each).number for each in (*desk.ids, desk.change, desk.removal)]
    on = {name: [number in page for number in numbers] for name, page in sheets.items()}
    assert on == {
        "accounts": [True, True, False, False],
        "taxis": [True, True, False, False],
        "johs": [False, True, False, False],
        "juju": [True, False, False, True],
        "loacus": [False, False, True, True],
    }
    assert "02010 託送供給依頼者(更新権限)" in sheets["loacus"]
    assert "02011 託送供給依頼者(参照権限)" in sheets["loacus"]
    listed = desk.staff.page("/staff/processing")
    assert ("2026/12/01(火)" in listed, "残り 6" in listed) == (True, True)


def test_numbers_typed_in_the_table_complete_taxis_and_johs(desk: Desk) -> None:
    """R5-10 ⑥: one by one and in bulk; ⑩ of a new person comes after it."""
    refused = desk.press("juju", "complete", request=desk.ids[0])
    assert (refused.status_code, "先に、認証システムの登録完了" in refused.text) == (422, True)
    assert desk.register(sato="U000001", suzuki="U000002").status_code == 303
    assert (desk.number_of("sato"), desk.number_of("suzuki")) == ("U000001", "U000002")
    assert [done_systems(request_by(desk.app, each)) for each in desk.ids] == [{T}, {T, J}]
    assert [request_by(desk.app, each).state for each in desk.ids] == ["accepted", "completed"]
    assert "2件の完了を入力しました" in desk.staff.page(HOME)
    for sheet, chosen in (("juju", [desk.ids[0], desk.removal]), ("loacus", [desk.change, desk.removal])):
        assert desk.press(sheet, "complete", request=chosen).status_code == 303
    assert request_by(desk.app, desk.ids[0]).state == request_by(desk.app, desk.change).state == "completed"
    assert done_systems(request_by(desk.app, desk.removal)) == {T, J, U, L}


def test_errors_stand_beside_their_rows_and_what_was_typed_is_kept(desk: Desk) -> None:
    """R8-3: all or none."""
    for numbers, reason in (
        ({"sato": "U000001", "suzuki": "U000001"}, "この利用者番号は、ほかの方に使われています"),
        ({"sato": "U000001", "suzuki": "U 2"}, "空白を含まない半角20文字以内"),
    ):
        answer = desk.register(**numbers)
        assert answer.status_code == 422
        row = next(part for part in answer.text.split("<tr") if f'name="number-{desk.ids[1]}"' in part)
        assert reason in row
        assert f'value="{numbers["suzuki"]}"' in row
        assert answer.text.count('value="U000001"') == list(numbers.values()).count("U000001")
    assert desk.number_of("sato") is None
    kept = desk.press("accounts", "answered", request=desk.ids[0], **{f"number-{desk.ids[1]}": "U9"})
    assert (kept.status_code, 'value="U9"' in kept.text) == (422, True)
    assert request_by(desk.app, desk.ids[0]).account_result_at is None


def test_a_noted_result_makes_the_completion_due_on_the_next_business_day(desk: Desk) -> None:
    """R5-10: overdue ones stand out, on the sheet, in the list and on the desk; noted once."""
    answer = desk.press("accounts", "answered", request=desk.ids)
    assert answer.status_code == 303
    assert desk.press("accounts", "answered", request=desk.ids[0]).status_code == 422
    desk.be_on(NEXT_DAY)
    assert "今日まで" in desk.staff.page(f"{HOME}/accounts")
    assert "今日中に完了入力" in desk.staff.page("/staff")
    desk.be_on(NEXT_DAY + timedelta(days=1))
    late = desk.staff.page(f"{HOME}/accounts?state=late")
    assert ("期限超過" in late, "期限 12/02(水)" in late) == (True, True)
    assert "期限超過 2" in desk.staff.page("/staff/processing")
    assert "期限を過ぎた完了入力" in desk.staff.page("/staff")
    desk.register(sato="U1", suzuki="U2")
    assert "期限超過" not in desk.staff.page("/staff/processing")
    with desk.app.app_context():
        lines = select(AuditEntry.action).where(AuditEntry.action == "request.result")
        assert len(db.session.scalars(lines).all()) == 2


def test_the_removal_of_juju_may_be_completed_before_m(app: Flask, cast: Cast, hands: Hands) -> None:
    """R5-18: the change waits for M."""
    change, removal = change_and_removal(app, cast)
    hands.now = at(date(2026, 11, 26), 9)
    staff = logged_in(app, cast.reception)
    form = staff.form(f"{HOME}/loacus", f"{HOME}/loacus/complete?state=left")
    answer = staff.post(form.action, form.values | {"request": [change, removal]})
    assert (answer.status_code, "まだ行われていません" in answer.text) == (422, True)
    assert staff.post(form.action, form.values | {"only": removal}).status_code == 303
    assert done_systems(request_by(app, removal)) == {T, J, L}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_a_filled_in_file_completes_each_row(desk: Desk, encoding: str) -> None:
    """R8-7, R9-4: tried first, which changes nothing; taken in, and again, which changes nothing either."""
    rows = desk.rows("accounts")
    for number, row in enumerate(rows):
        row["利用者番号"] = f"U{number}"
    tried = desk.send(written(rows, encoding), **{"try": "yes"})
    assert (tried.status_code, "2行を取り込めます" in tried.text) == (200, True)
    assert desk.number_of("sato") is None
    assert desk.send(written(rows, encoding)).status_code == 303
    assert (desk.number_of("sato"), desk.number_of("suzuki")) == ("U0", "U1")
    again = desk.send(written(rows, encoding))
    assert (again.status_code, "取り込む行がありません" in again.text) == (200, True)
    systems = [row | {"結果": "済"} for row in desk.rows("operations")]
    assert desk.send(written(systems, encoding)).status_code == 303
    assert {request_by(desk.app, each).state for each in (*desk.ids, desk.change)} == {"completed"}


def test_one_bad_row_and_nothing_is_stored(desk: Desk) -> None:
    """R8-7: every row is answered; a blank cell asks for nothing."""
    first, second = desk.rows("accounts")
    foreign = first | {"申請ID": "R-0123456789ab", "利用者番号": "U3"}
    unreadable = first | {"申請ID": "=1+1", "利用者番号": "U4"}
    rows = [first | {"利用者番号": "U1"}, second, foreign, unreadable, first | {"利用者番号": "U5"}]
    answer = desk.send(written(rows))
    assert answer.status_code == 422
    assert "3行に誤りがあるため、何も登録していません" in answer.text
    for words in (
        "このシステム処理日のものではありません",
        "「申請ID」が読み取れません",
        "2行目と同じ申請です",
        "取り込まない",
    ):
        assert words in answer.text
    assert desk.number_of("sato") is None
    for content, words in (
        (b"", "ファイルを選んでください"),
        (b"a,b\r\n1,2\r\n", "申請ID"),
        (b"\x81\xff\xfe", "読み取れません"),
    ):
        refused = desk.send(content)
        assert (refused.status_code >= 400, words in refused.text) == (True, True)


def test_a_delay_moves_every_date_and_is_told_of(desk: Desk) -> None:
    """R5-10: what is completed and hasn't begun moves along; the old right goes on until then."""
    desk.register(suzuki="U2")
    desk.press("loacus", "complete", request=desk.change)
    form = desk.staff.form(f"{HOME}/delay", f"{HOME}/delay")
    for day, words in (("2026-12-08", "より前にはできません"), ("2026-12-12", "営業日ではありません")):
        answer = desk.staff.post(form.action, form.values | {"taxis_johs_from": day, "reason": "障害のため"})
        assert (answer.status_code, words in answer.text, "障害のため" in answer.text) == (422, True, True)
    days = {"taxis_johs_from": "2026-12-15", "juju_loacus_from": "2026-12-18", "reason": "システム障害のため"}
    assert desk.staff.post(form.action, form.values | days).status_code == 303
    parts = {part.system: part.effect_at for part in request_by(desk.app, desk.ids[1]).parts}
    assert set(parts.values()) == {at(date(2026, 12, 15), 0)}
    loacus = [part.effect_at for part in request_by(desk.app, desk.change).parts]
    assert at(date(2026, 12, 18), 0) in loacus
    manager = logged_in(desk.app, desk.cast.higashi_manager)
    assert "2026/12/15(火)" in manager.page(f"/requests/{desk.ids[0]}")
    with desk.app.app_context():
        told = db.session.scalars(select(Mail.address).where(Mail.kind == "processing-delayed")).all()
        assert sorted(told) == [desk.cast.higashi_deputy.login_id, desk.cast.higashi_manager.login_id]
    assert "システム障害のため" in desk.staff.page(HOME)


def test_on_a_window_s_last_business_day_what_is_not_accepted_raises_an_alarm(
    app: Flask, cast: Cast, hands: Hands
) -> None:
    """R9-4."""
    new_people(app, cast, [("sato", TAXIS_ONLY)])
    manager = logged_in(app, cast.higashi_manager)
    sent(manager)
    for day, is_alarming in ((date(2026, 11, 27), False), (date(2026, 11, 30), True)):
        hands.now = at(day, 9)
        staff = logged_in(app, cast.reception)
        assert ("受付待ちの申請が1件あります" in staff.page("/staff/processing")) is is_alarming
        assert ("12/01(火)に間に合わせる受付" in staff.page("/staff")) is is_alarming


def test_who_may_see_and_who_may_enter(desk: Desk) -> None:
    """R8-6: operations see the sheets and complete, reception also delays, nobody else sees anything."""
    operations = logged_in(desk.app, desk.cast.operations)
    assert operations.get(f"{HOME}/accounts").status_code == 200
    assert operations.get(f"{HOME}/delay").status_code == 404
    outsiders = (desk.cast.nishi_manager, desk.cast.higashi_manager, desk.cast.administrator)
    for person in outsiders:
        visitor = logged_in(desk.app, person)
        for path in ("/staff/processing", HOME, f"{HOME}/accounts", f"{HOME}/accounts.csv", f"{HOME}/delay"):
            assert visitor.get(path).status_code == 404
    for path in (f"{HOME}/nowhere", "/staff/processing/2026-12-02", "/staff/processing/x", f"{HOME}/taxis/complete"):
        assert desk.staff.get(path).status_code in {404, 405}
    form = desk.staff.form(f"{HOME}/accounts", f"{HOME}/accounts/complete?state=left")
    stray = form.values | {"number-0123456789ab": "U1"}
    assert desk.staff.post(form.action, stray).status_code == 404
    assert desk.staff.post(f"{HOME}/taxis/complete", form.values | {"request": desk.ids[0]}).status_code == 404


def test_the_hand_over_files_name_each_setting_and_start_no_formula(desk: Desk) -> None:
    """R9-4, R8-7, E7."""
    rows = desk.rows("operations")
    found = sorted((row["個別システム"], row["種別"], row["変更前コード"], row["変更後コード"]) for row in rows)
    assert ("LOACUS", "変更", "02010", "02011") in found
    assert ("LOACUS", "抹消", "02010", "") in found
    assert ("TAXIS", "新規", "", "1011") in found
    assert len(found) == 2 + 1 + 2 + 2
    assert [row["メールアドレス(ID)"] for row in desk.rows("accounts")] == [
        f"{name}@higashi-gas.example" for name in ("sato", "suzuki")
    ]
    assert all(row["申請ID"].startswith("R-") for row in rows)
