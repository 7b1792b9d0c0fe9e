"""A new password: the condition it must meet, and what else changes with it (R6-4, R6-6)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from auth.locks import kill_reset_link
from auth.login_sessions import end_sessions_of
from auth.models import User
from auth.password_rules import LONGEST, Condition, failed_conditions
from auth.passwords import Passwords
from base.actors import Actor
from base.audit import record
from base.refusals import Refused
from base.sentences import say


class PasswordRefused(Refused):
    def __init__(self, conditions: Sequence[Condition]) -> None:
        super().__init__(say("パスワードの条件を満たしていません。"), field="password")
        self.conditions = tuple(conditions)


def names_of(user: User) -> tuple[str, ...]:
    """What somebody who knows the person would try first."""
    return (user.name_kanji, user.name_kana, user.organization.name)


def unmet_conditions(user: User, password: str, passwords: Passwords) -> list[Condition]:
    """Nothing too long is ever hashed (C7)."""
    stored = user.password_hash
    is_previous = stored is not None and len(password) <= LONGEST and passwords.check(stored, password)
    return failed_conditions(password, user.login_id, is_previous=is_previous, names=names_of(user))


def set_password(
    session: Session, user: User, password: str, passwords: Passwords, *, by: Actor, now: datetime
) -> None:
    """`PasswordRefused` names every condition that fails. The caller holds the user's row locked.

    All sessions of the account end, its links for a forgotten password are dead, wrong passwords count from none; a lock stays.
    """
    unmet = unmet_conditions(user, password, passwords)
    if unmet:
        raise PasswordRefused(unmet)
    user.password_hash, user.password_set_at, user.wrong_passwords = passwords.hash(password), now, 0
    kill_reset_link(user)
    session.flush()
    ended = end_sessions_of(session, user, "new password", by=by, now=now)
    subject, of = f"login:{user.login_id}", user.organization_id
    record(session, "password.set", subject, by=by, now=now, after={"sessions_ended": ended}, organization_id=of)
