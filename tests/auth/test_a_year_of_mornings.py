"""A year of mornings: each person's mails and stages are exactly what R5-40 to R5-44 say, compared each day with a model of its own."""

import os
import random
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth import dormancy_run, dormant_accounts
from auth.models import DormancyStep, User
from base import daily_runs
from base.jst import day_of
from base.outbox import Mail
from tests.auth.model_of_dormancy import Life
from tests.auth.mornings import LOGIN, House, Letter, deliver, login_at, seven
from tests.failpoints import Failpoints, Killed

IS_LONG = "CRASH_ROUNDS" in os.environ
PEOPLE, DAYS, SEEDS = (200, 365, (1, 2, 3)) if IS_LONG else (45, 250, (1,))
CHUNK = 9
SUBJECTS = {"警告1": "warning1", "警告2": "warning2", "アカウントロック": "lock", "アカウント削除": "deletion"}

OTHER_SUBJECTS = (
    "長期未使用IDのお知らせ(週次)",
    "窓口責任者の長期未使用ID:",
    "【要確認】長期未使用IDの処理を中止しました",
)


class Year:
    """The house, its people and the model, living through the same days."""

    def __init__(self, app: Flask, failpoints: Failpoints, seed: int) -> None:
        self.house, self.failpoints, self.dice = House(app), failpoints, random.Random(seed)
        self.habits: dict[int, float] = {}
        self.lives: dict[int, Life] = {}
        self.ids: dict[str, int] = {}
        self.bad: dict[int, set[int]] = {}
        self.arrived: Counter[tuple[int, str, int]] = Counter()
        self.seen: Counter[str] = Counter()
        self.last_run = 0
        for number in range(PEOPLE):
            self._add(number)

    def _add(self, number: int) -> None:
        dice, since = self.dice, self.dice.choice([self.dice.randrange(-100, 1), self.dice.randrange(-250, 1)])
        facts: dict[str, Any] = dict(
            dice.choices([{}, {"staff_role": "reception"}, {"contact_role": "deputy"}], [8, 1, 1])[0]
        )
        if dice.random() < 0.2:
            facts |= {"locked_at": login_at(LOGIN), "lock_reason": "password"}
        last_login = None if dice.random() < 0.1 else LOGIN + timedelta(days=since)
        name = f"p{number}@higashi-gas.example"
        issued = {"issued_at": login_at(LOGIN + timedelta(days=since))}
        user_id = self.house.person(name, last_login, password=None, **issued, **facts)
        self.ids[name] = user_id
        self.lives[user_id] = Life(since, "staff_role" in facts, facts.get("lock_reason"))
        self.habits[user_id] = dice.choice([0, 0, 0, 0, 1 / 400, 1 / 200, 1 / 120])
        if dice.random() < 0.5:
            self.bad[user_id] = self._bad_days()

    def _bad_days(self) -> set[int]:
        """Mailboxes that are full for some weeks, again and again."""
        days: set[int] = set()
        today = self.dice.randrange(60)
        while today < DAYS:
            until = today + self.dice.randrange(3, 25)
            days.update(range(today, until))
            today = until + self.dice.randrange(10, 60)
        return days

    def log_in(self, user_id: int, today: int, hour: float) -> None:
        """Also a few minutes around the run."""
        life = self.lives[user_id]
        if life.can_log_in():
            at = seven(LOGIN + timedelta(days=today)) + timedelta(hours=hour - 7)
            self.house.change(user_id, last_login_at=at)
            life.log_in(today)
            self.seen["login"] += 1

    def some_log_in(self, today: int, hour: float) -> None:
        for user_id, habit in self.habits.items():
            if self.dice.random() < habit / 2:
                self.log_in(user_id, today, hour)

    def staff_unlock(self) -> None:
        for user_id, life in self.lives.items():
            if life.lock and life.gone is None and self.dice.random() < 0.01:
                self.house.change(user_id, locked_at=None, lock_reason=None)
                life.lock = None
                self.seen["unlock"] += 1

    def run(self, today: int) -> None:
        """Killed now and then, at any commit; taken over minutes later, after somebody came in between."""
        on, hours = LOGIN + timedelta(days=today), self.dice.choice([0, 0, 0, 6.5])
        done: set[int] = set()
        while True:
            # In the first mornings many are overdue for more than one stage.
            is_killed = self.dice.random() < (0.8 if today < 10 else 0.2)
            self.failpoints.left = self.dice.randrange(14) if is_killed else None
            try:
                self.house.look(on, hours=hours)
            except Killed:
                self.seen["kill"] += 1
                self._somebody_comes_in_between(today, hours + 7.05, done)
                hours += 0.11
                continue
            break
        self.failpoints.left = None
        if (self.house.outcomes()[on] or "").startswith("refused"):
            self._force(today)
        assert (self.house.outcomes()[on] or "").startswith("done")
        self.last_run = today
        for user_id, life in self.lives.items():
            if user_id not in done:
                life.morning(today)

    def _force(self, today: int) -> None:
        """Staff looked at the clock: after missed mornings so many really are due (G11)."""
        due = sum(today >= life.first_possible() for life in self.lives.values())
        again = sum(life.is_sent_again(today) for life in self.lives.values())
        assert due + again > max(20, 0.05 * sum(life.gone is None for life in self.lives.values()))
        assert today - self.last_run > 1
        self.house.force(LOGIN + timedelta(days=today))
        self.seen["force"] += 1

    def _somebody_comes_in_between(self, today: int, hour: float, done: set[int]) -> None:
        for user_id in self.dice.sample(sorted(self.lives), self.dice.choice([0, 0, 1, 3])):
            if user_id in done:
                continue
            if self._was_reached(user_id, today):
                self.lives[user_id].morning(today)
            if self.lives[user_id].can_log_in():
                done.add(user_id)
                self.log_in(user_id, today, hour)
            elif self._was_reached(user_id, today):
                done.add(user_id)

    def _was_reached(self, user_id: int, today: int) -> bool:
        """By what the killed run did: a step, or a mail that it put into the outbox once more."""
        on = LOGIN + timedelta(days=today)
        stepped = select(DormancyStep.id).where(DormancyStep.user_id == user_id, DormancyStep.on == on)
        again = select(Mail.id).where(Mail.about == self.house.user(user_id).public_id, Mail.next_try_at >= seven(on))
        with Session(self.house.engine) as session:
            return any(session.scalars(found).first() is not None for found in (stepped, again))

    def mail_goes_out(self, today: int) -> None:
        failing = [name for name, user_id in self.ids.items() if today in self.bad.get(user_id, ())]
        letters = deliver(self.house.engine, self.house.now, failing)
        expected = {
            user_id: life.deliver(today, is_failing=today in self.bad.get(user_id, ()))
            for user_id, life in self.lives.items()
        }
        assert self._read(letters, today) == {user_id: sorted(names) for user_id, names in expected.items() if names}

    def _read(self, letters: list[Letter], today: int) -> dict[int, list[str]]:
        """By person; each mail once per dormancy."""
        found: dict[int, list[str]] = {}
        for letter in letters:
            name = SUBJECTS.get(letter.subject.partition("(")[2].rstrip(")"))
            if name is None:
                assert letter.subject.startswith(OTHER_SUBJECTS)
                self.arrived[0, f"{letter.address} {letter.subject}", day_week(today)] += "週次" in letter.subject
                continue
            user_id = self.ids[letter.address]
            found.setdefault(user_id, []).append(name)
            self.arrived[user_id, name, self.lives[user_id].since] += 1
            self.seen[name] += 1
        assert max(self.arrived.values(), default=0) <= 1
        return {user_id: sorted(names) for user_id, names in found.items()}

    def compare(self, today: int) -> None:
        expected = {user_id: (life.lock, life.gone) for user_id, life in self.lives.items()}
        with Session(self.house.engine) as session:
            users = session.execute(select(User.id, User.lock_reason, User.deleted_at)).all()
            found = {row.id: (row.lock_reason, number_of(row.deleted_at)) for row in users}
            steps = session.execute(select(DormancyStep.user_id, DormancyStep.stage, DormancyStep.on)).all()
            states = session.execute(select(Mail.address, Mail.kind, Mail.state)).all()
        assert found == expected, f"day {today}"
        notes = [(user_id, note) for user_id, life in self.lives.items() for note in life.past + life.notes]
        taken = sorted((row.user_id, row.stage, (row.on - LOGIN).days) for row in steps)
        assert taken == sorted((user_id, note.name, note.ran) for user_id, note in notes), f"day {today}"
        own = sorted((self.ids[row.address], row.kind, row.state) for row in states if row.address in self.ids)
        stages = [line for line in own if line[1].removeprefix("dormancy-") in SUBJECTS.values()]
        assert stages == sorted((user_id, f"dormancy-{note.name}", note.state) for user_id, note in notes), (
            f"day {today}"
        )


