"""The mail of the day before: what takes effect tomorrow, told once to all contact managers of each organization."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from auth.models import Organization, User
from base.actors import Actor
from base.daily_runs import run_if_due
from base.db import db, transaction
from base.mail_text import Composed, Skipped
from base.outbox import Mail
from rights.codes import AskedRights, System
from rights.completions import complete_parts, complete_registration
from rights.models import RightsRequest
from rights.removals import enter_removal
from rights.starting_news import KIND, starting_run
from tests.cast import Cast
from tests.rights.entries import CALENDAR, acting, at
from tests.rights.ordering import letter, mails, ordered, person_of, written

HIGASHI_MANAGERS = ["azuma@higashi-gas.example", "higashino@higashi-gas.example"]
TAXIS_EVE, JUJU_EVE = date(2018, 12, 25), date(2019, 1, 6)


class House:
    """R5-33's second line, completed on 12-18: TAXIS from 12-26, JUJU from 01-07."""

    def __init__(self, app: Flask, cast: Cast) -> None:
        self.app, self.cast, self.now = app, cast, at(TAXIS_EVE)
        with app.app_context():
            self.engine: Engine = db.engine
        with transaction(Session(self.engine)) as session:
            self.manager, self.center = (
                self._actor(session, one.user_id) for one in (cast.higashi_manager, cast.reception)
            )
            of = session.get_one(Organization, cast.higashi_manager.organization_id)
            asked = AskedRights(taxis="1011", juju="yes")
            request = ordered(session, of, self.manager, self.center, asked, memo="6人目の理由です。")
            at_once = at(date(2018, 12, 18))
            complete_registration(session, request, "U000123", CALENDAR, by=self.center, now=at_once)
            complete_parts(session, request, {System.JUJU}, CALENDAR, by=self.center, now=at_once)
            self.request_id = request.id

    def _actor(self, session: Session, user_id: int) -> Actor:
        return acting(session.get_one(User, user_id))

    def wake(self, now: datetime) -> None:
        """The worker looks whether the day's run is due."""
        with self.app.app_context():
            run_if_due(starting_run(lambda: now), lambda: now)

    def mails(self) -> list[Mail]:
        with Session(self.engine) as session:
            return mails(session, KIND)

    def remove(self, now: datetime) -> None:
        with transaction(Session(self.engine)) as session:
            request = session.get_one(RightsRequest, self.request_id)
            user = person_of(session, request)
            enter_removal(session, request.organization, user, "", CALENDAR, by=self.manager, now=now)

    def letter(self, mail: Mail, now: datetime) -> Composed:
        with Session(self.engine) as session:
            return letter(session, mail, now)

    def written(self, mail: Mail, now: datetime) -> Composed | Skipped:
        with Session(self.engine) as session:
            return written(session, mail, now)


@pytest.fixture
def house(any_app: Flask, any_cast: Cast) -> Iterator[House]:
    """On each database."""
    house = House(any_app, any_cast)
    yield house
    house.engine.dispose()


def test_each_day_of_use_is_told_once_on_the_day_before(house: House) -> None:
    """R2-4, R5-10 ⑧ ⑫, R5-33: of all days from M on two have a mail, to the primary and the deputy, nobody else."""
    told: dict[date, int] = {}
    for number in range(30):
        day, before = date(2018, 12, 17) + timedelta(days=number), len(house.mails())
        house.wake(at(day, 8))
        assert len(house.mails()) == before
        for _ in range(2):
            house.wake(at(day, 9))
        told[day] = len(house.mails()) - before
    assert {day: count for day, count in told.items() if count} == {TAXIS_EVE: 2, JUJU_EVE: 2}
    assert sorted(mail.address for mail in house.mails()) == sorted(HIGASHI_MANAGERS * 2)
    body = house.letter(house.mails()[0], at(TAXIS_EVE)).body
    assert "2018/12/26(水)(明日)から有効になります" in body
    assert "・北島 三郎 様(kitajima@higashi-gas.example)\n  TAXIS 1011 更新権限あり\n" in body
    assert "JUJU" not in body


def test_of_several_workers_that_ask_at_once_one_tells(house: House) -> None:
    """G4."""
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: house.wake(at(TAXIS_EVE)), range(4)))
    assert len(house.mails()) == 2


def test_a_right_that_was_taken_away_since_is_not_announced(house: House) -> None:
    """F9, R5-18: removed in the time between the run and the sending."""
    house.wake(at(TAXIS_EVE, 9))
    house.remove(at(TAXIS_EVE, 10))
    assert isinstance(house.written(house.mails()[0], at(TAXIS_EVE, 11)), Skipped)


def test_a_mail_that_waited_says_today_and_never_what_is_past(house: House) -> None:
    """R7-14: an outage of the mail server."""
    house.wake(at(TAXIS_EVE, 9))
    mail = house.mails()[0]
    assert "(本日)から" in house.letter(mail, at(TAXIS_EVE + timedelta(days=1))).body
    assert isinstance(house.written(mail, at(TAXIS_EVE + timedelta(days=2))), Skipped)


def test_whoever_is_no_longer_contact_manager_is_not_told(house: House) -> None:
    """F9, R2-4."""
    house.wake(at(TAXIS_EVE, 9))
    with transaction(Session(house.engine)) as session:
        for user in session.scalars(select(User).where(User.login_id.in_(HIGASHI_MANAGERS))):
            user.contact_role = None
    assert all(isinstance(house.written(mail, at(TAXIS_EVE)), Skipped) for mail in house.mails())
