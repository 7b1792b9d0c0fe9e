"""Logging in: registered certificate, then ID and password (R6-2, R6-3)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import bindparam, case, insert, literal, or_, select, update
from sqlalchemy.orm import Session

from auth.identity import SessionLimits, hash_of
from auth.locks import count_wrong
from auth.login_candidates import Candidate
from auth.login_id import fold, refusal_for
from auth.login_sessions import end_session, new_session_id, open_sessions
from auth.models import LoginSession, User
from auth.passwords import Passwords
from base.actors import Actor
from base.audit import record
from base.db import Base, Moment
from base.identifiers import public_id

NOBODY = 0  # the id of no row
NO_ID = "no ID"
PEOPLE = Base.metadata.tables[User.__tablename__]
# Written once: at each login they would cost as much to write as to run.
BEFORE = select(PEOPLE.c.last_login_at, PEOPLE.c.last_login_pc).where(PEOPLE.c.id == bindparam("of")).with_for_update()
ENTER = (
    update(PEOPLE)
    .where(PEOPLE.c.id == bindparam("of"), PEOPLE.c.locked_at.is_(None), PEOPLE.c.deleted_at.is_(None))
    .where(PEOPLE.c.password_hash == bindparam("checked"))
    .values(wrong_passwords=0, last_login_at=bindparam("at"), last_login_pc=bindparam("pc"))
    .values(password_hash=bindparam("kept"))
    .returning(PEOPLE.c.id)
)
BEGIN = insert(Base.metadata.tables[LoginSession.__tablename__])
LOCKED_TRIES = 3
LOCKED_TRIES_WITHIN = timedelta(hours=1)


class Outcome(StrEnum):
    """`FAILED` is all that the outside hears, but for `LOCKED` (R6-3)."""

    FAILED = "failed"
    LOCKED = "locked"


@dataclass(frozen=True, slots=True)
class Door:
    """Which certificate a login came by, how many wrong passwords lock, how many sessions an account has at once (B9)."""

    certificate_id: int
    fingerprint: str
    address: str | None
    reference: str | None
    wrong_password_limit: int
    sessions_at_once: int
    session_limits: SessionLimits


def _take_locked_try(session: Session, user_id: int, now: datetime) -> bool:
    """A locked account has three evaluated tries an hour; the rest cost the same and mean nothing."""
    is_new_hour = or_(User.locked_tries_from.is_(None), User.locked_tries_from <= now - LOCKED_TRIES_WITHIN)
    take = (
        update(User)
        .where(User.id == user_id, User.locked_at.is_not(None), or_(is_new_hour, User.locked_tries < LOCKED_TRIES))
        .values(
            locked_tries=case((is_new_hour, 1), else_=User.locked_tries + 1),
            locked_tries_from=case((is_new_hour, literal(now, Moment())), else_=User.locked_tries_from),
        )
    )
    return session.execute(take.returning(User.id)).first() is not None


def _named(typed_id: str) -> str:
    """What the trail keeps of a typed ID: no password that slipped into the wrong field, though it holds an @."""
    return fold(typed_id) if refusal_for(typed_id) is None else NO_ID


def _actor(login_id: str, door: Door, candidate: Candidate | None) -> Actor:
    own = candidate is not None and candidate.pc_name is not None
    return Actor(
        login_id,
        candidate.user_id if candidate and own else None,
        candidate.organization_id if candidate and own else None,
        door.fingerprint,
        door.address,
        door.reference,
    )


def refuse_login(
    session: Session, login_id: str, candidate: Candidate | None, door: Door, *, is_right: bool, now: datetime
) -> Outcome:
    """Count and record a login that doesn't lead in. Counted only from the person's own organization's PC (C5, A16)."""
    # Judged whoever it is: an unknown ID costs no more than a known one (C2).
    named = _named(login_id)
    name = candidate.login_id if candidate else named
    by, subject = _actor(name, door, candidate), f"login:{name}"
    if candidate is None or candidate.pc_name is None:
        why, is_told, is_last = "unknown ID or foreign certificate", False, _count(session, NOBODY, door, now)
    elif candidate.is_locked:
        why, is_told, is_last = "locked", _take_locked_try(session, candidate.user_id, now) and is_right, False
    elif is_right:
        why = "locked or changed meanwhile" if candidate.may_enter else "no right"
        is_told, is_last = False, _count(session, NOBODY, door, now)
    else:
        why, is_told, is_last = "wrong password", False, _count(session, candidate.user_id, door, now)
    record(session, "login.failed", subject, by=by, now=now, after={"why": why, "told": is_told})
    if is_last:
        record(session, "account.locked", subject, by=by, now=now, after={"reason": "password"})
    return Outcome.LOCKED if is_told else Outcome.FAILED


def _count(session: Session, user_id: int, door: Door, now: datetime) -> bool:
    """Where nobody is counted, nobody's row is looked for all the same: each failure costs as many statements (C2)."""
    return count_wrong(session, user_id, "password", door.wrong_password_limit, now)


def _make_room(session: Session, candidate: Candidate, door: Door, by: Actor, now: datetime) -> None:
    """B9: one login more than may be at once ends the oldest; a session that has lapsed by itself doesn't count."""
    serving = open_sessions(session, candidate.user_id, door.session_limits, now)
    for row in serving[: max(0, len(serving) - door.sessions_at_once + 1)]:
        end_session(session, row.id_hash, "too many at once", by=by, now=now)


def admit(
    session: Session, candidate: Candidate, door: Door, now: datetime, *, dearer_hash: str | None = None
) -> str | None:
    """Begin a session and answer its id; None where the account was locked or its password changed meanwhile (C4).

    `dearer_hash`: of the same password, where the costs of hashes were raised since it was set.
    """
    previous = session.execute(BEFORE, {"of": candidate.user_id}).one()
    facts = {"of": candidate.user_id, "checked": candidate.password_hash, "at": now, "pc": candidate.pc_name}
    if session.execute(ENTER, {**facts, "kept": dearer_hash or candidate.password_hash}).first() is None:
        return None
    by = _actor(candidate.login_id, door, candidate)
    _make_room(session, candidate, door, by, now)
    session_id = new_session_id()
    begun = {
        "id_hash": hash_of(session_id),
        "public_id": public_id(),
        "user_id": candidate.user_id,
        "certificate_id": door.certificate_id,
        "pc_name": candidate.pc_name or "",
        "begun_at": now,
        "seen_at": now,
        "previous_login_at": previous.last_login_at,
        "previous_login_pc": previous.last_login_pc,
    }
    session.execute(BEGIN, begun)
    record(session, "login.in", f"login:{candidate.login_id}", by=by, now=now, after={"pc": candidate.pc_name})
    return session_id


def is_right_password(passwords: Passwords, candidate: Candidate | None, password: str) -> bool:
    return passwords.check(candidate.password_hash if candidate else None, password)