def number_of(moment: datetime | None) -> int | None:
    return (day_of(moment) - LOGIN).days if moment else None


def day_week(today: int) -> int:
    return (LOGIN + timedelta(days=today)).isocalendar().week


@pytest.mark.parametrize("seed", SEEDS)
def test_a_year_of_mornings(app: Flask, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """R5-40..R5-44, G4, G6, C9: with logins, unlocks, missed runs, runs killed at any commit, mail outages and dead mailboxes."""
    monkeypatch.setattr(dormant_accounts.plan_chunk, "__defaults__", (CHUNK,))
    year = Year(app, Failpoints(monkeypatch, dormancy_run, daily_runs), seed)
    missed, outage = 0, 0
    for today in range(1, DAYS + 1):
        year.some_log_in(today, 6.9)
        missed = max(missed - 1, 0) if missed else year.dice.choices([0, 1, 3], [30, 2, 1])[0]
        if not missed:
            year.run(today)
        outage = max(outage - 1, 0) if outage else year.dice.choices([0, 2, 20], [40, 2, 1])[0]
        if not outage:
            year.house.now = seven(LOGIN + timedelta(days=today)) + timedelta(hours=8)
            year.mail_goes_out(today)
        year.compare(today)
        year.some_log_in(today, 18.5)
        year.staff_unlock()
    year.seen["again"] = sum(note.due != note.ran for life in year.lives.values() for note in life.past + life.notes)
    happened = ("login", "unlock", "kill", "again", "warning1", "warning2", "lock", "deletion")
    assert all(year.seen[what] for what in happened), year.seen
