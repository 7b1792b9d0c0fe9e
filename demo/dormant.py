"""Who has stayed away in the demo: each stage taken and told of on its day, as the morning runs would have done."""

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.dormancy import STAGE_DAYS, Stage
from auth.dormancy_digests import JOB
from auth.dormancy_queries import KIND, occasion_of
from auth.dormancy_run import DONE
from auth.models import DormancyStep, User
from base.job_runs import JobRun
from base.jst import day_of, start_of
from base.outbox import queue_mail

MORNING = timedelta(hours=7)
RUNS = 7


def note_dormant(session: Session, now: datetime) -> None:
    for user in session.scalars(select(User).where(User.last_login_at.is_not(None))):
        assert user.last_login_at is not None
        for stage in Stage:
            at = start_of(day_of(user.last_login_at)) + timedelta(days=STAGE_DAYS[stage]) + MORNING
            if day_of(at) < day_of(now) and user.organization.ended_at is None:
                _take(session, user, user.last_login_at, stage, at)

    for days in range(1, RUNS + 1):
        _note_run(session, day_of(now) - timedelta(days=days))


def _note_run(session: Session, on: date) -> None:
    at = start_of(on) + MORNING
    ended = {"ended_at": at + timedelta(seconds=2), "outcome": DONE}
    session.add(JobRun(job=JOB, on=on, begun_at=at, touched_at=at, runner="demo", **ended))


def _take(session: Session, user: User, counted_from: datetime, stage: Stage, at: datetime) -> None:
    step = {"counted_from": counted_from, "stage": stage, "on": day_of(at), "at": at}
    session.add(DormancyStep(user_id=user.id, **step))
    mail = queue_mail(
        session,
        kind=KIND + stage,
        occasion=occasion_of(user.public_id, counted_from, stage),
        address=user.login_id,
        about=user.public_id,
        organization_id=user.organization_id,
        now=at,
    )
    assert mail is not None
    mail.state, mail.sent_at, mail.tries = "sent", at, 1
    if stage == Stage.LOCK:
        user.locked_at, user.lock_reason = at, "dormancy"
    if stage == Stage.DELETION:
        user.deleted_at, user.password_hash, user.password_set_at = at, None, None
