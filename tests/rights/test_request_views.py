"""The contact manager's screens, as Higashi's manager sees them and as Nishi's doesn't."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from base.business_days import BusinessCalendar
from base.jst import show_day, show_short_day
from base.schedule import new_request
from rights.id_refusals import NOT_YOURS
from tests.browsing import Visitor, logged_in
from tests.cast import Cast, Person
from tests.conftest import Hands
from tests.rights.asking import FILLED, all_requests, checked, confirmation, pressed, sent
from tests.rights.entries import at

Enter = Callable[[Person], Visitor]
STEPS = re.compile(r'<ol class="steps">.*?</ol>', re.DOTALL)
YEARS_END = [date(2026, 12, 14), date(2026, 12, 15), date(2026, 12, 28), date(2026, 12, 30), date(2027, 1, 15)]


def steps_on(page: str) -> list[str]:
    """The bold words of the way, as they stand on the page."""
    found = STEPS.search(page)
    assert found is not None
    return re.findall(r"<b>(.*?)</b>", found.group())


@pytest.fixture
def manager(cast: Cast, enter: Enter) -> Visitor:
    return enter(cast.higashi_manager)


@pytest.fixture
def outsider(cast: Cast, enter: Enter) -> Visitor:
    return enter(cast.nishi_manager)


def test_a_request_is_checked_then_sent_then_there(manager: Visitor, app: Flask, cast: Cast) -> None:
    """R5-1, R5-10 ①."""
    answer = checked(manager)
    assert (answer.status_code, all_requests(app)) == (200, [])
    assert all(
        words in answer.text for words in ("北島 三郎", "キタジマ サブロウ", FILLED["login_id"], "1011 更新権限あり")
    )
    public_id = sent(manager)
    page = manager.page(f"/requests/{public_id}")
    assert all(
        words in page for words in ("N-2611-0001", "北島 三郎", "受付待ち", "未済", "(不要)", "1011 更新権限あり")
    )
    (row,) = all_requests(app)
    assert (row.entered_by_id, row.organization_id) == (
        cast.higashi_manager.user_id,
        cast.higashi_manager.organization_id,
    )


def test_the_dates_on_the_screen_are_those_of_the_schedule(manager: Visitor, hands: Hands) -> None:
    """R5-34: on the form, before sending and after it."""
    schedule = new_request(date(2026, 11, 22), BusinessCalendar())
    assert schedule.accepted_on is not None
    assert schedule.taxis_johs_from is not None
    expected = [
        f"{show_day(schedule.accepted_on)}まで",
        show_day(schedule.processing_date),
        "認証情報のご案内メール",
        f"{show_day(schedule.taxis_johs_from)}以降",
    ]
    assert expected == ["2026/11/24(火)まで", "2026/12/01(火)", "認証情報のご案内メール", "2026/12/09(水)以降"]
    assert steps_on(manager.page("/requests/new")) == [*expected, "2026/12/14(月)以降"]
    assert steps_on(checked(manager).text) == expected
    assert steps_on(manager.page(f"/requests/{sent(manager)}"))[1:] == expected
    assert "12/09(水)以降" in manager.page("/requests")


@pytest.mark.parametrize("today", YEARS_END)
def test_the_dates_hold_around_the_turn_of_the_year(app: Flask, cast: Cast, hands: Hands, today: date) -> None:
    """R5-30 to R5-32, R5-34."""
    hands.now = at(today, 12)
    schedule = new_request(today, BusinessCalendar())
    assert schedule.juju_loacus_from is not None
    steps = steps_on(logged_in(app, cast.higashi_manager).page("/requests/new"))
    assert (steps[1], steps[-1]) == (show_day(schedule.processing_date), f"{show_day(schedule.juju_loacus_from)}以降")


@pytest.mark.parametrize(
    ("today", "words"),
    [
        (date(2026, 11, 29), "11/30(月)までの受付分に間に合う、最後の日です"),
        (date(2026, 11, 30), "11/30(月)までの受付分には間に合いません"),
    ],
)
def test_the_last_day_of_a_window_is_told_and_the_missed_one_too(
    app: Flask, cast: Cast, hands: Hands, today: date, words: str
) -> None:
    """R5-34: an entry of Sunday 11/29 is accepted on Monday, the window's last day."""
    hands.now = at(today, 12)
    assert words in logged_in(app, cast.higashi_manager).page("/requests/new")


