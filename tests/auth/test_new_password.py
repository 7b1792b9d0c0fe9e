from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.identity import hash_of
from auth.login_sessions import end_sessions_of, renew_session
from auth.models import LoginSession, User
from auth.new_password import PasswordRefused, set_password
from auth.own_password import change_password
from auth.password_rules import Condition
from auth.passwords import Passwords
from base.actors import COMMAND
from base.audit import AuditEntry
from base.refusals import Conflict
from tests import make
from tests.certificates import NOW

PASSWORDS = Passwords(8, 1)
NEXT = "mizukagami-7-akane"


def person(session: Session, **facts: Any) -> User:
    return make.user(session, make.organization(session), "higashino@higashi-gas.example", **facts)


def begun(session: Session, user: User, session_id: str) -> None:
    issued = make.client_certificate(session_id)
    registered = make.registration(session, user.organization, issued)
    facts = {"user_id": user.id, "certificate_id": registered.certificate_id, "pc_name": "PC-03"}
    session.add(LoginSession(id_hash=hash_of(session_id), begun_at=NOW, seen_at=NOW, **facts))
    session.flush()


def open_of(session: Session, user: User) -> set[str]:
    here = (LoginSession.user_id == user.id, LoginSession.ended_at.is_(None))
    return set(session.scalars(select(LoginSession.id_hash).where(*here)))


def actions(session: Session) -> list[str]:
    return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def test_a_new_password_replaces_the_old_one(session: Session) -> None:
    """R6-6, R6-8: set now, wrong ones count anew, links for a forgotten one are dead."""
    user = person(session, wrong_passwords=3, reset_version=4, reset_sent_at=NOW)
    set_password(session, user, NEXT, PASSWORDS, by=COMMAND, now=NOW)
    assert PASSWORDS.check(user.password_hash, NEXT)
    assert not PASSWORDS.check(user.password_hash, make.PASSWORD)
    assert (user.password_set_at, user.wrong_passwords, user.reset_version, user.reset_sent_at) == (NOW, 0, 5, None)
    assert actions(session)[-1] == "password.set"


def test_the_trail_never_holds_a_password(session: Session) -> None:
    """R8-1."""
    user = person(session)
    set_password(session, user, NEXT, PASSWORDS, by=COMMAND, now=NOW)
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "password.set")).one()
    assert entry.organization_id == user.organization_id
    assert NEXT not in entry.before + entry.after
    assert "argon2" not in entry.before + entry.after


@pytest.mark.parametrize(
    ("password", "failed"),
    [
        (make.PASSWORD, [Condition.ANOTHER]),
        ("x" * 10**6, [Condition.LENGTH]),
        ("k7#Qz9!p\0", [Condition.CHARACTERS]),
        ("higashino@higashi-gas.example", [Condition.WITHOUT_ID]),
        ("password", [Condition.NOT_GUESSABLE]),
    ],
)
def test_an_unfit_password_changes_nothing(session: Session, password: str, failed: list[Condition]) -> None:
    """R6-4, C7."""
    user = person(session)
    begun(session, user, "one")
    before = user.password_hash
    with pytest.raises(PasswordRefused) as refusal:
        set_password(session, user, password, PASSWORDS, by=COMMAND, now=NOW)
    assert set(failed) <= set(refusal.value.conditions)
    assert (user.password_hash, len(open_of(session, user))) == (before, 1)


def test_the_longest_password_counts_to_its_last_character(session: Session) -> None:
    """C7: 32 characters, none of them dropped."""
    user, longest = person(session), "k7#Qz9!pvR2m_t4Xw<8yLd0Bn-6hJs3c"
    set_password(session, user, longest, PASSWORDS, by=COMMAND, now=NOW)
    assert PASSWORDS.check(user.password_hash, longest)
    assert not PASSWORDS.check(user.password_hash, longest[:-1])
    assert not PASSWORDS.check(user.password_hash, longest[:-1] + "d")


