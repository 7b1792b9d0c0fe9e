"""Years are confirmed one after the other; in December the reception center is asked for the next one (R5-31)."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from base.actors import Actor
from base.closing_days import confirmed_through
from base.daily_runs import run_if_due
from base.db import transaction
from base.mail_text import Composed, Skipped
from base.outbox import Mail
from base.refusals import Conflict
from desk.closing.changes import forget_plans
from desk.closing.models import CalendarChange
from desk.closing.year_alarms import year_alarm_composer, year_alarm_run
from desk.closing.years import confirm_year, overdue_year, withdraw_year, year_to_confirm
from tests.cast import Cast
from tests.desk.closing.planning import NOW, planned, reception, saved
from tests.rights.entries import at

DESK = "uketsuke@minami-network.example"


def clock_at(day: date) -> Callable[[], datetime]:
    return lambda: at(day)


@pytest.fixture
def center(session: Session) -> Actor:
    return reception(session)


def test_years_are_confirmed_in_their_turn(session: Session, center: Actor) -> None:
    """R5-31: this one, the next one, and none of which the holidays aren't settled; the last can be withdrawn."""
    assert year_to_confirm(session, NOW.date()) == 2026
    with pytest.raises(Conflict):
        confirm_year(session, 2027, by=center, now=NOW)
    for year in (2026, 2027):
        confirm_year(session, year, by=center, now=NOW)
        assert confirmed_through(session, NOW.date()) == date(year, 12, 31)
    assert year_to_confirm(session, NOW.date()) is None
    with pytest.raises(Conflict):
        withdraw_year(session, 2026, by=center, now=NOW)
    withdraw_year(session, 2027, by=center, now=NOW)
    assert year_to_confirm(session, NOW.date()) == 2027


@pytest.mark.parametrize(
    ("confirmed", "today", "overdue"),
    [
        ((), date(2026, 11, 30), None),
        ((), date(2026, 12, 1), 2027),
        ((2026,), date(2026, 11, 30), None),
        ((2026,), date(2026, 12, 1), 2027),
        ((2026, 2027), date(2026, 12, 31), None),
        ((2026,), date(2027, 1, 5), 2027),
    ],
)
def test_the_next_year_is_overdue_from_december_on(
    session: Session, center: Actor, confirmed: tuple[int, ...], today: date, overdue: int | None
) -> None:
    """R5-31."""
    for year in confirmed:
        confirm_year(session, year, by=center, now=NOW)
    assert overdue_year(session, today) == overdue


def test_december_asks_twice_and_stops_once_it_is_answered(any_app: Flask, any_cast: Cast) -> None:
    """R5-31, R7-14: each half of the month one mail, whatever day the worker is there; judged again at sending."""
    compose = year_alarm_composer("https://portal.example", "みなみ都市ガスネットワーク")
    with any_app.app_context():
        for day in (date(2026, 11, 30), date(2026, 12, 2), date(2026, 12, 3), date(2026, 12, 20), date(2026, 12, 21)):
            run_if_due(year_alarm_run(DESK, clock_at(day)), clock_at(day))
        with transaction() as session:
            mails = session.scalars(select(Mail).where(Mail.kind == "unconfirmed-year").order_by(Mail.id)).all()
            assert [mail.created_at for mail in mails] == [at(date(2026, 12, 2)), at(date(2026, 12, 20))]
            letter = compose(session, mails[0], at(date(2026, 12, 2)))
            assert isinstance(letter, Composed)
            assert "/staff/closing-days?year=2027" in letter.body
            by = Actor("受付", any_cast.reception.user_id, any_cast.reception.organization_id)
            for year in (2026, 2027):
                confirm_year(session, year, by=by, now=at(date(2026, 12, 21)))
            assert isinstance(compose(session, mails[1], at(date(2026, 12, 21))), Skipped)


def test_a_plan_that_nobody_saved_is_forgotten_after_a_week(session: Session, center: Actor) -> None:
    old, kept = planned(session, center, now=NOW - timedelta(days=8)), planned(session, center)
    long_saved = saved(session, center, now=NOW - timedelta(days=8))
    forget_plans(session, NOW)
    left = set(session.scalars(select(CalendarChange.public_id)))
    assert left == {kept.public_id, long_saved.public_id}
    assert old.public_id not in left
