"""Whom else the morning run tells: contact managers once a week, the desk of last contact managers and of a refused run (R5-40, R5-44)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from auth.dormancy import Stage
from auth.dormancy_queries import COUNTED_FROM, is_at_a_stage, threshold
from auth.models import DormancyStep, Organization, User
from base.daily_runs import ended_in
from base.jst import start_of
from base.outbox import Queued, queue_mail, queue_mails

JOB = "dormancy"
DIGEST = "dormancy-digest"
LAST_MANAGER = "dormancy-last-manager"
RUN_REFUSED = "dormancy-refused"
TOLD_OF_DELETIONS = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Manager:
    """The contact manager of an organization who logged in last."""

    public_id: str
    organization_id: int
    counted_from: datetime


def week_of(on: date) -> str:
    year, week, _weekday = on.isocalendar()
    return f"{year}-W{week:02d}"


def monday_of(on: date) -> date:
    return on - timedelta(days=on.weekday())


def last_managers(session: Session, on: date) -> list[Manager]:
    """Of each organization all of whose contact managers are at or past 120 days, the one with the latest login (R5-40)."""
    facts = (User.public_id, User.organization_id, COUNTED_FROM)
    alive = (User.contact_role.is_not(None), User.deleted_at.is_(None), Organization.ended_at.is_(None))
    of_all = select(*facts).join(Organization, Organization.id == User.organization_id).where(*alive)
    latest: dict[int, Manager] = {}
    for row in session.execute(of_all.order_by(COUNTED_FROM, User.id)):
        latest[row[1]] = Manager(*row)
    return [manager for manager in latest.values() if manager.counted_from < threshold(on)]


def tell_of_last_managers(session: Session, on: date, desk_address: str, *, now: datetime) -> None:
    """Once per dormancy."""
    if not desk_address:
        return
    mails = [
        Queued(
            LAST_MANAGER,
            f"{LAST_MANAGER}:{manager.public_id}:{manager.counted_from.isoformat()}",
            desk_address,
            about=manager.public_id,
            organization_id=manager.organization_id,
            is_bulk=False,
        )
        for manager in last_managers(session, on)
    ]
    queue_mails(session, mails, now=now)


def tell_of_refusal(session: Session, on: date, desk_address: str, *, now: datetime) -> None:
    if desk_address:
        occasion = f"{RUN_REFUSED}:{on.isoformat()}"
        queue_mail(session, kind=RUN_REFUSED, occasion=occasion, address=desk_address, about=on.isoformat(), now=now)


def was_deleted_lately(on: date) -> ColumnElement[bool]:
    since = start_of(on) - TOLD_OF_DELETIONS
    lately = (DormancyStep.user_id == User.id, DormancyStep.stage == Stage.DELETION, DormancyStep.at >= since)
    return select(DormancyStep.id).where(*lately).correlate(User).exists()


def _concerned(session: Session, on: date) -> Iterator[tuple[int, str]]:
    """Organizations with somebody at a stage, or deleted within the week before."""
    is_told_of = or_(User.deleted_at.is_(None) & is_at_a_stage(), was_deleted_lately(on))
    concerned = select(Organization.id, Organization.public_id).join(User, User.organization_id == Organization.id)
    active = (Organization.ended_at.is_(None), Organization.is_operator.is_(False))
    for row in session.execute(concerned.where(*active, is_told_of).distinct()):
        yield row[0], row[1]


def queue_digests(session: Session, on: date, *, now: datetime) -> None:
    """With the first run of the week: one mail for each contact manager of an organization with somebody at a stage (R5-44)."""
    if ended_in(session, JOB, monday_of(on), on - timedelta(days=1)):
        return
    concerned = dict(_concerned(session, on))
    managers = select(User.login_id, User.organization_id).where(
        User.contact_role.is_not(None), User.deleted_at.is_(None), User.organization_id.in_(concerned)
    )
    mails = [
        Queued(DIGEST, f"{DIGEST}:{concerned[of]}:{week_of(on)}", login_id, about=concerned[of], organization_id=of)
        for login_id, of in session.execute(managers)
    ]
    queue_mails(session, mails, now=now)
