"""What takes effect tomorrow: one mail for each organization and day, to all its contact managers (R2-4, R5-10).

What is completed only after the day's run is told of by the mail of its completion, which names the day.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from auth.models import Organization
from base.daily_runs import DailyRun, Turn, keep
from base.db import transaction
from base.jst import start_of
from rights.models import RequestPart, RightsRequest
from rights.request_news import tell_managers
from rights.request_states import GIVEN_UP_STATES, RequestKind

JOB = "rights start"
KIND = "rights-start"
AT = time(9)


def starting_run(clock: Callable[[], datetime]) -> DailyRun:
    return DailyRun(JOB, AT, lambda turn: tell_of_starts(turn, clock))


def tell_of_starts(turn: Turn, clock: Callable[[], datetime]) -> str:
    """The morning's run: an organization at a time; run again after it was killed, it queues what isn't queued yet."""
    tomorrow, mails = turn.on + timedelta(days=1), 0
    with transaction() as session:
        keep(session, turn, clock())
        organizations = with_starts(session, tomorrow)
    for organization_id in organizations:
        with transaction() as session:
            now = clock()
            keep(session, turn, now)
            of = session.get_one(Organization, organization_id)
            occasion = occasion_of(of, tomorrow)
            mails += tell_managers(session, of.id, KIND, occasion, about=of.public_id, now=now)
    return f"{mails} mails to {len(organizations)} organizations"


def with_starts(session: Session, on: date) -> Sequence[int]:
    """Organizations for whose people something takes effect on the day."""
    starting = select(RightsRequest.organization_id).join(RightsRequest.parts).where(takes_effect(on))
    return session.scalars(starting.distinct().order_by(RightsRequest.organization_id)).all()


def takes_effect(on: date) -> ColumnElement[bool]:
    """Of parts of requests for somebody's rights to come or to change; who enters a removal is told its day then."""
    first, beyond = start_of(on), start_of(on + timedelta(days=1))
    is_its_day = (RequestPart.effect_at >= first) & (RequestPart.effect_at < beyond)
    return is_its_day & (RightsRequest.kind != RequestKind.REMOVAL) & RightsRequest.state.not_in(GIVEN_UP_STATES)


def occasion_of(of: Organization, on: date) -> str:
    return f"{KIND}:{of.public_id}:{on.isoformat()}"


def day_in(occasion: str) -> date:
    return date.fromisoformat(occasion.rpartition(":")[2])
