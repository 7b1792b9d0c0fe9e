from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from auth.models import User
from auth.password_expiry import due_stage, expired_from, is_expired, last_usable_day, password_due
from base.db import transaction
from base.jst import start_of
from tests.browsing import Visitor, logged_in
from tests.cast import Cast, Person
from tests.conftest import Hands

DAYS = 185
A_SECOND = timedelta(seconds=1)
NEXT = "mizukagami-7-akane"
SET_AT = datetime(2026, 1, 1, 3, 0, tzinfo=UTC)
EXPIRED_AT = start_of(date(2026, 7, 5))


@pytest.mark.parametrize(
    ("set_on", "last_day"),
    [
        (date(2026, 1, 1), date(2026, 7, 4)),
        (date(2027, 9, 1), date(2028, 3, 3)),
        (date(2027, 8, 27), date(2028, 2, 27)),
        (date(2027, 8, 28), date(2028, 2, 28)),
        (date(2027, 8, 29), date(2028, 2, 29)),
        (date(2026, 8, 29), date(2027, 3, 1)),
        (date(2028, 2, 29), date(2028, 8, 31)),
    ],
)
@pytest.mark.parametrize("hour", [timedelta(0), timedelta(hours=12), timedelta(days=1) - A_SECOND])
def test_it_is_usable_to_the_last_second_of_its_last_day(set_on: date, last_day: date, hour: timedelta) -> None:
    """R6-5, C8: in days of the Japanese calendar, whatever the hour it was set; over a leap day too."""
    set_at, midnight = start_of(set_on) + hour, start_of(last_day + timedelta(days=1))
    assert last_usable_day(set_at, DAYS) == last_day
    assert expired_from(set_at, DAYS) == last_day + timedelta(days=1)
    assert not is_expired(set_at, DAYS, midnight - A_SECOND)
    assert is_expired(set_at, DAYS, midnight)


def test_without_a_number_of_days_it_never_expires() -> None:
    """R6-5: the setting 0."""
    far = SET_AT + timedelta(days=9999)
    assert not is_expired(SET_AT, 0, far)
    assert not is_expired(None, 0, far)
    assert last_usable_day(SET_AT, 0) is None
    assert password_due(SET_AT, 0, far) is None


def test_a_password_of_unknown_age_is_expired() -> None:
    """R6-5: closed where nobody knows."""
    assert is_expired(None, DAYS, SET_AT)
    assert password_due(None, DAYS, SET_AT) is None


@pytest.mark.parametrize(
    ("before", "left"), [(15, None), (14, 14), (13, 13), (2, 2), (1, 1), (0, None), (-1, None), (185, None)]
)
def test_it_is_told_from_fourteen_days_before(before: int, left: int | None) -> None:
    """R6-5."""
    day = start_of(date(2026, 7, 5) - timedelta(days=before))
    for now in (day, day + timedelta(days=1) - A_SECOND):
        due = password_due(SET_AT, DAYS, now)
        assert (due.days_left if due else None) == left
        assert due is None or due.last_day == date(2026, 7, 4)


@pytest.mark.parametrize(
    ("left", "stage"), [(15, None), (14, 14), (13, 14), (8, 14), (7, 7), (2, 7), (1, 1), (0, None), (-3, None)]
)
def test_the_most_urgent_mail_is_due(left: int, stage: int | None) -> None:
    """R6-5: a missed one is made up for, but not when a more urgent one is due."""
    assert due_stage(left) == stage


@given(st.integers(0, 7000 * 1440), st.integers(1, 400), st.integers(-30, 500))
def test_banner_and_expiry_fit_together(minutes: int, days: int, later: int) -> None:
    """R6-5: never both, and no day between them."""
    at = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    now = at + timedelta(days=later)
    due = password_due(at, days, now)
    assert not (due and is_expired(at, days, now))
    if due and due.days_left == 1:
        assert is_expired(at, days, now + timedelta(days=1))


def set_at(app: Flask, person: Person, **facts: Any) -> None:
    with app.app_context(), transaction() as session:
        session.execute(update(User).where(User.id == person.user_id).values(facts))


@pytest.fixture
def reader(app: Flask, cast: Cast, hands: Hands) -> Visitor:
    """Logged in on the last second of the last day."""
    set_at(app, cast.higashi_reader, password_set_at=hands.now - timedelta(days=184))
    hands.now = datetime(2026, 11, 22, 14, 59, 59, tzinfo=UTC)
    return logged_in(app, cast.higashi_reader)


READERS = ("/", "/pages/taxis", "/search?q=x", "/account", "/account/question", "/contact", "/help")


