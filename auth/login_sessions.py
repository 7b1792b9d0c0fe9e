"""The sessions of one account: which are open, and how they end (R6-6, R6-8, B4, B9)."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from auth.identity import SessionLimits, hash_of
from auth.models import LoginSession, User
from base.actors import Actor
from base.audit import record

SESSION_BYTES = 32
SHOWN_OF_ID = 12
MOST_READ = 60


# Written once: every login asks for them.
OPEN = (
    select(
        LoginSession.id_hash, LoginSession.public_id, LoginSession.pc_name, LoginSession.begun_at, LoginSession.seen_at
    )
    .where(LoginSession.user_id == bindparam("of"), LoginSession.ended_at.is_(None))
    .order_by(LoginSession.begun_at, LoginSession.id_hash)
)


@dataclass(frozen=True, slots=True)
class OpenSession:
    id_hash: str
    public_id: str
    pc_name: str
    begun_at: datetime
    seen_at: datetime


def new_session_id() -> str:
    return secrets.token_urlsafe(SESSION_BYTES)


def _note_end(session: Session, user: User, id_hash: str, why: str, by: Actor, now: datetime) -> None:
    subject, after = f"login:{user.login_id}", {"why": why, "session": id_hash[:SHOWN_OF_ID]}
    record(session, "session.ended", subject, by=by, now=now, after=after, organization_id=user.organization_id)


def end_session(session: Session, id_hash: str, why: str, *, by: Actor, now: datetime) -> bool:
    """False where it had ended before."""
    end = update(LoginSession).where(LoginSession.id_hash == id_hash, LoginSession.ended_at.is_(None))
    user_id = session.scalar(end.values(ended_at=now).returning(LoginSession.user_id))
    if user_id is None:
        return False
    _note_end(session, session.get_one(User, user_id), id_hash, why, by, now)
    return True


def end_sessions_of(session: Session, user: User, why: str, *, by: Actor, now: datetime, but: str | None = None) -> int:
    """All that nobody has ended yet, but one; answers how many."""
    end = update(LoginSession).where(LoginSession.user_id == user.id, LoginSession.ended_at.is_(None))
    if but is not None:
        end = end.where(LoginSession.id_hash != but)
    ended = session.scalars(end.values(ended_at=now).returning(LoginSession.id_hash)).all()
    for id_hash in ended:
        _note_end(session, user, id_hash, why, by, now)
    return len(ended)


def renew_session(session: Session, id_hash: str, now: datetime) -> str:
    """The same login goes on under a new id, which is answered; the caller has ended the old one (B1, B4)."""
    old = session.get_one(LoginSession, id_hash)
    session_id = new_session_id()
    session.add(
        LoginSession(
            id_hash=hash_of(session_id),
            user_id=old.user_id,
            certificate_id=old.certificate_id,
            pc_name=old.pc_name,
            begun_at=old.begun_at,
            seen_at=now,
            previous_login_at=old.previous_login_at,
            previous_login_pc=old.previous_login_pc,
        )
    )
    return session_id


def open_sessions(session: Session, user_id: int, limits: SessionLimits, now: datetime) -> Sequence[OpenSession]:
    """Those that still serve, the oldest login first."""
    rows = session.connection().execute(OPEN, {"of": user_id})
    return [OpenSession(*row) for row in rows if limits.lapse(row.begun_at, row.seen_at, now) is None]


def recent_logins(session: Session, user_id: int, most: int) -> Sequence[LoginSession]:
    """The latest first. A session that goes on under a new id is the same login: of those with one beginning the newest counts."""
    rows = session.scalars(
        select(LoginSession)
        .where(LoginSession.user_id == user_id)
        .order_by(LoginSession.begun_at.desc(), LoginSession.seen_at.desc(), LoginSession.ended_at.is_not(None))
        .limit(MOST_READ)
    )
    logins: dict[datetime, LoginSession] = {}
    for row in rows:
        logins.setdefault(row.begun_at, row)
    return list(logins.values())[:most]
