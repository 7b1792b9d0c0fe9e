"""Changing one's own password or question: the present password first, and a wrong one counts as at the login (R6-6, R6-3)."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.locks import count_wrong
from auth.login_sessions import end_session, renew_session
from auth.models import LoginSession, User
from auth.new_password import set_password
from auth.passwords import Passwords
from auth.questions import answer_hash, refusal_for_answer
from base.actors import Actor
from base.audit import record
from base.refusals import Conflict, Refused
from base.sentences import say

MOVED_ON = say("アカウントの状態が変わりました。もう一度ログインしてください。")


def _still(session: Session, user_id: int, checked_hash: str) -> User:
    """Locked, and as it was when the present password was found right (C4)."""
    user = session.scalars(select(User).where(User.id == user_id).with_for_update()).one()
    if user.password_hash != checked_hash or user.locked_at is not None or user.deleted_at is not None:
        raise Conflict(MOVED_ON)
    return user


def note_wrong_password(
    session: Session, user_id: int, limit: int, *, session_hash: str, by: Actor, now: datetime
) -> bool:
    """True where this one locked the account. `by`: the person.

    `Conflict` where the session ended meanwhile: a second press that comes behind the change is no wrong password (G1).
    """
    if session.get_one(LoginSession, session_hash).ended_at is not None:
        raise Conflict(MOVED_ON)
    subject = f"login:{by.label}"
    record(session, "password.refused", subject, by=by, now=now, after={"why": "wrong password"})
    is_locked_now = count_wrong(session, user_id, "password", limit, now)
    if is_locked_now:
        record(session, "account.locked", subject, by=by, now=now, after={"reason": "password"})
    return is_locked_now


def change_password(
    session: Session,
    user_id: int,
    password: str,
    passwords: Passwords,
    *,
    checked_hash: str,
    session_hash: str,
    by: Actor,
    now: datetime,
) -> str:
    """All other sessions end; this one goes on under the new id that is answered (B1, B4). `PasswordRefused`, `Conflict`."""
    user = _still(session, user_id, checked_hash)
    if not end_session(session, session_hash, "goes on under a new id", by=by, now=now):
        raise Conflict(MOVED_ON)
    set_password(session, user, password, passwords, by=by, now=now)
    return renew_session(session, session_hash, now)


def set_question(
    session: Session, user: User, question: str, answer: str, passwords: Passwords, *, by: Actor, now: datetime
) -> None:
    """`question`: a key of `QUESTIONS`. The answer is kept as a hash alone; `user` is locked for update."""
    refusal = refusal_for_answer(question, answer, unlike=[user.login_id])
    if refusal:
        raise Refused(refusal, field="answer")
    user.secret_question, user.secret_answer_hash = question, answer_hash(answer, passwords)
    user.wrong_answers = 0
    subject, of = f"login:{user.login_id}", user.organization_id
    record(session, "question.set", subject, by=by, now=now, after={"question": question}, organization_id=of)


def change_question(
    session: Session,
    user_id: int,
    question: str,
    answer: str,
    passwords: Passwords,
    *,
    checked_hash: str,
    by: Actor,
    now: datetime,
) -> None:
    user = _still(session, user_id, checked_hash)
    user.wrong_passwords = 0
    set_question(session, user, question, answer, passwords, by=by, now=now)