def test_each_code_stands_with_what_it_allows(manager: Visitor, outsider: Visitor) -> None:
    """R5-2, R5-4, R5-8, R5-9: what can't be asked for says why."""
    page = manager.page("/requests/new")
    for words in (
        "1012 更新権限あり(業務限定あり)",
        "検針結果と請求情報は見られません",
        "アラート情報の消し込み",
        "払出計画登録・照会",
    ):
        assert words in page
    assert re.search(r'value="03010"\s+disabled', page)
    assert "製造事業者として登録された事業者だけが申請できます" in page
    assert "TAXIS・JUJU・LOACUSは、貴社が利用していないため申請できません。" in outsider.page("/requests/new")


def test_what_was_typed_is_kept_beside_its_faults(manager: Visitor, app: Flask) -> None:
    """R8-3: nothing is half-stored."""
    answer = checked(manager, name_kana="北島", login_id="kita jima@higashi-gas.example", memo="急ぎ\nません")
    assert answer.status_code == 422
    for words in (
        "北島",
        "kita jima@higashi-gas.example",
        "急ぎ\nません",
        "全角カタカナで入力してください",
        "空白や改行は使えません",
    ):
        assert words in answer.text
    assert re.search(r'value="1011"\s+checked', answer.text)
    assert all_requests(app) == []


def test_going_back_from_the_confirmation_keeps_everything(manager: Visitor, app: Flask) -> None:
    """R8-3."""
    form = confirmation(manager, memo="一行目\n二行目")
    answer = manager.post("/requests/new", form.values | {"step": "edit"})
    assert answer.status_code == 200
    assert "内容を確認する" in answer.text
    assert all(words in answer.text for words in ("北島 三郎", "一行目\n二行目", FILLED["login_id"]))
    assert all_requests(app) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"taxis": None, "johs": None}, "少なくとも1つの権限を選択してください"),
        ({"taxis": "1110"}, "2022/01/24 に廃止されました"),
        ({"taxis": "9999"}, "この権限コードはありません"),
        ({"loacus": "03010"}, "製造事業者として登録された事業者だけ"),
        ({"contractor": "0123456789ab"}, "登録されている委託先事業者の中から"),
        ({"login_id": "minami@higashi-gas.example"}, "南 次郎さんのもの"),
        ({"login_id": "NISHIDA@nishi-gas.example"}, NOT_YOURS),
        ({"login_id": "uketsuke@minami-network.example"}, NOT_YOURS),
        ({"name_kanji": ""}, "入力してください"),
        ({"memo": "あ" * 1001}, "1000文字以内で入力してください"),
    ],
)
def test_an_entry_against_the_rules_never_reaches_the_confirmation(
    manager: Visitor, app: Flask, changes: dict[str, str | None], words: str
) -> None:
    """R5-3 to R5-7, R5-13, R8-3, R8-4; sent straight past the check it is refused all the same."""
    answer = checked(manager, **changes)
    assert (answer.status_code, words in answer.text) == (422, True)
    form = confirmation(manager)
    straight = {name: value for name, value in (form.values | changes).items() if value is not None}
    refused = manager.post("/requests", straight)
    assert (refused.status_code, words in refused.text) == (422, True)
    assert all_requests(app) == []


def test_the_sixth_juju_user_is_warned_of_and_needs_a_reason(manager: Visitor) -> None:
    """R5-5: three hold it; the cards count the seats."""
    assert "利用者 3 / 5名" in manager.page("/requests/new")
    for number in (4, 5):
        sent(manager, login_id=f"seat{number}@higashi-gas.example", juju="yes")
    page = manager.page("/requests/new")
    assert "利用者 5 / 5名" in page
    assert "6人目です。申請メモに理由が必要です" in page
    refused = checked(manager, juju="yes")
    assert (refused.status_code, "6人目になります" in refused.text) == (422, True)
    assert "JUJUは6人目です" in checked(manager, juju="yes", memo="夜間当番の交代要員のため").text
    sent(manager, juju="yes", memo="夜間当番の交代要員のため")


def test_a_contractors_person_is_entered_for_the_organization(manager: Visitor, app: Flask) -> None:
    """R5-1."""
    page = manager.page("/requests/new")
    found = re.search(r'<option value="(\w+)">ひがしガスサービス株式会社', page)
    assert found is not None
    public_id = sent(manager, contractor=found.group(1))
    assert "ひがしガスサービス株式会社" in manager.page(f"/requests/{public_id}")
    assert all_requests(app)[0].contractor_id is not None