def test_the_yen_sign_is_the_backslash_when_setting_and_when_asking(session: Session) -> None:
    """R6-4."""
    user = person(session)
    set_password(session, user, "k7#Qz9¥pw", PASSWORDS, by=COMMAND, now=NOW)
    assert PASSWORDS.check(user.password_hash, "k7#Qz9\\pw")
    with pytest.raises(PasswordRefused) as refusal:
        set_password(session, user, "k7#Qz9\\pw", PASSWORDS, by=COMMAND, now=NOW)
    assert refusal.value.conditions == (Condition.ANOTHER,)


def test_all_sessions_of_the_account_end_and_nobody_elses(session: Session) -> None:
    """R6-6, B4."""
    user, other = person(session), make.user(session, make.organization(session))
    for of, name in ((user, "one"), (user, "two"), (other, "three")):
        begun(session, of, name)
    set_password(session, user, NEXT, PASSWORDS, by=COMMAND, now=NOW)
    assert open_of(session, user) == set()
    assert open_of(session, other) == {hash_of("three")}
    assert actions(session).count("session.ended") == 2


def test_a_lock_outlives_a_new_password(session: Session) -> None:
    """R6-3: only staff unlock."""
    user = person(session, locked_at=NOW, lock_reason="password")
    set_password(session, user, NEXT, PASSWORDS, by=COMMAND, now=NOW)
    assert (user.locked_at, user.lock_reason) == (NOW, "password")


def test_the_first_password_has_no_one_before(session: Session) -> None:
    """R6-1."""
    user = person(session, password=None)
    set_password(session, user, NEXT, PASSWORDS, by=COMMAND, now=NOW)
    assert PASSWORDS.check(user.password_hash, NEXT)


def test_a_renewed_session_goes_on_under_another_id(session: Session) -> None:
    """B1, B4: the same login with its beginning, so that its longest life stays what it was."""
    user = person(session)
    begun(session, user, "one")
    begun(session, user, "two")
    end_sessions_of(session, user, "test", by=COMMAND, now=NOW, but=hash_of("two"))
    assert open_of(session, user) == {hash_of("two")}
    later = NOW + timedelta(hours=1)
    end_sessions_of(session, user, "test", by=COMMAND, now=later)
    renewed = renew_session(session, hash_of("two"), later)
    session.flush()
    assert open_of(session, user) == {hash_of(renewed)}
    row = session.get_one(LoginSession, hash_of(renewed))
    assert (row.begun_at, row.seen_at, row.pc_name) == (NOW, later, "PC-03")


def locked(user: User, _open: LoginSession) -> None:
    user.locked_at, user.lock_reason = NOW, "staff"


def deleted(user: User, _open: LoginSession) -> None:
    user.deleted_at = NOW


def changed(user: User, _open: LoginSession) -> None:
    user.password_hash = PASSWORDS.hash("another-Horse-8")


def ended(_user: User, open_one: LoginSession) -> None:
    open_one.ended_at = NOW


@pytest.mark.parametrize("act", [locked, deleted, changed, ended])
def test_what_happened_since_the_present_password_was_checked_counts(
    session: Session, act: Callable[[User, LoginSession], None]
) -> None:
    """C4, B4: a lock, another change, the end of this very session meanwhile: nothing is changed, nothing comes back to life."""
    user = person(session)
    begun(session, user, "one")
    checked, row = user.password_hash, session.get_one(LoginSession, hash_of("one"))
    assert checked is not None
    act(user, row)
    session.flush()
    stored, was_open = user.password_hash, open_of(session, user)
    facts = {"checked_hash": checked, "session_hash": row.id_hash}
    with pytest.raises(Conflict):
        change_password(session, user.id, NEXT, PASSWORDS, **facts, by=COMMAND, now=NOW)
    session.refresh(user)
    assert (user.password_hash, open_of(session, user)) == (stored, was_open)


def test_a_hash_made_at_other_costs_is_known() -> None:
    """Costs that were raised reach those who have a password already."""
    dearer = Passwords(16, 1)
    assert dearer.needs_rehash(PASSWORDS.hash(NEXT))
    assert not dearer.needs_rehash(dearer.hash(NEXT))
    assert not dearer.needs_rehash("no hash")
