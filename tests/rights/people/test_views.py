"""A contact manager's people, as Higashi's manager sees them and as Nishi's doesn't (R5-14 to R5-21)."""

import csv
import io
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from auth.models import User
from base.db import db, transaction
from base.jst import show_day
from rights.models import RightsRequest
from rights.requests import accept_request
from rights.right_changes import rights_at
from tests import make
from tests.browsing import PageForm, Visitor, forms_of
from tests.cast import Cast, Person
from tests.certificates import NOW
from tests.conftest import Hands
from tests.rights.asking import all_requests, sent
from tests.rights.entries import CALENDAR, acting, at

Enter = Callable[[Person], Visitor]


@pytest.fixture
def manager(cast: Cast, enter: Enter) -> Visitor:
    return enter(cast.higashi_manager)


def checked(visitor: Visitor, path: str, **filled: Any) -> TestResponse:
    """What 「内容を確認する」 answers."""
    return visitor.submit(path, **filled)


def confirmation(visitor: Visitor, path: str, **filled: Any) -> PageForm:
    answer = checked(visitor, path, **filled)
    assert answer.status_code == 200, answer.text[:3000]
    return next(form for form in forms_of(answer.text) if form.action == f"{path}/send")


def asked_for(visitor: Visitor, path: str, **filled: Any) -> TestResponse:
    """Checked and sent; the answer to the second press."""
    form = confirmation(visitor, path, **filled)
    answer = visitor.post(form.action, form.values)
    assert answer.status_code == 303, answer.text[:3000]
    again = visitor.post(form.action, form.values)
    assert again.location == answer.location
    return answer


def held(app: Flask, person: Person, moment: Any = NOW) -> dict[str, str]:
    with app.app_context():
        found = rights_at(db.session(), person.user_id, moment)
    return {system.value: code for system, code in found.items()}


def test_the_list_has_the_own_people_alone(manager: Visitor, cast: Cast, enter: Enter) -> None:
    """R5-19, R8-4: with rights, account and last login; another organization's person isn't there, by no address."""
    page = manager.page("/people")
    for words in ("南 次郎", "1011", "J1010", "02010", "ひがしガスサービス株式会社", "利用できます", "ご自身"):
        assert words in page
    assert "西田 五郎" not in page
    outsider = enter(cast.nishi_manager)
    assert "南 次郎" not in outsider.page("/people?q=南") + outsider.page(
        f"/people?after={cast.higashi_reader.public_id}"
    )
    assert "南 次郎" not in outsider.get("/people.csv").text
    for path in ("", "/change", "/correct", "/new-id", "/remove", "/anew"):
        assert outsider.get(f"/people/{cast.higashi_reader.public_id}{path}").status_code == 404
    assert enter(cast.higashi_reader).get("/people").status_code == 404


@pytest.mark.parametrize(
    ("narrowed", "names"),
    [
        ("q=ミナミ", set()),
        ("q=minami", {"南 次郎"}),
        ("contractor=own&system=JUJU", {"東野 花子", "南 次郎"}),
        ("q=サービス", {"委託 四郎"}),
        ("system=TAXIS", {"東野 花子", "南 次郎"}),
        ("state=unregistered", set()),
        ("state=removed", set()),
        ("from=2026-11-22", {"東野 花子"}),
    ],
)
def test_the_list_is_narrowed_in_its_address(manager: Visitor, narrowed: str, names: set[str]) -> None:
    """R5-19: by state, name, ID, contractor, system and days; the file has the same."""
    everybody = {"東野 花子", "東 健", "南 次郎", "北 三郎", "委託 四郎"}
    page = manager.page(f"/people?{narrowed}").partition("<tbody>")[2]
    assert {name for name in everybody if f">{name}</a>" in page} == names
    rows = list(csv.reader(io.StringIO(manager.get(f"/people.csv?{narrowed}").text.lstrip("\ufeff"))))
    assert {row[3] for row in rows[1:]} == names


def test_the_file_comes_in_either_encoding(manager: Visitor) -> None:
    """R2-3: UTF-8 with its mark, or CP932."""
    utf8 = manager.get("/people.csv").data
    cp932 = manager.get("/people.csv?encoding=cp932")
    assert utf8.startswith(b"\xef\xbb\xbf")
    assert utf8.decode("utf-8-sig") == cp932.data.decode("cp932")
    assert cp932.content_type == "text/csv; charset=windows-31j"


