"""Half a year of forty organizations: on every day each person holds exactly what a model of its own says (R5-10 to R5-18)."""

import os
import random
from collections import Counter
from collections.abc import Callable
from datetime import datetime, time, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from auth.models import CredentialPair, Organization, User
from base import daily_runs
from base.actors import Actor
from base.business_days import BusinessCalendar
from base.daily_runs import DailyRun, run_if_due
from base.db import db, transaction
from base.jst import start_of
from base.refusals import Refused
from rights.changes import Wanted, enter_change
from rights.codes import AskedRights, System
from rights.completions import complete_parts, complete_registration
from rights.held import Held, held_rights
from rights.models import HeldRight, RightsRequest
from rights.processing import rounds
from rights.processing.rounds import JOB, Rounds, run_processing
from rights.removals import enter_removal
from rights.request_queries import open_request_for
from rights.requests import accept_request, cancel_request
from rights.withdrawals import take_back
from tests import make
from tests.conftest import Hands
from tests.failpoints import Failpoints, Killed
from tests.rights.entries import acting, entered
from tests.rights.model_of_rights import A_DAY, FIRST_DAY, Life, day_at

IS_LONG = "CRASH_ROUNDS" in os.environ
ORGANIZATIONS, DAYS = 40, 184
SEEDS = tuple(range(1, 9)) if IS_LONG else (1,)
PRESSES_A_DAY = 16 if IS_LONG else 5
CODES = {
    System.TAXIS: ("1010", "1011", "1012"),
    System.JOHS: ("J1010",),
    System.JUJU: ("yes",),
    System.LOACUS: ("02010", "02011", "03010"),
}
MEMO = "6人目以降も業務に必要なため"
LONG_AGO = -400 * A_DAY
CALENDAR = BusinessCalendar()
# From 08:00 to 20:00 people press; the last of them may be on the next processing date's eve.
OPENING, CLOSING = 8 * 60, 20 * 60


def moment(minute: int) -> datetime:
    return start_of(FIRST_DAY) + timedelta(minutes=minute)


def asked_rights(codes: dict[str, str]) -> AskedRights:
    return AskedRights(**{system.lower(): code for system, code in codes.items()})


