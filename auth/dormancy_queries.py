"""Dormant accounts as rows: who is at a stage, which steps their dormancy has taken, and what became of the mails."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import ColumnElement, Row, Select, func, select
from sqlalchemy.orm import Session

from auth.dormancy import FIRST_DAYS, Account, Stage, Step
from auth.models import DormancyStep, Organization, User
from base.jst import day_of, start_of
from base.outbox import Mail

COUNTED_FROM = func.coalesce(User.last_login_at, User.issued_at)
UNDELIVERED = ("failed", "skipped")
KIND = "dormancy-"


@dataclass(frozen=True, slots=True)
class Dormant:
    """What a run has to know of one person; `counted_from` is the last login, or the issue, as an instant."""

    user_id: int
    public_id: str
    login_id: str
    organization_id: int
    counted_from: datetime
    is_staff: bool


def occasion_of(public_id: str, counted_from: datetime, stage: Stage) -> str:
    """One mail per stage per dormancy (R5-40): the outbox keeps it to that."""
    return f"dormancy:{public_id}:{counted_from.astimezone(UTC).isoformat()}:{stage}"


def threshold(on: date) -> datetime:
    """Whoever logged in before this instant has 120 days or more on that day; any later login, up to now, prevents (C9)."""
    return start_of(on - timedelta(days=FIRST_DAYS - 1))


def _people() -> Select[int, str, str, int, datetime, str | None]:
    """With an account, in an organization that goes on."""
    facts = (User.id, User.public_id, User.login_id, User.organization_id, COUNTED_FROM, User.staff_role)
    active = (User.deleted_at.is_(None), Organization.ended_at.is_(None))
    return select(*facts).join(Organization, Organization.id == User.organization_id).where(*active)


def next_dormant(session: Session, on: date, after_id: int, most: int, *, is_locking: bool) -> list[Dormant]:
    """The next people at or past 120 days, by their row's number. Locked, nobody can log in before the transaction ends."""
    chunk = _people().where(User.id > after_id, threshold(on) > COUNTED_FROM).order_by(User.id).limit(most)
    if is_locking:
        chunk = chunk.with_for_update(of=User, key_share=True)
    return [
        Dormant(user_id, public_id, login_id, organization_id, counted_from, staff_role is not None)
        for user_id, public_id, login_id, organization_id, counted_from, staff_role in session.execute(chunk)
    ]


def _taken(session: Session, dormant: Collection[Dormant]) -> dict[int, list[tuple[Stage, date]]]:
    """Steps of the dormancy that each of them is in now."""
    counted = {one.user_id: one.counted_from for one in dormant}
    facts = (DormancyStep.user_id, DormancyStep.counted_from, DormancyStep.stage, DormancyStep.on)
    found: dict[int, list[tuple[Stage, date]]] = {}
    for user_id, counted_from, stage, on in session.execute(select(*facts).where(DormancyStep.user_id.in_(counted))):
        if counted_from == counted[user_id]:
            found.setdefault(user_id, []).append((Stage(stage), on))
    return found


Fate = Row[str, str, datetime | None, datetime]


def _fates(session: Session, occasions: Sequence[str]) -> Mapping[str, Fate]:
    facts = (Mail.occasion, Mail.state, Mail.sent_at, Mail.next_try_at)
    return {fate.occasion: fate for fate in session.execute(select(*facts).where(Mail.occasion.in_(occasions)))}


def _step(on: date, fate: Fate | None) -> Step:
    if fate is None:
        return Step(on)
    is_sent = fate.state == "sent" and fate.sent_at is not None
    undelivered = day_of(fate.next_try_at) if fate.state in UNDELIVERED else None
    return Step(on, day_of(fate.sent_at) if is_sent and fate.sent_at else None, undelivered)


def accounts_of(session: Session, dormant: Collection[Dormant]) -> dict[int, Account]:
    """For the rules, by the person's row."""
    taken = _taken(session, dormant)
    named = {
        (one.user_id, stage): occasion_of(one.public_id, one.counted_from, stage)
        for one in dormant
        for stage, _on in taken.get(one.user_id, ())
    }
    fates = _fates(session, list(named.values())) if named else {}
    return {
        one.user_id: Account(
            day_of(one.counted_from),
            {stage: _step(on, fates.get(named[one.user_id, stage])) for stage, on in taken.get(one.user_id, ())},
            one.is_staff,
        )
        for one in dormant
    }


def count_accounts(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(_people().subquery())) or 0


def is_at_a_stage() -> ColumnElement[bool]:
    """A step of the dormancy that the query's `User` is in now has been taken."""
    of_this = (DormancyStep.user_id == User.id, DormancyStep.counted_from == COUNTED_FROM)
    return select(DormancyStep.id).where(*of_this).correlate(User).exists()


def steps_on(session: Session, days: Iterable[date]) -> dict[tuple[date, Stage], int]:
    """How many steps the runs of these days took."""
    counted = select(DormancyStep.on, DormancyStep.stage, func.count()).where(DormancyStep.on.in_(list(days)))
    rows = session.execute(counted.group_by(DormancyStep.on, DormancyStep.stage))
    return {(on, Stage(stage)): count for on, stage, count in rows}
