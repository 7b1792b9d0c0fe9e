"""The two mails of a credential registration (R6-1): begun, replaced, held until a certificate is there, ended."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, insert, literal, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from auth.credential_queries import IS_OPEN, KINDS, occasion_of, open_pair_of
from auth.credential_states import WRONG_TRIES
from auth.models import CredentialPair, User
from auth.usable_certificates import NO_CERTIFICATE, with_usable_certificate
from base.actors import WORKER, Actor
from base.audit import audit_line, record_lines
from base.db import Moment
from base.identifiers import public_id
from base.outbox import Queued, cancel_occasion, queue_mails, release_held
from base.refusals import Conflict
from base.sentences import say

CANCELLED = say("認証情報登録のメールを新しく送り直したか、登録を取りやめたため、送信を取りやめました。")


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Whose account has just been made, without its row."""

    id: int
    public_id: str
    login_id: str
    organization_id: int


@dataclass(frozen=True, slots=True)
class NewPair:
    public_id: str
    hold_reason: str | None


def note(
    session: Session, action: str, user: User, pair: CredentialPair, *, by: Actor, now: datetime, **after: object
) -> None:
    record_lines(session, [_line(action, user, pair, by=by, now=now, **after)])


def _line(
    action: str,
    user: User | Newcomer,
    pair: CredentialPair | NewPair,
    *,
    by: Actor,
    now: datetime,
    **after: object,
) -> dict[str, Any]:
    subject, facts = f"login:{user.login_id}", {"pair": pair.public_id, **after}
    return audit_line(action, subject, by=by, now=now, after=facts, organization_id=user.organization_id)


def end_open_pair(session: Session, user: User, why: str, *, by: Actor, now: datetime) -> None:
    """Neither of its mails leads anywhere from now on. `why`: a key of `END_REASONS`. The account is locked for update."""
    pair = open_pair_of(session, user.id)
    if pair is None:
        return
    pair.ended_at, pair.end_reason, pair.hold_reason = now, why, None
    for kind in KINDS:
        cancel_occasion(session, occasion_of(kind, pair), reason=CANCELLED)
    session.flush()
    note(session, "credentials.ended", user, pair, by=by, now=now, why=why)


def _refuse_unless_startable(user: User) -> None:
    if user.deleted_at is not None or user.organization.ended_at is not None:
        raise Conflict(say("このアカウントは削除されているか、事業者の利用が終了しています。"))
    if user.locked_at is not None:
        raise Conflict(say("このアカウントはロックされています。先にロックを解除してください。"))


def start_credentials(session: Session, user: User, *, by: Actor, now: datetime) -> CredentialPair:
    """Queue a new pair of mails; an older one is dead from now on. Held while no PC of the organization could open the link."""
    _refuse_unless_startable(user)
    end_open_pair(session, user, "replaced", by=by, now=now)
    pair = _new_pair(session, user, _hold_reasons(session, [user], now), by, now)
    try:
        session.flush()
    except IntegrityError as fault:
        raise Conflict(say("ほかの担当者が、認証情報登録のメールを送ったところです。")) from fault
    queue_mails(session, _mails(user, pair, is_bulk=False), now=now)
    note(session, "credentials.started", user, pair, by=by, now=now, hold_reason=pair.hold_reason)
    return pair


def invite_newcomers(session: Session, newcomers: Sequence[Newcomer], *, by: Actor, now: datetime) -> None:
    """The same for many whose accounts have just been made. Whoever waits for a link of his own isn't behind them in the queue."""
    reasons = _hold_reasons(session, newcomers, now)
    both = [(one, NewPair(public_id(), reasons[one.organization_id])) for one in newcomers]
    rows = [
        {"public_id": pair.public_id, "user_id": one.id, "hold_reason": pair.hold_reason, "wrong_tries": 0}
        | {"created_at": now, "created_by_id": by.user_id}
        for one, pair in both
    ]
    if rows:
        session.execute(insert(CredentialPair.__table__), rows)  # type: ignore[arg-type] # a table, as SQLAlchemy has it
    queue_mails(session, [mail for one, pair in both for mail in _mails(one, pair, is_bulk=True)], now=now)
    lines = [
        _line("credentials.started", one, pair, by=by, now=now, hold_reason=pair.hold_reason) for one, pair in both
    ]
    record_lines(session, lines)


def _hold_reasons(session: Session, users: Iterable[User | Newcomer], now: datetime) -> dict[int, str | None]:
    """By organization: why the mails of its people have to wait."""
    organizations = {user.organization_id for user in users}
    reached = with_usable_certificate(session, organizations, now)
    return {of: None if of in reached else NO_CERTIFICATE for of in organizations}


def _new_pair(
    session: Session, user: User, reasons: Mapping[int, str | None], by: Actor, now: datetime
) -> CredentialPair:
    pair = CredentialPair(public_id=public_id(), user_id=user.id, created_at=now, created_by_id=by.user_id)
    pair.hold_reason = reasons[user.organization_id]
    session.add(pair)
    return pair


def _mails(user: User | Newcomer, pair: CredentialPair | NewPair, *, is_bulk: bool) -> list[Queued]:
    return [
        Queued(
            kind,
            occasion_of(kind, pair),
            user.login_id,
            about=user.public_id,
            organization_id=user.organization_id,
            hold_reason=pair.hold_reason,
            is_bulk=is_bulk,
        )
        for kind in KINDS
    ]


def count_wrong_try(session: Session, pair: CredentialPair, user: User, *, by: Actor, now: datetime) -> int:
    """One UPDATE counts, and the fifth kills the pair, so that fifty at once are counted exactly. Answers how many are left."""
    tries = CredentialPair.wrong_tries + 1
    is_last = tries >= WRONG_TRIES
    count = (
        update(CredentialPair)
        .where(CredentialPair.id == pair.id, *IS_OPEN)
        .values(
            wrong_tries=tries,
            ended_at=case((is_last, literal(now, Moment())), else_=None),
            end_reason=case((is_last, "tries"), else_=None),
        )
    )
    counted = session.scalar(count.returning(CredentialPair.wrong_tries))
    left = max(0, WRONG_TRIES - counted) if counted is not None else 0
    note(session, "credentials.wrong_password", user, pair, by=by, now=now, left=left)
    return left


def release_held_pairs(session: Session, *, now: datetime) -> int:
    """Where a certificate is registered by now, the held mails go out by themselves. Answers how many pairs."""
    held = select(CredentialPair).where(CredentialPair.hold_reason.is_not(None), *IS_OPEN)
    # What somebody works on at this moment waits for the next round.
    pairs = session.scalars(held.with_for_update(skip_locked=True)).all()
    people = {pair.id: session.get_one(User, pair.user_id) for pair in pairs}
    organizations = sorted({user.organization_id for user in people.values()})
    ready = with_usable_certificate(session, organizations, now)
    for organization_id in sorted(ready):
        release_held(session, organization_id=organization_id, kinds=KINDS, now=now)
    released = [pair for pair in pairs if people[pair.id].organization_id in ready]
    for pair in released:
        pair.hold_reason = None
        note(session, "credentials.released", people[pair.id], pair, by=WORKER, now=now)
    return len(released)
