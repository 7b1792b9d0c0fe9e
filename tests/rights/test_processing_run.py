"""The day's run: late, repeated, killed at any commit, by several at once, with the clock set back (R5-10, G4, G6)."""

import json
import threading
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.credential_queries import KINDS
from auth.models import CredentialPair, Organization, User
from base import daily_runs
from base.audit import AuditEntry
from base.clock import reading
from base.clock_watch import look_at_clock
from base.daily_runs import DailyRun, run_if_due
from base.db import db, transaction
from base.job_runs import JobRun
from base.jst import JST
from base.outbox import Mail
from base.refusals import Refused
from base.schedule import processing_date
from rights.codes import AskedRights
from rights.models import RightsRequest
from rights.processing import rounds as processing_rounds
from rights.processing.rounds import JOB, Rounds, catch_up, run_processing
from rights.processing.run import Chunk, carry_out
from rights.removals import enter_removal
from rights.requests import accept_requests
from tests import make
from tests.conftest import Hands
from tests.failpoints import Failpoints, Killed
from tests.rights.entries import CALENDAR, acting, at, entered

FIRST_M, SECOND_M = date(2018, 12, 17), date(2019, 1, 7)
HIGASHI = "higashi-gas.example"
LONG_AGO = at(date(2018, 1, 10))
# Months after the one of FIRST_M in which the rounds of the test with kills take place.
MOST_ROUNDS = 30


class House:
    """One installation and its clock."""

    def __init__(self, app: Flask, hands: Hands) -> None:
        self.app, self.hands = app, hands
        self.rounds = Rounds(lambda: self.hands.now)
        self.daily = DailyRun(JOB, time(0), lambda turn: run_processing(turn, self.rounds))
        with app.app_context():
            self.engine = db.engine
        with transaction(Session(self.engine)) as session:
            operator = make.organization(session, "みなみ", is_operator=True)
            self.center = acting(make.user(session, operator, staff_role="reception"))

    def fill(self, domain: str, on: date, people: int = 5) -> int:
        """Accepted on that day: new people, the third an ID that is set anew; one who waits for acceptance; a removal."""
        with transaction(Session(self.engine)) as session:
            organization = make.organization(session, domain, systems=("JOHS", "TAXIS"), kinds=("retailer",))
            manager = acting(make.user(session, organization, contact_role="primary"))
            make.user(session, organization, f"n2@{domain}", created_at=LONG_AGO)
            asked = AskedRights(johs="J1010")
            for number in range(people):
                row = entered(session, organization, manager, at(on), asked=asked, login_id=f"n{number}@{domain}")
                accept_requests(session, [row], CALENDAR, by=self.center, now=at(on, 11))
            entered(session, organization, manager, at(on), login_id=f"waits@{domain}")
            leaver = make.user(session, organization, f"leaver@{domain}", rights={"JOHS": "J1010"}, created_at=LONG_AGO)
            enter_removal(session, organization, leaver, "", CALENDAR, by=manager, now=at(on))
            return organization.id

    def look(self, now: datetime) -> None:
        """The worker looks whether the day's run is due."""
        self.hands.now = now
        with self.app.app_context():
            run_if_due(self.daily, lambda: self.hands.now)

    def catch_up(self, now: datetime) -> None:
        self.hands.now = now
        with self.app.app_context():
            catch_up(self.rounds)

    def outcome(self, domain: str) -> dict[str, list[Any]]:
        """What is there of these people, without what is different by nature: random names, times."""
        with Session(self.engine) as session:
            people = dict(session.execute(select(User.id, User.login_id)).all())
            requests = session.scalars(select(RightsRequest).order_by(RightsRequest.id))
            ours = {row.public_id: row for row in requests if row.login_id.endswith(domain)}
            trail = session.scalars(select(AuditEntry.subject).where(AuditEntry.action == "request.ordered"))
            mails = session.execute(select(Mail.kind, Mail.address).where(Mail.kind.in_(KINDS))).all()
            pairs = session.scalars(select(CredentialPair))
            found: dict[str, list[Any]] = {
                "requests": [(row.login_id, row.state, row.ordered_at is None) for row in ours.values()],
                "accounts": [people.get(row.user_id or 0) for row in ours.values()],
                "pairs": sorted((people[pair.user_id], pair.ended_at is None) for pair in pairs),
                "mails": sorted((address, kind) for kind, address in mails),
                "trail": sorted(ours[each[8:]].login_id for each in trail if each[8:] in ours),
            }
        return found | {name: _of(domain, found[name]) for name in ("pairs", "mails")}

    def ordered(self, domain: str = HIGASHI) -> list[str]:
        return [login_id.partition("@")[0] for login_id in self.outcome(domain)["trail"]]

    def state_of(self, login_id: str) -> str:
        with Session(self.engine) as session:
            return session.scalars(select(RightsRequest.state).where(RightsRequest.login_id == login_id)).one()

    def runs(self) -> list[tuple[date, str | None]]:
        with Session(self.engine) as session:
            return [(row.on, row.outcome) for row in session.scalars(select(JobRun).order_by(JobRun.on))]


