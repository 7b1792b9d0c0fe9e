from sqlalchemy import select
from sqlalchemy.orm import Session

from rights.effect_dates import StartingDays
from rights.models import ProcessingDay
from rights.request_days import Delays


def announced_delays(session: Session) -> Delays:
    """What staff have announced for delayed processing dates, by M; there are few (R5-10)."""
    rows = session.scalars(select(ProcessingDay))
    return {row.processing_date: StartingDays(row.taxis_johs_from, row.juju_loacus_from) for row in rows}