def test_a_change_shows_its_days_and_is_done_where_nothing_waits(manager: Visitor, app: Flask, cast: Cast) -> None:
    """R5-14, R5-15, R5-34: TAXIS at once, LOACUS by M; what was typed comes back."""
    path = f"/people/{cast.higashi_reader.public_id}/change"
    answer = checked(manager, path, taxis="1010", loacus="02011", memo="担当替え")
    assert all_requests(app) == []
    for words in ("1010 更新権限なし", show_day(date(2026, 12, 1)), show_day(date(2026, 12, 14)), "担当替え"):
        assert words in answer.text
    back = next(form for form in forms_of(answer.text) if form.values.get("step") == "edit")
    assert 'value="02011" checked' in manager.post(back.action, back.values).text
    location = asked_for(manager, path, taxis="1010", loacus="02011").location
    assert held(app, cast.higashi_reader) | {"LOACUS": "02010", "TAXIS": "1010"} == held(app, cast.higashi_reader)
    (row,) = all_requests(app)
    assert (row.kind, row.state, location) == ("change", "entered", f"/requests/{row.public_id}")
    assert row.number in manager.page(f"/people/{cast.higashi_reader.public_id}")


def test_a_change_that_changes_nothing_or_leaves_nothing_is_refused(manager: Visitor, cast: Cast, app: Flask) -> None:
    """R5-16, R5-17: and a second one names the first; nothing is kept of what other fields bring along (E14)."""
    path = f"/people/{cast.higashi_johs_only.public_id}/change"
    assert "いまの利用権限と同じです" in checked(manager, path).text
    answer = checked(manager, path, johs="")
    assert (answer.status_code, "抹消を申請してください" in answer.text) == (422, True)
    form = confirmation(manager, path, juju="yes", memo="6人目")
    manager.post(form.action, form.values | {"name_kanji": "西川 一郎", "login_id": "x@y.example", "organization": "1"})
    (row,) = all_requests(app)
    assert (row.name_kanji, row.login_id) == (cast.higashi_johs_only.name, cast.higashi_johs_only.login_id)
    assert row.number in checked(manager, path, taxis="1010").text


def test_a_removal_ends_tomorrow_and_can_be_taken_back(manager: Visitor, app: Flask, cast: Cast, hands: Hands) -> None:
    """R5-17, R5-18, R5-34."""
    person = cast.higashi_johs_only
    page = manager.page(f"/people/{person.public_id}/remove")
    assert show_day(date(2026, 11, 23)) in page
    location = manager.submit(f"/people/{person.public_id}/remove").location
    tomorrow = at(date(2026, 11, 23), hour=0)
    assert (held(app, person), held(app, person, tomorrow)) == ({"JOHS": "J1010"}, {})
    assert "11/23" in manager.page("/people")
    manager.submit(location, f"{location}/withdraw")
    assert held(app, person, tomorrow) == {"JOHS": "J1010"}


def test_a_memo_that_is_too_long_stays_and_nothing_is_removed(manager: Visitor, app: Flask, cast: Cast) -> None:
    """R8-3."""
    answer = manager.submit(f"/people/{cast.higashi_johs_only.public_id}/remove", memo="あ" * 1001)
    assert (answer.status_code, "あ" * 1001 in answer.text, all_requests(app)) == (422, True, [])


def test_odd_choices_are_told_beside_their_field(manager: Visitor, cast: Cast, app: Flask) -> None:
    """R5-3, R5-18, R8-3: an abolished code, one that never was; nothing to remove."""
    path = f"/people/{cast.higashi_johs_only.public_id}/change"
    for code, words in (("1110", "2022/01/24 に廃止されました"), ("0", "この権限コードはありません")):
        answer = checked(manager, path, taxis=code)
        assert (answer.status_code, words in answer.text) == (422, True)
    deputy = f"/people/{cast.higashi_deputy.public_id}"
    answer = manager.submit(f"{deputy}/remove", memo="退職のため")
    assert (answer.status_code, "抹消する利用権限がありません" in answer.text) == (422, True)
    assert "退職のため" in answer.text
    assert "新規申請をしてください" in checked(manager, f"{deputy}/change", taxis="1010").text
    assert all_requests(app) == []


def test_name_and_contractor_are_corrected_on_their_own_screen(manager: Visitor, app: Flask, cast: Cast) -> None:
    """R5-21: without M; what was typed wrong stands beside its field."""
    path = f"/people/{cast.higashi_contractor.public_id}/correct"
    answer = checked(manager, path, name_kana="委託X")
    assert (answer.status_code, "全角カタカナで入力してください" in answer.text, "委託X" in answer.text) == (
        422,
        True,
        True,
    )
    location = asked_for(manager, path, name_kanji="委託 史郎", contractor="").location
    page = manager.page(location)
    assert "委託 史郎" in page
    assert "氏名・所属の訂正" in page
    with app.app_context():
        assert db.session.get_one(User, cast.higashi_contractor.user_id).contractor_id is None