def _of(domain: str, rows: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    return [row for row in rows if row[0].endswith(domain)]


@pytest.fixture
def house(any_app: Flask, hands: Hands) -> House:
    return House(any_app, hands)


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processing_rounds, "CHUNK", 2)
    monkeypatch.setattr(processing_rounds, "MOST_SETTLED", 1)


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), JST).astimezone(UTC)


def test_the_run_begins_at_midnight_in_japan_and_not_a_second_earlier(house: House) -> None:
    """R5-10, G4: what isn't accepted stays, and each newcomer is invited once."""
    house.fill(HIGASHI, date(2018, 12, 13))
    house.look(midnight(FIRST_M) - timedelta(seconds=1))
    assert house.ordered() == []
    for minutes in (0, 20, 300):
        house.look(midnight(FIRST_M) + timedelta(minutes=minutes))
        assert house.ordered() == ["n0", "n1", "n2", "n3", "n4"]
    found = house.outcome(HIGASHI)
    assert len(found["mails"]) == 2 * len(found["pairs"]) == 2 * 5
    assert house.state_of(f"waits@{HIGASHI}") == "entered"
    assert house.runs()[-1] == (FIRST_M, "done ordered=5 stuck=0")


def test_days_without_a_worker_are_caught_up_with_once_and_in_order(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """G6, R5-10: down for three weeks, over two processing dates."""
    monkeypatch.setattr(processing_rounds, "CHUNK", 3)
    house.fill("second.example", date(2018, 12, 28), 2)
    house.fill("first.example", date(2018, 12, 13), 2)
    house.look(at(date(2019, 1, 10)))
    with Session(house.engine) as session:
        ms = (RightsRequest.processing_date, RightsRequest.ordered_at)
        lines = select(AuditEntry.subject).where(AuditEntry.action == "request.ordered").order_by(AuditEntry.id)
        rows = {f"request:{row.public_id}": row for row in session.scalars(select(RightsRequest))}
        assert [rows[line].processing_date for line in session.scalars(lines)] == [FIRST_M] * 2 + [SECOND_M] * 2
        assert len(session.execute(select(*ms).where(RightsRequest.ordered_at.is_not(None))).all()) == 4
    house.look(at(date(2019, 1, 11)))
    assert [outcome for _on, outcome in house.runs()] == ["done ordered=4 stuck=0", "done ordered=0 stuck=0"]


def test_a_run_takes_a_chunk_at_a_time_and_a_new_one_goes_on_where_it_ended(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """G10, G4: never more than a chunk in one transaction, however many are due; what 100 000 cost `bench/processing.py` says."""
    monkeypatch.setattr(processing_rounds, "CHUNK", 2)
    failpoints = Failpoints(monkeypatch, processing_rounds, daily_runs)
    seen: list[Chunk] = []
    house.fill(HIGASHI, date(2018, 12, 13), 7)
    monkeypatch.setattr(processing_rounds, "carry_out", lambda *args, **facts: noted(seen, carry_out(*args, **facts)))
    # The run's own beginning has a transaction too, and each has a point before and one after its commit.
    failpoints.left = 2 + 2 * 2
    with pytest.raises(Killed):
        house.look(midnight(FIRST_M))
    assert [chunk.ordered for chunk in seen] == [2, 2, 2]
    ordered = len(house.ordered())
    assert ordered in {4, 6}
    house.look(midnight(FIRST_M) + timedelta(minutes=20))
    assert [chunk.ordered for chunk in seen[3:]] == [2] * ((7 - ordered) // 2) + [1, 0]
    assert len(house.ordered()) == 7


def noted(seen: list[Chunk], chunk: Chunk) -> Chunk:
    seen.append(chunk)
    return chunk


@pytest.mark.usefixtures("small_chunks")
def test_killed_at_each_commit_in_turn_it_ends_as_one_clean_run(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """G4, R5-10: before and after every commit, and taken over when the dead run has gone stale."""
    failpoints = Failpoints(monkeypatch, processing_rounds, daily_runs)
    found: list[dict[str, list[Any]]] = []
    for number in range(MOST_ROUNDS):
        year, month = divmod(12 + number, 12)
        on, domain = date(2018 + year, month + 1, 13), f"round{number:02}.example"
        house.fill(domain, on, 3)
        begun = midnight(processing_date(on, CALENDAR))
        failpoints.left = number - 1 if number else None
        is_killed = _is_killed(house, begun)
        failpoints.left = None
        house.look(begun + timedelta(minutes=6))
        found.append(json.loads(json.dumps(house.outcome(domain)).replace(domain, "round")))
        if number and not is_killed:
            break
    clean = found[0]
    assert clean["trail"] == [f"n{number}@round" for number in range(3)]
    assert ["leaver@round", "completed", True] in clean["requests"]
    assert [number for number, one in enumerate(found) if one != clean] == []
    assert 2 * (2 + 3 + 2) < len(found) < MOST_ROUNDS


def _is_killed(house: House, now: datetime) -> bool:
    try:
        house.look(now)
    except Killed:
        return True
    return False


@pytest.mark.usefixtures("small_chunks")
def test_several_at_once_carry_each_request_out_once(house: House) -> None:
    """G4: hosts that both think that it is their turn, and one who looks for what came late."""
    house.fill(HIGASHI, date(2018, 12, 13))
    house.hands.now = midnight(FIRST_M)
    with house.app.app_context(), transaction() as session:
        session.add(_ended_run(FIRST_M))
    barrier, faults = threading.Barrier(4), list[BaseException]()

    def run() -> None:
        barrier.wait()
        try:
            house.catch_up(midnight(FIRST_M))
        except BaseException as fault:  # noqa: BLE001 - whatever it is, the test tells
            faults.append(fault)

    runners = [threading.Thread(target=run) for _ in range(4)]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join()
    assert faults == []
    assert house.ordered() == ["n0", "n1", "n2", "n3", "n4"]
    assert len(house.outcome(HIGASHI)["pairs"]) == 5


def _ended_run(on: date) -> JobRun:
    now = midnight(on)
    return JobRun(job=JOB, on=on, begun_at=now, touched_at=now, runner="a", ended_at=now, outcome="done")


def test_a_clock_that_is_set_back_makes_nothing_early_and_nothing_twice(house: House) -> None:
    """G4: also where it happens in the middle of the run."""
    house.fill(HIGASHI, date(2018, 12, 13))
    house.fill("later.example", date(2018, 12, 28))
    house.look(at(FIRST_M))
    for day in (date(2018, 12, 15), FIRST_M, date(2019, 1, 6)):
        house.look(at(day))
    assert (len(house.ordered()), house.ordered("later.example")) == (5, [])
    set_back = Rounds(lambda: at(date(2019, 1, 6), 23))
    with house.app.app_context():
        run_if_due(replace(house.daily, run=lambda turn: run_processing(turn, set_back)), lambda: at(SECOND_M))
    assert house.ordered("later.example") == []
    house.catch_up(at(SECOND_M))
    assert len(house.ordered("later.example")) == 5


def test_what_becomes_due_after_the_day_s_run_is_carried_out_the_same_day(house: House) -> None:
    """R5-10, G8: accepted in the last second, or made possible by staff."""
    house.look(midnight(FIRST_M))
    organization_id = house.fill(HIGASHI, date(2018, 12, 13))
    with transaction(Session(house.engine)) as session:
        session.get_one(Organization, organization_id).ended_at = at(date(2018, 12, 16))
    house.catch_up(at(FIRST_M))
    assert house.ordered() == []
    with transaction(Session(house.engine)) as session:
        session.get_one(Organization, organization_id).ended_at = None
    house.catch_up(at(date(2018, 12, 16)))
    assert house.ordered() == []
    house.catch_up(at(FIRST_M, 12))
    assert len(house.ordered()) == 5


def test_a_removal_is_settled_with_the_run_or_by_whoever_enters_anew_before_it(house: House) -> None:
    """R5-17, R5-18."""
    house.fill(HIGASHI, date(2018, 12, 13))
    with transaction(Session(house.engine)) as session:
        leaver = session.scalars(select(User).where(User.login_id == f"leaver@{HIGASHI}")).one()
        manager = acting(session.scalars(select(User).where(User.contact_role == "primary")).one())
        for hour in (23, 24):
            with pytest.raises(Refused) if hour == 23 else nullcontext():
                entered(session, leaver.organization, manager, at(date(2018, 12, 13), hour), login_id=leaver.login_id)
    with Session(house.engine) as session:
        states = select(RightsRequest.state).where(RightsRequest.login_id == f"leaver@{HIGASHI}")
        assert session.scalars(states.order_by(RightsRequest.id)).all() == ["completed", "entered"]
    house.fill("next.example", date(2018, 12, 14))
    house.look(midnight(date(2018, 12, 15)))
    assert house.state_of("leaver@next.example") == "completed"


def test_somebody_who_can_not_be_invited_stops_nobody(house: House) -> None:
    """R5-10 ④: a newcomer and one set anew whose IDs are no addresses have their accounts, and no mail."""
    house.fill(HIGASHI, date(2018, 12, 13))
    these = [f"n1@{HIGASHI}", f"n2@{HIGASHI}"]
    with transaction(Session(house.engine)) as session:
        for row in session.scalars(select(RightsRequest).where(RightsRequest.login_id.in_(these))):
            row.login_id = f"{row.login_id[:2]} @ {HIGASHI}"
    house.look(midnight(FIRST_M))
    found = house.outcome(HIGASHI)
    assert len(found["trail"]) == 5
    assert None not in found["accounts"][:5]
    assert [login_id[:2] for login_id, _is_open in found["pairs"]] == ["n0", "n3", "n4"]


def test_staff_who_invite_the_same_person_at_that_moment_don_t_stop_the_run(house: House) -> None:
    """R5-10 ④, G8: whoever is in the way follows with the next look."""
    house.fill(HIGASHI, date(2018, 12, 13))
    is_locked, run_waits = threading.Event(), threading.Event()

    def invite() -> None:
        with transaction(Session(house.engine)) as session:
            user = session.scalars(select(User).where(User.login_id == f"n2@{HIGASHI}").with_for_update()).one()
            is_locked.set()
            run_waits.wait(0.4)
            session.add(CredentialPair(user_id=user.id, created_at=midnight(FIRST_M)))

    staff = threading.Thread(target=invite)
    staff.start()
    is_locked.wait(10)
    house.look(midnight(FIRST_M))
    staff.join()
    assert set(house.ordered()) >= {"n0", "n1", "n3", "n4"}
    house.catch_up(midnight(FIRST_M) + timedelta(minutes=1))
    assert house.ordered() == ["n0", "n1", "n2", "n3", "n4"]
    assert sum(is_open for login_id, is_open in house.outcome(HIGASHI)["pairs"] if login_id[:2] == "n2") == 1


def test_the_command_tells_what_is_due_and_carries_it_out(house: House) -> None:
    """R5-10, G4: never a day that is yet to come."""
    house.fill(HIGASHI, date(2018, 12, 13))
    house.hands.now = at(date(2018, 12, 18))
    runner = house.app.test_cli_runner(catch_exceptions=False)
    told = [runner.invoke(args=["processing", *words.split()]) for words in COMMANDS]
    assert [answer.exit_code for answer in told] == [0, 1, 0, 0, 0, 0]
    assert told[0].output == "2018/12/17(月)  5\n"
    assert "2018-12-19 is yet to come" in told[1].output
    assert told[2].output == "nothing is due\n"
    assert told[3].output == "done ordered=5 stuck=0\n"
    assert told[4].output == "done ordered=5 stuck=0\n"
    assert "last run: of 2018/12/18(火), ended 2018/12/18(火) 10:00: done ordered=5 stuck=0" in told[5].output


def test_by_a_clock_that_jumped_nothing_is_carried_out_unless_somebody_says_so(house: House) -> None:
    """G11: neither by the worker nor by the command, nor what came late."""
    house.fill(HIGASHI, date(2018, 12, 13))
    house.hands.now = at(date(2018, 12, 14))
    with house.app.app_context(), transaction() as session:
        look_at_clock(session, reading(house.hands.now))
    house.look(at(date(2019, 12, 14)))
    with house.app.app_context(), transaction() as session:
        session.add(_ended_run(date(2019, 12, 14)))
    house.catch_up(at(date(2019, 12, 14)))
    refused = house.app.test_cli_runner(catch_exceptions=False).invoke(args=["processing", "run"])
    assert (refused.exit_code, "refused" in refused.output, house.ordered()) == (1, True, [])
    house.app.test_cli_runner(catch_exceptions=False).invoke(args=["processing", "run", "--force"])
    assert len(house.ordered()) == 5


COMMANDS = (
    "run --dry-run",
    "run --on 2018-12-19",
    "run --on 2018-12-16 --dry-run",
    "run",
    "run",
    "status",
)
