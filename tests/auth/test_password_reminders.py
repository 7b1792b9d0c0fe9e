"""The mails 14, 7 and 1 days before a password expires (R6-5)."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.models import User
from auth.password_mails import reminder_composer
from auth.password_reminders import CHUNK, JOB, queue_chunk, run_reminders
from base import clock
from base.daily_runs import DailyRun, begin, run_if_due
from base.db import db, transaction
from base.jst import day_of, start_of
from base.mail_text import Composed, Skipped
from base.outbox import Mail
from rights.queries import held_systems
from tests import make
from tests.certificates import NOW
from tests.conftest import Hands
from tests.settings import BASE_URL, OPERATOR

DAYS = 185
TODAY = day_of(NOW)
COMPOSE = reminder_composer(BASE_URL, OPERATOR, DAYS, held_systems())


def set_with(left: int, on: date = TODAY) -> datetime:
    """When a password was set of which so many days are left on that day."""
    return start_of(on + timedelta(days=left - DAYS)) + timedelta(hours=15)


def person(session: Session, left: int | None, **facts: Any) -> User:
    of = facts.pop("of", None) or make.organization(session, "ひがしガス株式会社")
    facts = {"rights": {"JOHS": "J1010"}, **facts}
    user = make.user(session, of, **facts)
    if left is not None:
        user.password_set_at = set_with(left)
    session.flush()
    return user


def run(session: Session, on: date = TODAY) -> int:
    return queue_chunk(session, on, DAYS, 0, now=start_of(on) + timedelta(hours=7))[1]


def mails(session: Session) -> list[Mail]:
    return list(session.scalars(select(Mail).order_by(Mail.id)))


@pytest.mark.parametrize(("left", "is_told"), [(15, False), (14, True), (8, True), (1, True), (0, False), (-9, False)])
def test_whoever_has_fourteen_days_or_less_is_told(session: Session, left: int, *, is_told: bool) -> None:
    """R6-5: from 14 days before to the last day; an expired one is told at the login."""
    user = person(session, left)
    assert run(session) == is_told
    assert [mail.address for mail in mails(session)] == [user.login_id] * is_told


def test_three_mails_in_all_however_often_it_runs(session: Session) -> None:
    """R6-5: each once a password, on its day."""
    person(session, 20)
    told: dict[int, int] = {}
    for day in range(25):
        on = TODAY + timedelta(days=day)
        for _ in range(2):
            told[20 - day] = told.get(20 - day, 0) + run(session, on)
    assert {left: count for left, count in told.items() if count} == {14: 1, 7: 1, 1: 1}


@pytest.mark.parametrize(
    ("days_with_a_run", "told"),
    [
        ([16, 12, 5, 1], [12, 5, 1]),
        ([16, 6, 5, 1], [6, 1]),
        ([16, 1], [1]),
        ([16, 14, 3], [14, 3]),
        ([16, 0, -1], []),
    ],
)
def test_a_missed_run_is_made_up_for_by_the_most_urgent_mail(
    session: Session, days_with_a_run: list[int], told: list[int]
) -> None:
    """R6-5: nobody gets two at once."""
    person(session, 20)
    found = [left for left in days_with_a_run if run(session, TODAY + timedelta(days=20 - left))]
    assert found == told


def test_a_new_password_is_told_of_anew(session: Session) -> None:
    """R6-5."""
    user = person(session, 14)
    assert run(session) == 1
    user.password_set_at = set_with(14) + timedelta(minutes=5)
    session.flush()
    assert run(session) == 1


@pytest.mark.parametrize(
    "facts",
    [
        {"locked_at": NOW, "lock_reason": "dormancy"},
        {"deleted_at": NOW},
        {"password": None},
    ],
)
def test_who_cannot_log_in_is_not_told(session: Session, facts: dict[str, Any]) -> None:
    """R6-5."""
    person(session, 7, **facts)
    assert run(session) == 0


def test_nobody_of_an_organization_that_ended_is_told(session: Session) -> None:
    """R6-5, R3-5."""
    person(session, 7, of=make.organization(session, ended_at=NOW))
    assert run(session) == 0


def composed(session: Session, now: datetime = NOW) -> Composed | Skipped:
    found = COMPOSE(session, mails(session)[-1], now)
    assert isinstance(found, Composed | Skipped)
    return found


def test_the_mail_names_the_last_day_and_the_way(session: Session) -> None:
    """R6-5: with weekday, the menu's labels, and whom to call."""
    user = person(session, 7)
    run(session)
    found = composed(session)
    assert isinstance(found, Composed)
    assert found.subject == "パスワードの有効期限のお知らせ(あと7日)"
    last_day = "2026/11/28(土)(あと7日)"
    for words in (last_day, "「アカウント管理」→「パスワード変更」", user.login_id, "認証サポート窓口", "東野 花子 様"):
        assert words in found.body
    assert f"{BASE_URL}/account/password" in found.body.splitlines()


def test_a_late_mail_says_what_is_true_when_it_leaves(session: Session) -> None:
    """R6-5, F7: after three days without a mail server."""
    person(session, 7)
    run(session)
    late = composed(session, NOW + timedelta(days=6))
    assert isinstance(late, Composed)
    assert late.subject == "パスワードの有効期限のお知らせ(本日まで)"
    assert isinstance(composed(session, NOW + timedelta(days=7)), Skipped)


def changed(user: User) -> None:
    user.password_set_at = NOW


def locked(user: User) -> None:
    user.locked_at, user.lock_reason = NOW, "staff"


def deleted(user: User) -> None:
    user.deleted_at = NOW


def ended(user: User) -> None:
    user.organization.ended_at = NOW


@pytest.mark.parametrize("act", [changed, locked, deleted, ended])
def test_it_is_judged_again_as_it_leaves(session: Session, act: Callable[[User], None]) -> None:
    """F9."""
    user = person(session, 7)
    run(session)
    act(user)
    session.flush()
    assert isinstance(composed(session), Skipped)


def test_whoever_lost_the_last_right_is_not_told(session: Session) -> None:
    """R7-3: there is nothing to log in for."""
    person(session, 7, rights={})
    run(session)
    assert isinstance(composed(session), Skipped)


def test_the_daily_run_queues_once_and_takes_up_what_was_killed(any_app: Flask, hands: Hands) -> None:
    """R6-5, R5-44: in chunks; a run killed halfway and run again mails nobody twice."""
    count = CHUNK + 5
    with any_app.app_context():
        with transaction() as session:
            of = make.organization(session)
            for _ in range(count):
                person(session, 7, of=of)
        with transaction() as session:
            turn = begin(session, JOB, TODAY, hands.now)
            assert turn is not None
        with transaction() as session:
            queue_chunk(session, TODAY, DAYS, 0, now=hands.now)
        hands.now += timedelta(minutes=20)
        daily = DailyRun(JOB, time(7, 30), lambda turn: run_reminders(turn, DAYS, clock.now))
        for _ in range(2):
            run_if_due(daily, clock.now)
        assert len(mails(db.session())) == count
        assert {mail.state for mail in mails(db.session())} == {"waiting"}


def test_without_an_end_nobody_is_told(app: Flask, hands: Hands) -> None:
    """R6-5: the setting 0."""
    with app.app_context():
        with transaction() as session:
            person(session, 7)
            turn = begin(session, JOB, TODAY, hands.now)
        assert turn is not None
        assert run_reminders(turn, 0, clock.now) == "queued=0"
        assert mails(db.session()) == []
