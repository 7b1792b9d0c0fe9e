"""Locks (R6-3): five wrong passwords or answers in a row lock by themselves; staff lock at once, and only staff unlock."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from sqlalchemy import case, literal, null, update
from sqlalchemy.orm import Session

from auth.credential_pairs import end_open_pair
from auth.login_sessions import end_sessions_of
from auth.models import User
from base.actors import Actor
from base.audit import record
from base.db import Moment
from base.refusals import Conflict, Refused
from base.sentences import say

Wrong = Literal["password", "answer"]
COUNTERS = {"password": User.wrong_passwords, "answer": User.wrong_answers}


def _note(session: Session, action: str, user: User, by: Actor, now: datetime, **facts: Mapping[str, object]) -> None:
    subject = f"login:{user.login_id}"
    record(session, action, subject, by=by, now=now, organization_id=user.organization_id, **facts)


def kill_reset_link(user: User) -> None:
    """A mailed link for a forgotten password is dead from now on (R6-7)."""
    user.reset_version += 1
    user.reset_sent_at = None


def lock_user(session: Session, user: User, reason: str, *, by: Actor, now: datetime) -> None:
    """At once: every session has ended, mailed links are dead. The account is locked for update."""
    if user.deleted_at is not None:
        raise Conflict(say("このアカウントは削除されています。"))
    if user.locked_at is not None:
        raise Conflict(say("このアカウントはすでにロックされています。"))
    if user.id == by.user_id:
        raise Refused(say("ご自身のアカウントはロックできません。"))
    user.locked_at, user.lock_reason = now, "staff"
    kill_reset_link(user)
    end_open_pair(session, user, "lock", by=by, now=now)
    end_sessions_of(session, user, "account locked", by=by, now=now)
    _note(session, "account.locked", user, by, now, after={"reason": "staff", "why": reason})


def unlock_user(session: Session, user: User, reason: str, identified_by: str, *, by: Actor, now: datetime) -> None:
    """On the person's own call; how the caller was identified is recorded. The last login stays what it was (R5-42).

    What the lock should have ended, but nobody used meanwhile, ends now: it must not come back with the unlocking (B4).
    """
    if user.deleted_at is not None:
        raise Conflict(say("このアカウントは削除されています。"))
    if user.locked_at is None:
        raise Conflict(say("このアカウントはロックされていません。"))
    before = {"reason": user.lock_reason, "locked_at": user.locked_at}
    user.locked_at = user.lock_reason = None
    user.wrong_passwords = user.wrong_answers = user.locked_tries = 0
    user.locked_tries_from = None
    kill_reset_link(user)
    end_sessions_of(session, user, "account locked", by=by, now=now)
    after = {"why": reason, "identified_by": identified_by}
    _note(session, "account.unlocked", user, by, now, before=before, after=after)


def count_wrong(session: Session, user_id: int, what: Wrong, limit: int, now: datetime) -> bool:
    """One UPDATE counts and locks, so that fifty at once are counted exactly (C3, C10). True where this one locked."""
    counter = COUNTERS[what]
    is_last = counter + 1 >= limit
    count = (
        update(User)
        .where(User.id == user_id, User.locked_at.is_(None))
        .values(
            {
                counter: counter + 1,
                User.locked_at: case((is_last, literal(now, Moment())), else_=None),
                User.lock_reason: case((is_last, what), else_=None),
                User.reset_sent_at: case((is_last, null()), else_=User.reset_sent_at),
            }
        )
    )
    row = session.execute(count.returning(User.locked_at)).first()
    return row is not None and row.locked_at is not None


def count_wrong_answer(session: Session, user: User, limit: int, *, by: Actor, now: datetime) -> bool:
    """True where this one locked the account; a mailed link is dead then (R6-3, R6-7)."""
    is_locked_now = count_wrong(session, user.id, "answer", limit, now)
    if is_locked_now:
        _note(session, "account.locked", user, by, now, after={"reason": "answer"})
    return is_locked_now