def test_at_midnight_everything_but_the_change_is_shut(reader: Visitor, hands: Hands) -> None:
    """R6-5, C8: open at 23:59:59 in Japan, shut one second later, in the middle of a session."""
    assert all(reader.get(path).status_code == 200 for path in READERS)
    hands.now += A_SECOND
    for path in READERS:
        answer = reader.get(path)
        assert (answer.status_code, answer.location.partition("?")[0]) == (303, "/account/password"), path
    page = reader.page("/account/password")
    assert "パスワードの有効期限が切れています" in page
    assert "2026/11/22(日) で期限が切れました。" in page
    assert 'class="side"' not in page


def test_presses_are_shut_too_and_change_nothing(reader: Visitor, hands: Hands) -> None:
    """R6-5: nowhere else, POSTs included."""
    language = reader.form("/account", "/account/language")
    read = reader.form("/account/password", "/account/password")
    hands.now += A_SECOND
    for form in (language, read):
        answer = reader.post("/account/language", {**form.values, "language": "en"})
        assert (answer.status_code, answer.location) == (303, "/account/password")
    assert "パスワード変更" in reader.page("/account/password")


def test_the_way_out_and_the_style_stay_open(reader: Visitor, hands: Hands) -> None:
    """R6-5: logout and static files; what isn't there still isn't there."""
    hands.now += A_SECOND
    with reader.get("/static/css/core.css") as style, reader.get("/static/js/password-conditions.js") as script:
        assert (style.status_code, script.status_code) == (200, 200)
    assert reader.get("/nowhere").status_code == 404
    assert reader.get("/staff").status_code == 404
    form = reader.form("/account/password", "/logout")
    assert reader.post("/logout", form.values).location == "/login"
    assert reader.get("/").location == "/login"


def test_after_the_change_all_is_open_and_leads_to_where_one_wanted(app: Flask, reader: Visitor, hands: Hands) -> None:
    """R6-5: from the mailed link through login and change to the page itself."""
    hands.now += A_SECOND
    answer = reader.get("/pages/taxis")
    assert answer.location == "/account/password?next=/pages/taxis"
    filled = {"current": "correct-Horse7", "password": NEXT, "again": NEXT}
    changed = reader.submit(answer.location, "/account/password", **filled)
    assert (changed.status_code, changed.location) == (303, "/pages/taxis")
    assert all(reader.get(path).status_code == 200 for path in READERS)


def test_a_correct_login_with_an_expired_password_leads_to_the_change(app: Flask, cast: Cast, hands: Hands) -> None:
    """R6-5, C1: and a wrong one sounds as ever."""
    set_at(app, cast.nishi_reader, password_set_at=hands.now - timedelta(days=300))
    visitor = Visitor(app, cast.nishi_reader.client)
    wrong, unknown = (visitor.log_in(who, "wrong-Horse7") for who in (cast.nishi_reader.login_id, "x@nishi.example"))
    assert wrong.status_code == unknown.status_code == 403
    answer = visitor.log_in(cast.nishi_reader.login_id, next="/articles/7QK2M0ABCDEF")
    assert answer.location == "/articles/7QK2M0ABCDEF"
    assert visitor.get(answer.location).location == "/account/password?next=/articles/7QK2M0ABCDEF"


@pytest.mark.parametrize(
    "path", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:x", "/../x"]
)
def test_the_change_leads_nowhere_else(reader: Visitor, path: str) -> None:
    """E15."""
    form = reader.form("/account/password", "/account/password")
    filled = {"current": "correct-Horse7", "password": NEXT, "again": NEXT, "next": path}
    assert reader.post("/account/password", {**form.values, **filled}).location == "/account"


def test_the_banner_is_each_readers_own(app: Flask, cast: Cast, hands: Hands) -> None:
    """R6-5: on pages that are drawn once for many as well."""
    set_at(app, cast.higashi_reader, password_set_at=hands.now - timedelta(days=180))
    set_at(app, cast.higashi_johs_only, password_set_at=hands.now - timedelta(days=171))
    soon, later, fresh = (
        logged_in(app, who) for who in (cast.higashi_reader, cast.higashi_johs_only, cast.higashi_contractor)
    )
    for path in ("/", "/pages/common", "/pages/common/notices", "/account", "/contact", "/search"):
        assert "パスワードの有効期限まで、あと5日です" in soon.page(path), path
        assert "2026/11/26(木) を過ぎると" in soon.page(path), path
        assert "あと14日です" in later.page(path), path
        assert "パスワードの有効期限" not in fresh.page(path), path
    hands.now += timedelta(days=4)
    again = logged_in(app, cast.higashi_reader)
    assert "パスワードの有効期限は本日までです" in again.page("/")
    assert "本日までのパスワードです" in again.page("/account/password")
