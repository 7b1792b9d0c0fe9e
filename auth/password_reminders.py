"""Which accounts are told that their password is about to expire: 14, 7 and 1 days before, each once a password (R6-5)."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.models import Organization, User
from auth.password_expiry import NOTICE_DAYS, due_stage, password_due
from base.daily_runs import Turn, keep
from base.db import transaction
from base.jst import start_of
from base.mail_address import is_address
from base.outbox import Queued, queue_mails

JOB = "password-reminders"
KIND = "password-due"
CHUNK = 400

log = structlog.get_logger()


def occasion_of(user: User, stage: int) -> str:
    """Another password is another occasion."""
    set_at = user.password_set_at.isoformat() if user.password_set_at else ""
    return f"{KIND}:{user.public_id}:{set_at}:{stage}"


def stage_of(occasion: str) -> int:
    return int(occasion.rpartition(":")[2])


def _due(session: Session, on: date, days: int, after_id: int) -> Sequence[User]:
    """Those who can log in still: not locked, not deleted, with credentials, of an organization that goes on."""
    first = start_of(on - timedelta(days=days - 1))
    beyond = first + timedelta(days=NOTICE_DAYS)
    rows = (
        select(User)
        .join(User.organization)
        .where(User.id > after_id, User.password_hash.is_not(None))
        .where(User.password_set_at >= first, User.password_set_at < beyond)
        .where(User.locked_at.is_(None), User.deleted_at.is_(None), Organization.ended_at.is_(None))
        .order_by(User.id)
        .limit(CHUNK)
    )
    return session.scalars(rows).all()


def _mail_to(user: User, on: date, days: int) -> Queued | None:
    due = password_due(user.password_set_at, days, start_of(on))
    stage = due_stage(due.days_left) if due else None
    if stage is None:
        return None
    if not is_address(user.login_id):
        log.error("password_reminder_unmailable", user=user.public_id)
        return None
    return Queued(KIND, occasion_of(user, stage), user.login_id, user.public_id, user.organization_id)


def queue_chunk(session: Session, on: date, days: int, after_id: int, *, now: datetime) -> tuple[int | None, int]:
    """The last row looked at, None where nobody was left; and how many mails are new."""
    users = _due(session, on, days, after_id)
    mails = [mail for user in users if (mail := _mail_to(user, on, days))]
    return (users[-1].id if users else None), queue_mails(session, mails, now=now)


def run_reminders(turn: Turn, days: int, clock: Callable[[], datetime]) -> str:
    """Run again after it was killed, it queues what isn't queued yet."""
    last_id: int | None = 0
    queued = 0
    while days and last_id is not None:
        with transaction() as session:
            now = clock()
            keep(session, turn, now)
            last_id, new = queue_chunk(session, turn.on, days, last_id, now=now)
            queued += new
    return f"queued={queued}"
