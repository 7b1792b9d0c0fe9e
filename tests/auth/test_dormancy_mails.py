"""The mails about dormant IDs: what each names, on the day on which it leaves."""

from datetime import date

import pytest
from flask import Flask

from base.jst import show_day
from tests.auth.mornings import House, Letter, day, deliver, login_at, seven

WHO = "minami@higashi-gas.example"


@pytest.fixture
def house(app: Flask) -> House:
    return House(app)


def letters_to(house: House, address: str = WHO, days: tuple[int, ...] = (120, 150, 180, 210)) -> list[Letter]:
    return [letter for number in days for letter in house.morning(day(number)) if letter.address == address]


def test_subjects_end_in_the_words_of_the_rules(house: House) -> None:
    """R5-41."""
    house.person(WHO)
    endings = ("(警告1)", "(警告2)", "(アカウントロック)", "(アカウント削除)")
    for letter, ending in zip(letters_to(house), endings, strict=True):
        assert letter.subject.endswith(f"長期未使用ID通知メール{ending}")
        assert "7:00までのログインを集計" in letter.body
        assert "返信はお受けできません" in letter.body


def test_each_mail_names_its_days(house: House) -> None:
    """R5-41: the guide's example, 2019-04-01 → 2019-09-27 and 2019-10-27."""
    first = date(2019, 4, 1)
    house.person(WHO, first)
    on = [date(2019, 7, 30), date(2019, 8, 29), date(2019, 9, 28), date(2019, 10, 28)]
    warning1, warning2, lock, deletion = [letter.body for each in on for letter in house.morning(each)]
    for body, days in ((warning1, 120), (warning2, 150)):
        assert "2019/04/01(月) 09:00" in body
        assert f"{days}日が経過" in body
        assert "■ ログインの最終日\n2019/09/27(金)" in body
    assert "2019/10/27(日)" in lock
    assert "認証サポート窓口" in lock
    assert "平日 9:00〜18:00" in lock
    assert "30日間の猶予期間" in deletion
    assert "2019/10/27(日)" in deletion


def test_where_nobody_ever_logged_in_the_issue_is_named(house: House) -> None:
    """R5-40, R5-41."""
    house.person(WHO, None, issued_at=login_at(day(0)))
    (letter,) = letters_to(house, days=(120,))
    assert "■ IDの発行\n2026/01/01(木)" in letter.body


def test_a_mail_that_leaves_late_names_days_that_hold_then(house: House) -> None:
    """R5-41, R5-44: the mail server was away for weeks."""
    house.person(WHO)
    house.morning(day(120))
    house.look(day(150))
    (warning,) = deliver(house.engine, seven(day(170)))
    assert show_day(day(199)) in warning.body
    assert show_day(day(179)) not in warning.body
    house.look(day(200))
    (lock,) = deliver(house.engine, seven(day(220)))
    assert show_day(day(249)) in lock.body


def test_whoever_is_unlocked_before_the_notice_leaves_reads_how_it_stands(house: House) -> None:
    """R5-42."""
    who = house.person(WHO)
    letters_to(house, days=(120, 150))
    house.look(day(180))
    house.change(who, locked_at=None, lock_reason=None)
    (lock,) = deliver(house.engine, seven(day(181)))
    assert "ロックは現在、解除されています" in lock.body
    assert show_day(day(210)) in lock.body


def test_staff_read_nothing_of_a_deletion(house: House) -> None:
    """R5-40."""
    house.person(WHO, staff_role="reception")
    for letter in letters_to(house, days=(120, 150, 180)):
        assert "削除" not in letter.body
        assert "窓口責任者" not in letter.body


def test_a_contact_manager_who_is_none_any_more_gets_no_digest(house: House) -> None:
    """R8-4, F9: judged again as it leaves."""
    boss = house.person("boss@higashi-gas.example", day(110), contact_role="primary")
    house.person(WHO)
    house.look(day(123))
    house.change(boss, contact_role=None)
    assert [letter.address for letter in deliver(house.engine, house.now)] == [WHO]


def test_a_digest_that_waited_into_the_next_week_is_dropped(house: House) -> None:
    """R5-44: one per address and week, also after an outage."""
    house.person("boss@higashi-gas.example", day(110), contact_role="primary")
    house.person(WHO)
    for number in (123, 130, 137):
        house.look(day(number))
    subjects = [letter.subject for letter in deliver(house.engine, house.now) if letter.address != WHO]
    assert subjects == ["長期未使用IDのお知らせ(週次)"]