def test_fields_that_the_form_does_not_have_are_ignored(manager: Visitor, app: Flask, cast: Cast) -> None:
    """E14: organization, state and author come from nowhere but the login."""
    form = confirmation(manager)
    foreign = {
        "organization_id": str(cast.nishi_manager.organization_id),
        "organization": "にしガス株式会社",
        "state": "accepted",
        "kind": "removal",
        "accepted_at": "2026-11-22",
        "entered_by_id": str(cast.reception.user_id),
        "number": "N-0000-0001",
    }
    assert manager.post("/requests", form.values | foreign).status_code == 303
    (row,) = all_requests(app)
    assert (row.organization_id, row.state, row.kind) == (cast.higashi_manager.organization_id, "entered", "new")
    assert (row.entered_by_id, row.number) == (cast.higashi_manager.user_id, "N-2611-0001")


def test_a_second_request_for_the_same_person_names_the_first(manager: Visitor) -> None:
    """R5-17."""
    sent(manager)
    answer = checked(manager, login_id="KITAJIMA@higashi-gas.example")
    assert (answer.status_code, "N-2611-0001" in answer.text) == (422, True)


def test_a_form_sent_twice_is_one_request_with_one_answer(manager: Visitor, app: Flask) -> None:
    """G1: F5, back and press again."""
    form = confirmation(manager)
    first, second = manager.post(form.action, form.values), manager.post(form.action, form.values)
    assert (first.status_code, second.status_code, first.location) == (303, 303, second.location)
    assert len(all_requests(app)) == 1


def test_fifty_presses_of_one_button_at_once_are_one_request(any_app: Flask, any_cast: Cast) -> None:
    """G1: on both databases."""
    visitor = logged_in(any_app, any_cast.higashi_manager)
    form = confirmation(visitor)
    cookie = visitor.browser.get_cookie("__Host-session", domain="portal.example")
    assert cookie is not None

    def one_press(_number: int) -> TestResponse:
        twin = Visitor(any_app, visitor.client)
        twin.browser = any_app.test_client(use_cookies=False)
        return twin.post(form.action, form.values, {"Cookie": f"__Host-session={cookie.value}"})

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(one_press, range(50)))
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.location for answer in answers}) == 1
    assert len(all_requests(any_app)) == 1


def test_a_request_is_withdrawn_before_its_acceptance(manager: Visitor, cast: Cast, enter: Enter) -> None:
    """R5-17, R8-8: by a button; afterwards the button is gone."""
    public_id = sent(manager)
    path, action = f"/requests/{public_id}", f"/requests/{public_id}/withdraw"
    assert manager.get(action).status_code == 405
    answer = pressed(manager, path, action)
    assert (answer.status_code, answer.location) == (303, path)
    page = manager.page(path)
    assert "申請取下げ" in page
    assert "未済" not in page
    assert action not in page
    assert sent(manager)


def test_a_withdrawal_after_the_acceptance_is_a_conflict(manager: Visitor, cast: Cast, enter: Enter) -> None:
    """G2, G7, R5-17: 409, and it says where the request stands."""
    public_id = sent(manager)
    form = manager.form(f"/requests/{public_id}", f"/requests/{public_id}/withdraw")
    staff = enter(cast.reception)
    assert pressed(staff, f"/staff/requests/{public_id}", f"/staff/requests/{public_id}/accept").status_code == 303
    answer = manager.post(form.action, form.values)
    assert (answer.status_code, "すでに受け付けられています" in answer.text) == (409, True)


def test_an_outsider_finds_neither_page_nor_button_nor_line(manager: Visitor, outsider: Visitor, app: Flask) -> None:
    """R8-4, E9, E10, G3: as if it weren't there."""
    public_id = sent(manager)
    absent = outsider.get("/requests/0123456789ab")
    hidden = outsider.get(f"/requests/{public_id}")
    assert (hidden.status_code, hidden.text) == (404, absent.text)
    form = confirmation(outsider, taxis=None, login_id="own@nishi-gas.example")
    keys = {name: form.values[name] for name in ("csrf_token", "form_key")}
    assert outsider.post(f"/requests/{public_id}/withdraw", keys).status_code == 404
    assert all_requests(app)[0].state == "entered"
    for path in ("/requests", "/requests?q=kitajima", "/requests.csv", f"/requests?after={public_id}"):
        page = outsider.page(path)
        assert "N-2611" not in page
        assert "北島" not in page


