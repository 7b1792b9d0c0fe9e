"""Mornings for tests: people who stay away, the run, and the mail going out (or not)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from auth.dormancy_digest_mails import other_composers
from auth.dormancy_digests import JOB
from auth.dormancy_mails import stage_composers
from auth.dormancy_run import Rounds, run_dormancy
from auth.models import DormancyStep, Organization, User
from base.daily_runs import DailyRun, Turn, begin, end, run_if_due
from base.db import db, transaction
from base.job_runs import JobRun
from base.jst import JST, day_of
from base.mail_claims import claim
from base.outbox import MAIL
from tests import make
from tests.settings import BASE_URL, OPERATOR

COMPOSERS = stage_composers(BASE_URL, OPERATOR) | other_composers(BASE_URL, OPERATOR)
LOGIN = date(2026, 1, 1)
DESK = OPERATOR.desks[0].mail


def seven(on: date) -> datetime:
    return datetime.combine(on, time(7), JST).astimezone(UTC)


def login_at(on: date) -> datetime:
    """Nine in the morning, some microseconds past."""
    return datetime(on.year, on.month, on.day, 9, 0, 1, 234567, tzinfo=JST).astimezone(UTC)


def day(number: int) -> date:
    """The day on which somebody who logged in on `LOGIN` has stayed away for so many days."""
    return LOGIN + timedelta(days=number)


@dataclass(frozen=True, slots=True)
class Letter:
    address: str
    subject: str
    body: str


class House:
    """One installation, its clock and its mail."""

    def __init__(self, app: Flask) -> None:
        self.app, self.now = app, seven(LOGIN)
        with app.app_context():
            self.engine = db.engine
        self.daily = DailyRun(JOB, time(7), self._run)
        with transaction(Session(self.engine)) as session:
            self.organization = make.organization(session, "ひがしガス株式会社", systems=("JOHS",)).id
            self.operator = make.organization(session, "みなみ都市ガスネットワーク", is_operator=True).id

    def _run(self, turn: Turn, *, is_forced: bool = False) -> str:
        return run_dormancy(turn, Rounds(lambda: self.now, DESK, is_forced=is_forced), day_of(self.now))

    def force(self, on: date) -> None:
        """As `dormancy run --force` does."""
        with self.app.app_context():
            with transaction() as session:
                turn = begin(session, JOB, on, self.now, is_again=True)
            assert turn is not None
            outcome = self._run(turn, is_forced=True)
            with transaction() as session:
                end(session, turn, outcome, self.now)

    def turn(self, on: date, now: datetime) -> Turn | None:
        with transaction(Session(self.engine)) as session:
            return begin(session, JOB, on, now)

    def person(self, login_id: str, last_login: date | None = LOGIN, **facts: Any) -> int:
        of = facts.pop("of", None) or (self.operator if "staff_role" in facts else self.organization)
        at = login_at(last_login) if last_login else None
        with transaction(Session(self.engine)) as session:
            organization = session.get_one(Organization, of)
            return make.user(session, organization, login_id, last_login_at=at, **facts).id

    def change(self, user_id: int, **values: object) -> None:
        with transaction(Session(self.engine)) as session:
            session.execute(update(User).where(User.id == user_id).values(values))

    def user(self, user_id: int) -> User:
        with Session(self.engine) as session:
            return session.get_one(User, user_id)

    def look(self, on: date, *, hours: float = 0) -> None:
        """The worker looks whether the day's run is due, at seven or some hours later."""
        self.now = seven(on) + timedelta(hours=hours)
        with self.app.app_context():
            run_if_due(self.daily, lambda: self.now)

    def morning(self, on: date, failing: Collection[str] = ()) -> list[Letter]:
        """The run, and the mail that goes out right after it."""
        self.look(on)
        return deliver(self.engine, self.now, failing)

    def outcomes(self) -> dict[date, str | None]:
        with Session(self.engine) as session:
            return {row.on: row.outcome for row in session.scalars(select(JobRun).order_by(JobRun.on))}


def steps(engine: Engine) -> list[tuple[int, str, date]]:
    with Session(engine) as session:
        rows = session.scalars(select(DormancyStep).order_by(DormancyStep.id))
        return [(row.user_id, row.stage, row.on) for row in rows]


def deliver(engine: Engine, now: datetime, failing: Collection[str] = ()) -> list[Letter]:
    """Send what is due; what goes to `failing` is refused for good."""
    letters: list[Letter] = []
    while True:
        found, claimed = claim(engine, COMPOSERS, "host/a", now)
        if not found:
            return letters
        for mail in claimed:
            is_failing = mail.address in failing
            values = {"state": "failed", "failure": "550"} if is_failing else {"state": "sent", "sent_at": now}
            with transaction(Session(engine)) as session:
                session.execute(update(MAIL).where(MAIL.c.id == mail.id).values(values))
            if not is_failing:
                letters.append(Letter(mail.address, mail.composed.subject, mail.composed.body))
