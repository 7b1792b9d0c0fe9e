"""Dormant accounts as lists show them: stage, days, what comes next and when, and what became of the last mail."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, ScalarSelect, Select, case, func, select
from sqlalchemy.orm import Session, joinedload

from auth.dormancy import Account, Stage, days_between, following, next_day
from auth.dormancy_queries import COUNTED_FROM, Dormant, accounts_of, occasion_of
from auth.models import DormancyStep, Organization, User
from base.jst import day_of
from base.outbox import Mail

RANKS = {stage: rank for rank, stage in enumerate(Stage)}


@dataclass(frozen=True, slots=True)
class Shown:
    """`stage`: the last one taken; `next_on`: None where it waits for a notice that isn't sent yet, or nothing follows."""

    user: User
    account: Account
    stage: Stage
    days: int
    next_stage: Stage | None
    next_on: date | None
    mail: Mail | None

    @property
    def counted_from(self) -> datetime:
        return self.user.last_login_at or self.user.issued_at

    @property
    def stage_on(self) -> date:
        return self.account.steps[self.stage].on


def _rank() -> ScalarSelect[int]:
    """Of the last stage that the query's `User` has reached; null where none of this dormancy was taken."""
    ranks = case({str(stage): rank for stage, rank in RANKS.items()}, value=DormancyStep.stage)
    of_this = (DormancyStep.user_id == User.id, DormancyStep.counted_from == COUNTED_FROM)
    return select(func.max(ranks)).where(*of_this).correlate(User).scalar_subquery()


def is_at(stage: Stage) -> ColumnElement[bool]:
    return _rank() == RANKS[stage]


def people_at_a_stage() -> Select[User]:
    """The longest unused first; those deleted as dormant are part of it."""
    known = select(User).join(Organization, Organization.id == User.organization_id)
    known = known.where(Organization.ended_at.is_(None), _rank().is_not(None))
    return known.options(joinedload(User.organization), joinedload(User.contractor)).order_by(COUNTED_FROM, User.id)


def still_there() -> ColumnElement[bool]:
    return User.deleted_at.is_(None)


def organizations_concerned(session: Session) -> Sequence[Organization]:
    concerned = select(User.organization_id).where(_rank().is_not(None))
    active = (Organization.ended_at.is_(None), Organization.id.in_(concerned))
    return session.scalars(select(Organization).where(*active).order_by(Organization.name)).all()


def _mails(session: Session, occasions: Collection[str]) -> dict[str, Mail]:
    return {mail.occasion: mail for mail in session.scalars(select(Mail).where(Mail.occasion.in_(occasions)))}


def _dormant(user: User) -> Dormant:
    counted_from = user.last_login_at or user.issued_at
    is_staff = user.staff_role is not None
    return Dormant(user.id, user.public_id, user.login_id, user.organization_id, counted_from, is_staff)


def _show(user: User, account: Account, mails: dict[str, Mail], today: date) -> Shown:
    stage = max(account.steps, key=RANKS.__getitem__)
    occasion = occasion_of(user.public_id, user.last_login_at or user.issued_at, stage)
    days = days_between(account.counted_from, today)
    return Shown(user, account, stage, days, following(account), next_day(account), mails.get(occasion))


def shown(session: Session, users: Sequence[User], now: datetime) -> list[Shown]:
    dormant = [_dormant(user) for user in users]
    accounts = accounts_of(session, dormant)
    occasions = [
        occasion_of(one.public_id, one.counted_from, stage) for one in dormant for stage in accounts[one.user_id].steps
    ]
    mails = _mails(session, occasions)
    return [_show(user, accounts[user.id], mails, day_of(now)) for user in users if accounts[user.id].steps]