class HalfYear:
    """The installation, its people, and the model, living through the same minutes."""

    def __init__(self, app: Flask, hands: Hands, failpoints: Failpoints, seed: int) -> None:
        self.app, self.hands, self.failpoints, self.dice = app, hands, failpoints, random.Random(seed)
        self.daily = DailyRun(JOB, time(0), lambda turn: run_processing(turn, Rounds(lambda: hands.now)))
        self.lives: dict[str, Life] = {}
        self.homes: dict[str, int] = {}
        self.managers: dict[int, Actor] = {}
        self.seen: Counter[str] = Counter()
        self.minute = 0
        with app.app_context():
            self.engine = db.engine
        with transaction(Session(self.engine)) as session:
            operator = make.organization(session, "みなみ", is_operator=True)
            self.center = acting(make.user(session, operator, staff_role="reception"))
            for number in range(ORGANIZATIONS):
                self._settle_in(session, number)

    def _settle_in(self, session: Session, number: int) -> None:
        """An organization with its contact manager, some who hold rights, and IDs of people still to come."""
        row = make.organization(
            session, f"事業者{number}", systems=tuple(CODES), kinds=("retailer", "shipper", "producer")
        )
        domain = f"org{number}.example"
        self.managers[row.id] = acting(make.user(session, row, f"manager@{domain}", contact_role="primary"))
        for each in range(6):
            login_id, life = f"person{each}@{domain}", Life()
            self.homes[login_id], self.lives[login_id] = row.id, life
            if each < 3:
                rights = self._some_rights()
                make.user(session, row, login_id, rights=rights, created_at=moment(LONG_AGO))
                life.marks |= {system: [(LONG_AGO, code)] for system, code in rights.items()}
                life.has_account = True

    def _some_rights(self) -> dict[str, str]:
        systems = self.dice.sample(sorted(CODES), self.dice.randint(1, 4))
        return {str(system): self.dice.choice(CODES[system]) for system in systems}

    def live_through(self, day: int) -> None:
        self.minute = day * A_DAY
        if self.dice.random() > 0.15:
            self._run(day * A_DAY + self.dice.randint(0, OPENING - 30))
        for minute in sorted(self.dice.randint(OPENING, CLOSING) for _ in range(PRESSES_A_DAY)):
            self._press(minute + day * A_DAY)
        for login_id in [login_id for login_id, life in self.lives.items() if life.open]:
            if self.dice.random() < 0.15:
                self._attend_to(login_id, day * A_DAY + self.dice.randint(CLOSING, A_DAY - 2))
        self._compare(day)

    def _run(self, minute: int) -> None:
        """Once in five times it is killed on the way, and begun again when the dead run has gone stale."""
        self.failpoints.left = self.dice.randint(0, 8) if self.dice.random() < 0.2 else None
        for late in (0, 6, 12):
            self.hands.now = moment(minute + late)
            try:
                with self.app.app_context():
                    run_if_due(self.daily, lambda: self.hands.now)
            except Killed:
                self.seen["run killed"] += 1
        self.failpoints.left = None
        for life in self.lives.values():
            life.run(day_at(minute))

    def _press(self, minute: int) -> None:
        """A contact manager at somebody's screen, whether that makes sense or not; often at one that has something under way."""
        under_way = [login_id for login_id, life in self.lives.items() if life.open and life.open.kind != "new"]
        login_id = self.dice.choice(under_way if under_way and self.dice.random() < 0.5 else sorted(self.lives))
        if self.lives[login_id].open and self.dice.random() < 0.5:
            self._withdrawal(login_id, minute)
            return
        verb = self.dice.choice(("new", "new", "change", "change", "removal", "withdrawal"))
        getattr(self, f"_{verb}")(login_id, minute)

    def _attend_to(self, login_id: str, minute: int) -> None:
        """The reception center at an open request; what it presses may be the wrong button."""
        verb = self.dice.choice(("acceptance",) * 4 + ("cancellation", "registration", "registration", "completion"))
        getattr(self, f"_{verb}")(login_id, minute)

    def _attempt(
        self, verb: str, minute: int, operation: Callable[[Session], object], model: Callable[[], bool]
    ) -> None:
        """Both do it, or both refuse; once in thirty times the machine goes before the commit, and nothing has happened."""
        dies = self.dice.random() < 0.03
        self.hands.now = moment(minute)
        try:
            with transaction(Session(self.engine)) as session:
                operation(session)
                if dies:
                    raise Killed  # noqa: TRY301 # where the machine would go
            taken = True
        except Refused:
            taken = False
        except Killed:
            self.seen["press killed"] += 1
            return
        assert taken == model(), (verb, moment(minute))
        self.seen[f"{verb} {'taken' if taken else 'refused'}"] += 1

    def _home(self, session: Session, login_id: str) -> tuple[Organization, Actor]:
        home = self.homes[login_id]
        return session.get_one(Organization, home), self.managers[home]

    def _user(self, session: Session, login_id: str) -> User | None:
        return session.scalars(select(User).where(User.login_id_folded == login_id)).one_or_none()

    def _open(self, session: Session, login_id: str) -> RightsRequest:
        found = open_request_for(session, login_id)
        if found is None:
            raise Refused("nothing is open")
        return found

    def _new(self, login_id: str, minute: int) -> None:
        asked = self._some_rights()

        def operation(session: Session) -> None:
            home, by = self._home(session, login_id)
            rights = asked_rights(asked)
            entered(session, home, by, self.hands.now, login_id=login_id, asked=rights, memo=MEMO)

        self._attempt("new", minute, operation, lambda: self.lives[login_id].enter(minute, dict(asked)))

    def _change(self, login_id: str, minute: int) -> None:
        wanted = self._some_rights()
        if not self.lives[login_id].has_account:
            return

        def operation(session: Session) -> None:
            home, by = self._home(session, login_id)
            user = self._user(session, login_id)
            assert user is not None
            order = Wanted(asked_rights(wanted), MEMO)
            enter_change(session, home, user, order, CALENDAR, by=by, now=self.hands.now)

        self._attempt("change", minute, operation, lambda: self.lives[login_id].change(minute, wanted))

    def _removal(self, login_id: str, minute: int) -> None:
        if not self.lives[login_id].has_account:
            return

        def operation(session: Session) -> None:
            home, by = self._home(session, login_id)
            user = self._user(session, login_id)
            assert user is not None
            enter_removal(session, home, user, "", CALENDAR, by=by, now=self.hands.now)

        self._attempt("removal", minute, operation, lambda: self.lives[login_id].remove(minute))

    def _withdrawal(self, login_id: str, minute: int) -> None:
        def operation(session: Session) -> None:
            _home, by = self._home(session, login_id)
            take_back(session, self._open(session, login_id), by=by, now=self.hands.now)

        self._attempt("withdrawal", minute, operation, lambda: self.lives[login_id].withdraw(minute))

    def _acceptance(self, login_id: str, minute: int) -> None:
        def operation(session: Session) -> None:
            request = self._open(session, login_id)
            accept_request(session, request, CALENDAR, by=self.center, now=self.hands.now)

        self._attempt("acceptance", minute, operation, lambda: self.lives[login_id].accept(minute))

    def _cancellation(self, login_id: str, minute: int) -> None:
        def operation(session: Session) -> None:
            request, now = self._open(session, login_id), self.hands.now
            cancel_request(session, request, "電話で確認", "窓口の方", now, by=self.center, now=now)

        self._attempt("cancellation", minute, operation, lambda: self.lives[login_id].cancel(minute))

    def _registration(self, login_id: str, minute: int) -> None:
        def operation(session: Session) -> None:
            request, number = self._open(session, login_id), f"U{sorted(self.lives).index(login_id):06}"
            complete_registration(session, request, number, CALENDAR, by=self.center, now=self.hands.now)

        self._attempt("registration", minute, operation, lambda: self.lives[login_id].register(minute))

    def _completion(self, login_id: str, minute: int) -> None:
        systems = set(self.dice.sample((System.JUJU, System.LOACUS), self.dice.randint(1, 2)))

        def operation(session: Session) -> None:
            request = self._open(session, login_id)
            complete_parts(session, request, systems, CALENDAR, by=self.center, now=self.hands.now)

        names = {str(system) for system in systems}
        self._attempt("completion", minute, operation, lambda: self.lives[login_id].complete(minute, names))

    def rows(self) -> dict[str, list[Held]]:
        found: dict[str, list[Held]] = {login_id: [] for login_id in self.lives}
        with Session(self.engine) as session:
            columns = (User.login_id, HeldRight.system, HeldRight.code, HeldRight.from_at, HeldRight.until_at)
            for login_id, system, code, from_at, until_at in session.execute(
                select(*columns).join(User, User.id == HeldRight.user_id)
            ):
                found[login_id].append(Held(System(system), code, from_at, until_at))
        return found

    def _compare(self, day: int) -> None:
        """At three times of the day, and two weeks from now as far as it is known."""
        held = self.rows()
        for minute in (day * A_DAY, day * A_DAY + 720, (day + 1) * A_DAY - 1, (day + 14) * A_DAY):
            assert {login_id: held_rights(rows, moment(minute)) for login_id, rows in held.items()} == self._modelled(
                minute
            )
        with Session(self.engine) as session:
            is_open = (RightsRequest.state.in_(("entered", "accepted")), RightsRequest.kind != "removal")
            under_way = set(session.scalars(select(RightsRequest.login_id).where(*is_open)))
        assert under_way == {each for each, life in self.lives.items() if life.open and life.open.kind != "removal"}

    def _modelled(self, minute: int) -> dict[str, dict[str, str]]:
        return {login_id: life.holds(minute) for login_id, life in self.lives.items()}

    def compare_all_days(self) -> None:
        """Nothing that came later has changed what had been."""
        held = self.rows()
        for minute in range(0, DAYS * A_DAY, A_DAY // 2):
            assert {login_id: held_rights(rows, moment(minute)) for login_id, rows in held.items()} == self._modelled(
                minute
            )

    def invitations(self) -> int:
        with Session(self.engine) as session:
            return session.scalar(select(func.count()).select_from(CredentialPair)) or 0


EXPECTED = {
    *(f"{verb} {how}" for verb in ("new", "change", "removal", "withdrawal") for how in ("taken", "refused")),
    *(f"{verb} {how}" for verb in ("acceptance", "cancellation", "registration") for how in ("taken", "refused")),
    *("completion taken", "completion refused", "run killed", "press killed"),
}


@pytest.mark.parametrize("seed", SEEDS)
def test_each_day_each_person_holds_what_the_model_says(
    app: Flask, hands: Hands, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """R5-10, R5-14 to R5-18, R5-30, R5-32, G4, G6: random orders, wrong buttons, missed and killed runs; and who was invited how often."""
    monkeypatch.setattr(rounds, "CHUNK", 3)
    year = HalfYear(app, hands, Failpoints(monkeypatch, rounds, daily_runs), seed)
    for day in range(DAYS):
        year.live_through(day)
    year.compare_all_days()
    assert year.invitations() == sum(life.invitations for life in year.lives.values()) > 10
    assert set(year.seen) >= EXPECTED
