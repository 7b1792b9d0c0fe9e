"""The morning run and a login, or another run, at the same moment, on each database."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.dormant_accounts import step_chunk
from auth.identity import SessionLimits
from auth.login_candidates import Candidate
from auth.logins import Door, admit
from auth.models import DormancyStep, User
from base.actors import WORKER
from base.db import transaction
from base.outbox import Mail
from tests import make
from tests.auth.mornings import LOGIN, House, day, deliver, login_at, seven, steps
from tests.conftest import Hands

ROUNDS = 8
PEOPLE = 6


@pytest.fixture
def house(any_app: Flask, hands: Hands) -> House:
    return House(any_app)


def at_once(*acts: Callable[[], object]) -> None:
    barrier = Barrier(len(acts))

    def run(act: Callable[[], object]) -> None:
        barrier.wait()
        act()

    with ThreadPoolExecutor(len(acts)) as pool:
        for running in [pool.submit(run, act) for act in acts]:
            running.result()


def logs_in(house: House, user_id: int, door: Door, number: int) -> None:
    user = house.user(user_id)
    candidate = Candidate(user.id, user.login_id, user.organization_id, user.password_hash, False, True, "PC-01")
    with transaction(Session(house.engine)) as session:
        admit(session, candidate, door, seven(day(number)) + timedelta(seconds=1))


def door_of(house: House) -> Door:
    with transaction(Session(house.engine)) as session:
        issued = make.client_certificate()
        certificate_id = make.registration(session, session.get_one(User, 1).organization, issued).certificate_id
    return Door(certificate_id, "ab" * 32, None, None, 5, 5, SessionLimits(3600, 43200))


@pytest.mark.parametrize(("stage", "number"), [("lock", 180), ("deletion", 210)])
def test_a_login_at_the_moment_of_the_run_either_comes_first_or_finds_the_door_shut(
    house: House, stage: str, number: int
) -> None:
    """C9: nobody who is just in is locked or deleted, and nobody locked or deleted gets in."""
    people = [house.person(f"p{one}@higashi-gas.example") for one in range(ROUNDS)]
    door = door_of(house)
    for before in (120, 150, 180, 210):
        if before < number:
            house.morning(day(before))
    for user_id in people:
        house.change(user_id, locked_at=None, lock_reason=None)
    house.now = seven(day(number))

    def run() -> None:
        with transaction(Session(house.engine)) as session:
            step_chunk(session, day(number), 0, by=WORKER, now=house.now)

    at_once(run, *(lambda who=who: logs_in(house, who, door, number) for who in people))
    for user_id in people:
        user = house.user(user_id)
        is_in = user.last_login_at != login_at(LOGIN)
        is_out = user.locked_at is not None or user.deleted_at is not None
        has_step = any((who, step) == (user_id, stage) for who, step, _on in steps(house.engine))
        assert is_in is not is_out
        assert has_step is is_out


def test_two_workers_at_once_take_each_step_once(house: House) -> None:
    """G4, R5-44: two hosts, one run a day."""
    for one in range(PEOPLE):
        house.person(f"p{one}@higashi-gas.example")
    for number in (120, 150, 180):
        house.now = seven(day(number))
        at_once(*[lambda number=number: house.look(day(number))] * 3)
        letters = deliver(house.engine, house.now)
        assert Counter(letter.address for letter in letters) == {
            f"p{one}@higashi-gas.example": 1 for one in range(PEOPLE)
        }
    assert len(steps(house.engine)) == 3 * PEOPLE


def test_runs_of_two_days_at_once_give_nobody_the_same_stage_twice(house: House) -> None:
    """G4, R5-40: a command by hand beside the worker."""
    for one in range(PEOPLE):
        house.person(f"p{one}@higashi-gas.example")

    def run(number: int) -> None:
        with transaction(Session(house.engine)) as session:
            step_chunk(session, day(number), 0, by=WORKER, now=seven(day(number)))

    at_once(lambda: run(200), lambda: run(201))
    with Session(house.engine) as session:
        taken = Counter((row.user_id, row.stage) for row in session.scalars(select(DormancyStep)))
        mails = Counter(session.scalars(select(Mail.occasion)))
    assert set(taken.values()) == set(mails.values()) == {1}
    assert len(taken) == len(mails) >= PEOPLE
