"""What the morning run does to dormant accounts: warns, locks, deletes; a chunk is one transaction (R5-40 to R5-44)."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from auth.dormancy import Stage, days_between, next_stage, to_be_sent_again
from auth.dormancy_queries import KIND, Dormant, accounts_of, next_dormant, occasion_of
from auth.models import CredentialPair, DormancyStep, LoginSession, User
from base.actors import Actor
from base.audit import audit_line, record_lines
from base.jst import day_of
from base.mail_address import is_address
from base.outbox import MAIL, Queued, queue_mails

CHUNK = 400
ACTIONS = {Stage.LOCK: "account.locked", Stage.DELETION: "account.deleted"}
WARNED = "dormancy.warned"


@dataclass(frozen=True, slots=True)
class Planned:
    """What one chunk's people are due: `steps` with their stage, `again` the occasions of mails that didn't get through.

    `last_id`: the row to go on after; None where nobody was left. `unmailable`: their ID is no address, so nobody can warn them.
    """

    last_id: int | None
    steps: list[tuple[Dormant, Stage]] = field(default_factory=list)
    again: list[str] = field(default_factory=list)
    unmailable: list[Dormant] = field(default_factory=list)

    @property
    def counts(self) -> Counter[str]:
        found = Counter(str(stage) for _one, stage in self.steps)
        return found + Counter(again=len(self.again), unmailable=len(self.unmailable))


def plan_chunk(session: Session, on: date, after_id: int, most: int = CHUNK, *, is_locking: bool = False) -> Planned:
    """Reads only; `is_locking` keeps everybody's login out until what is planned is done (C9)."""
    dormant = next_dormant(session, on, after_id, most, is_locking=is_locking)
    if not dormant:
        return Planned(None)
    accounts = accounts_of(session, dormant)
    planned = Planned(dormant[-1].user_id)
    for one in dormant:
        account = accounts[one.user_id]
        planned.again.extend(
            occasion_of(one.public_id, one.counted_from, stage) for stage in to_be_sent_again(account, on)
        )
        if stage := next_stage(account, on):
            planned.steps.append((one, stage)) if is_address(one.login_id) else planned.unmailable.append(one)
    return planned


def step_chunk(session: Session, on: date, after_id: int, *, by: Actor, now: datetime) -> Planned:
    """One stage for each who is due one, with its mail, its lock or deletion, and its line in the trail (R5-40, R5-44)."""
    planned = plan_chunk(session, on, after_id, is_locking=True)
    _send_again(session, planned.again, now)
    if planned.steps:
        _note_steps(session, planned.steps, on, now)
        queue_mails(session, [_mail(one, stage) for one, stage in planned.steps], now=now)
        _lock(session, [one.user_id for one, stage in planned.steps if stage == Stage.LOCK], now)
        _delete(session, [one.user_id for one, stage in planned.steps if stage == Stage.DELETION], now)
        record_lines(session, [_line(one, stage, on, by, now) for one, stage in planned.steps])
    return planned


def _send_again(session: Session, occasions: Collection[str], now: datetime) -> None:
    """All tries anew (R5-44)."""
    if occasions:
        undelivered = (MAIL.c.occasion.in_(occasions), MAIL.c.state.in_(("failed", "skipped")))
        anew = {"state": "waiting", "tries": 0, "failure": None, "next_try_at": now}
        session.execute(update(MAIL).where(*undelivered).values(anew))


def _note_steps(session: Session, steps: Collection[tuple[Dormant, Stage]], on: date, now: datetime) -> None:
    rows = [
        {"user_id": one.user_id, "counted_from": one.counted_from, "stage": stage, "on": on, "at": now}
        for one, stage in steps
    ]
    session.execute(insert(DormancyStep), rows)


def _mail(one: Dormant, stage: Stage) -> Queued:
    occasion = occasion_of(one.public_id, one.counted_from, stage)
    return Queued(KIND + stage, occasion, one.login_id, about=one.public_id, organization_id=one.organization_id)


def _lock(session: Session, user_ids: Collection[int], now: datetime) -> None:
    """Whoever is locked already stays so for his own reason. A mailed link for a forgotten password is dead, as with every lock."""
    if user_ids:
        unlocked = (User.id.in_(user_ids), User.locked_at.is_(None))
        shut = {
            "locked_at": now,
            "lock_reason": "dormancy",
            "reset_version": User.reset_version + 1,
            "reset_sent_at": None,
        }
        session.execute(update(User).where(*unlocked).values(shut))


def _delete(session: Session, user_ids: Collection[int], now: datetime) -> None:
    """The account goes, and all that could open it; contact addresses and the record of rights stay (R5-43)."""
    if not user_ids:
        return
    nothing = dict.fromkeys(("password_hash", "password_set_at", "secret_question", "secret_answer_hash"))
    gone = {"deleted_at": now, "reset_version": User.reset_version + 1, "reset_sent_at": None, **nothing}
    session.execute(update(User).where(User.id.in_(user_ids)).values(gone))
    pairs = update(CredentialPair).where(CredentialPair.user_id.in_(user_ids))
    is_open = (CredentialPair.used_at.is_(None), CredentialPair.ended_at.is_(None))
    session.execute(pairs.where(*is_open).values(ended_at=now, end_reason="deleted", hold_reason=None))
    sessions = update(LoginSession).where(LoginSession.user_id.in_(user_ids))
    session.execute(sessions.where(LoginSession.ended_at.is_(None)).values(ended_at=now))


def _line(one: Dormant, stage: Stage, on: date, by: Actor, now: datetime) -> dict[str, Any]:
    facts = {
        "reason": "dormancy",
        "stage": stage,
        "counted_from": one.counted_from.isoformat(),
        "days": days_between(day_of(one.counted_from), on),
    }
    action, subject = ACTIONS.get(stage, WARNED), f"login:{one.login_id}"
    return audit_line(action, subject, by=by, now=now, after=facts, organization_id=one.organization_id)
