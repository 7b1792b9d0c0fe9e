"""Locks: by themselves after five wrong ones in a row, by staff at once; only staff unlock (R6-3)."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from auth.locks import count_wrong, count_wrong_answer, lock_user, unlock_user
from auth.models import LOCK_REASONS, User
from base.actors import Actor
from base.audit import AuditEntry
from base.db import transaction
from base.refusals import Conflict, Refused
from tests import make
from tests.certificates import NOW

BY = Actor("uketsuke@minami-network.example", 999)
LIMIT = 5


@pytest.fixture
def person(session: Session) -> User:
    return make.user(session, make.organization(session), "minami@higashi-gas.example")


def lines(session: Session, action: str) -> list[AuditEntry]:
    session.flush()
    return list(session.scalars(select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.id)))


def test_staff_lock_at_once_and_it_is_recorded(session: Session, person: User) -> None:
    """R6-3, R6-8."""
    person.reset_sent_at = NOW
    lock_user(session, person, "退職の連絡があったため", by=BY, now=NOW)
    assert (person.locked_at, person.lock_reason) == (NOW, "staff")
    assert person.reset_sent_at is None
    (line,) = lines(session, "account.locked")
    assert json.loads(line.after) == {"reason": "staff", "why": "退職の連絡があったため"}
    assert (line.actor, line.organization_id) == (BY.label, person.organization_id)


def test_what_cannot_be_locked_says_why(session: Session, person: User) -> None:
    """R6-3, R8-3."""
    with pytest.raises(Refused, match="ご自身"):
        lock_user(session, person, "x", by=Actor(person.login_id, person.id), now=NOW)
    lock_user(session, person, "x", by=BY, now=NOW)
    with pytest.raises(Conflict, match="すでにロック"):
        lock_user(session, person, "x", by=BY, now=NOW)
    person.deleted_at = NOW
    with pytest.raises(Conflict, match="削除"):
        lock_user(session, person, "x", by=BY, now=NOW)
    with pytest.raises(Conflict, match="削除"):
        unlocked(session, person)


def unlocked(session: Session, person: User) -> None:
    unlock_user(session, person, "本人からの電話", "生年月日と所属", by=BY, now=NOW + timedelta(hours=1))


@pytest.mark.parametrize("reason", LOCK_REASONS)
def test_unlocking_forgets_what_was_counted_and_keeps_the_last_login(
    session: Session, person: User, reason: str
) -> None:
    """R6-3, R5-42: what was done and how the caller was identified is recorded; the days since the last login go on."""
    last, version = NOW - timedelta(days=181), person.reset_version
    facts: dict[str, Any] = {"wrong_passwords": 5, "wrong_answers": 3, "locked_tries": 2, "locked_tries_from": NOW}
    for name, value in {**facts, "last_login_at": last, "locked_at": NOW, "lock_reason": reason}.items():
        setattr(person, name, value)
    unlocked(session, person)
    session.flush()
    assert (person.locked_at, person.lock_reason, person.last_login_at) == (None, None, last)
    assert (person.wrong_passwords, person.wrong_answers, person.locked_tries) == (0, 0, 0)
    assert person.reset_version == version + 1
    assert person.reset_sent_at is None
    (line,) = lines(session, "account.unlocked")
    assert json.loads(line.after) == {"why": "本人からの電話", "identified_by": "生年月日と所属"}
    assert json.loads(line.before)["reason"] == reason


def test_what_is_not_locked_cannot_be_unlocked(session: Session, person: User) -> None:
    """R6-3."""
    with pytest.raises(Conflict, match="ロックされていません"):
        unlocked(session, person)


def test_the_fifth_wrong_answer_locks_and_kills_the_link(session: Session, person: User) -> None:
    """R6-3, R6-7, C10."""
    person.reset_sent_at = NOW
    session.flush()
    answers = [count_wrong_answer(session, person, LIMIT, by=BY, now=NOW) for _ in range(LIMIT + 2)]
    session.refresh(person)
    assert answers == [False] * 4 + [True] + [False] * 2
    assert (person.wrong_answers, person.lock_reason) == (5, "answer")
    assert person.reset_sent_at is None
    assert [json.loads(line.after) for line in lines(session, "account.locked")] == [{"reason": "answer"}]


def test_the_two_counters_know_nothing_of_each_other(session: Session, person: User) -> None:
    """R6-3: five of one kind in a row lock, not five of both."""
    for what in ("password", "answer", "password", "answer", "password", "answer"):
        assert not count_wrong(session, person.id, what, LIMIT, NOW)
    session.refresh(person)
    assert (person.wrong_passwords, person.wrong_answers, person.locked_at) == (3, 3, None)


@pytest.mark.parametrize("what", ["password", "answer"])
def test_fifty_wrong_ones_at_once_are_five_and_one_lock(engine: Engine, what: str) -> None:
    """C3, C10."""
    with transaction(Session(engine)) as session:
        person_id = make.user(session, make.organization(session)).id

    def press(_number: int) -> bool:
        with transaction(Session(engine)) as session:
            return count_wrong(session, person_id, what, LIMIT, NOW)  # type: ignore[arg-type] # one of the two words

    with ThreadPoolExecutor(10) as pool:
        assert sum(pool.map(press, range(50))) == 1
    with Session(engine) as session:
        person = session.get_one(User, person_id)
        assert (getattr(person, f"wrong_{what}s"), person.lock_reason) == (5, what)