def test_a_new_id_is_asked_for_with_the_rights_of_the_old_one(manager: Visitor, app: Flask, cast: Cast) -> None:
    """R5-21, R5-34: whatever is sent as rights."""
    path = f"/people/{cast.higashi_johs_only.public_id}/new-id"
    answer = checked(manager, path, login_id="kita2@higashi-gas.example", taxis="1011")
    assert "J1010" in answer.text
    assert "1011" not in answer.text
    asked_for(manager, path, login_id="kita2@higashi-gas.example", taxis="1011")
    removal, new = sorted(all_requests(app), key=lambda row: row.kind, reverse=True)[::-1]
    assert {removal.kind, new.kind} == {"new", "removal"}
    assert "新しいIDへ移る手続き中です" in manager.page(f"/people/{cast.higashi_johs_only.public_id}")
    for one, other in ((removal, new), (new, removal)):
        assert f'href="/requests/{other.public_id}"' in manager.page(f"/requests/{one.public_id}")
    taken = checked(manager, f"/people/{cast.higashi_reader.public_id}/new-id", login_id=cast.nishi_reader.login_id)
    assert "このIDは使用できません。託送受付センターへお問い合わせください。" in taken.text


def test_a_deleted_id_is_set_anew_in_one_step(manager: Visitor, app: Flask, cast: Cast) -> None:
    """R5-43: its contact manager sees what to do; the ID can't be another one."""
    person = cast.higashi_johs_only
    with app.app_context(), transaction() as session:
        session.get_one(User, person.user_id).deleted_at = NOW
    assert "IDを削除しました" in manager.page(f"/people/{person.public_id}")
    location = asked_for(manager, f"/people/{person.public_id}/anew", taxis="1010", login_id="x@y.example").location
    assert held(app, person) == {}
    new = next(row for row in all_requests(app) if row.kind == "new")
    assert (new.login_id, new.taxis, new.johs) == (person.login_id, "1010", "J1010")
    assert location == f"/requests/{new.public_id}"


def test_an_accepted_new_request_is_given_up_by_a_removal(
    manager: Visitor, app: Flask, cast: Cast, enter: Enter
) -> None:
    """R5-17: there is no account yet; nobody else's request is touched."""
    public_id = sent(manager)
    with app.app_context(), transaction() as session:
        row = session.scalars(select(RightsRequest)).one()
        by = acting(session.get_one(User, cast.reception.user_id))
        accept_request(session, row, CALENDAR, by=by, now=NOW)
    path = f"/requests/{public_id}"
    form = manager.form(path, f"{path}/remove")
    assert enter(cast.nishi_manager).post(form.action, form.values).status_code in {400, 404}
    manager.post(form.action, form.values)
    assert all_requests(app)[0].state == "cancelled"


def test_staff_read_everybody_and_change_nobody(app: Flask, cast: Cast, enter: Enter) -> None:
    """R5-14, R5-19: of every organization, without a form."""
    staff = enter(cast.operations)
    page = staff.page("/staff/people")
    assert "西田 五郎" in page
    assert "南 次郎" in page
    person = staff.page(f"/staff/people/{cast.nishi_reader.public_id}")
    assert "J1010" in person
    assert not [form for form in forms_of(person) if form.method == "post" and form.action != "/logout"]
    assert f"/people/{cast.nishi_reader.public_id}/" not in person
    assert enter(cast.higashi_manager).get("/staff/people").status_code == 404


def test_pages_go_on_where_the_last_one_ended(app: Flask, cast: Cast, manager: Visitor) -> None:
    """R5-19: everybody once, whatever their kana."""
    with app.app_context(), transaction() as session:
        of = session.get_one(User, cast.higashi_manager.user_id).organization
        for number in range(70):
            make.user(session, of, name=f"同 {number}", kana="オナジ カナ", rights={"JOHS": "J1010"})
    page = manager.page("/people")
    seen = page.count('data-label="TAXIS"')
    link = page.partition('class="older" href="')[2].partition('"')[0].replace("&amp;", "&")
    rest = manager.page(link)
    assert seen == 50
    assert seen + rest.count('data-label="TAXIS"') == 75
    with app.app_context():
        count = db.session.scalar(select(func.count()).select_from(User).where(User.organization_id == of.id))
    assert count == 75