@pytest.mark.parametrize("who", ["higashi_reader", "reception", "administrator"])
@pytest.mark.parametrize("path", ["/requests", "/requests.csv", "/requests/new"])
def test_only_contact_managers_enter_requests(enter: Enter, cast: Cast, who: str, path: str) -> None:
    """G3, R8-6."""
    assert enter(getattr(cast, who)).get(path).status_code == 404


def test_a_deputy_sees_and_withdraws_what_the_primary_entered(manager: Visitor, enter: Enter, cast: Cast) -> None:
    """R2-4: both have the same powers."""
    public_id = sent(manager)
    deputy = enter(cast.higashi_deputy)
    assert "N-2611-0001" in deputy.page("/requests")
    assert pressed(deputy, f"/requests/{public_id}", f"/requests/{public_id}/withdraw").status_code == 303


def test_an_empty_list_says_what_would_be_here(manager: Visitor) -> None:
    page = manager.page("/requests")
    assert "まだ申請はありません" in page
    assert "条件に合う申請はありません" in manager.page("/requests?q=北島")


def test_the_list_is_narrowed_by_what_stands_in_the_address(manager: Visitor) -> None:
    sent(manager)
    withdrawn = sent(manager, login_id="mori@higashi-gas.example", name_kanji="森 一", name_kana="モリ ハジメ")
    pressed(manager, f"/requests/{withdrawn}", f"/requests/{withdrawn}/withdraw")
    for query, seen in (
        ("", {"北島", "森"}),
        ("state=all", {"北島", "森"}),
        ("state=entered", {"北島"}),
        ("state=withdrawn", {"森"}),
        ("q=北島三郎", {"北島"}),
        ("q=モリ", {"森"}),
        ("q=KITAJIMA%40", {"北島"}),
        ("q=0002", {"森"}),
        ("q=%25", set()),
        ("from=2026-11-22&until=2026-11-22", {"北島", "森"}),
        ("until=2026-11-21", set()),
        ("from=2026-11-23", set()),
        ("from=nonsense", {"北島", "森"}),
    ):
        for path in (f"/requests?{query}", f"/requests.csv?{query}"):
            page = manager.page(path)
            assert {name for name in ("北島", "森") if f"{name} " in page} == seen, path


def test_the_file_opens_in_excel_and_starts_no_formula(manager: Visitor) -> None:
    """R2-3, E7."""
    sent(manager, name_kanji="=HYPERLINK(1)", memo="+81 3\n次の行", loacus="02010")
    answer = manager.get("/requests.csv")
    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"] == "attachment; filename=requests-20261122.csv"
    assert answer.data.startswith(b"\xef\xbb\xbf")
    assert all(
        words in answer.text for words in ("'=HYPERLINK(1)", "'+81 3", "02010 託送供給依頼者(更新権限)", "2026/12/09")
    )


def test_the_sun_sets_the_day_in_japan(app: Flask, cast: Cast, hands: Hands) -> None:
    """R8-2: entered at 00:30 on December 1st in Japan, while it is November 30th in UTC."""
    hands.now = at(date(2026, 12, 1), 0)
    visitor = logged_in(app, cast.higashi_manager)
    page = visitor.page(f"/requests/{sent(visitor)}")
    assert "N-2612-0001" in page
    assert show_short_day(date(2026, 12, 1)) in page


def test_what_is_typed_is_never_run(manager: Visitor, enter: Enter, cast: Cast) -> None:
    """E1: in no field, on neither side's screens."""
    odd = '"><script>alert(1)</script>{{7*7}}'
    filled = {"name_kanji": odd, "memo": odd, "login_id": "o'neill`$&@higashi-gas.example"}
    assert "<script>alert" not in checked(manager, **filled).text
    public_id = sent(manager, **filled)
    staff = enter(cast.reception)
    staff_page = f"/staff/requests/{public_id}"
    pressed(staff, staff_page, f"{staff_page}/cancel", reason=odd, phoned_to=odd, phoned_at="2026-11-22T12:00")
    for visitor, path in (
        (manager, "/requests"),
        (manager, f"/requests/{public_id}"),
        (staff, "/staff/requests?state=all"),
        (staff, staff_page),
    ):
        page = visitor.page(path)
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;{{7*7}}" in page
