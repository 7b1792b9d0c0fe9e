from datetime import datetime

from sqlalchemy.orm import Session

from base.closing_days import business_calendar
from base.jst import day_of
from rights.announced_days import announced_delays
from rights.codes import AskedRights
from rights.entry.outlooks import Outlook, outlook
from rights.request_states import RequestKind


def outlook_now(
    session: Session, kind: RequestKind, held: AskedRights, wanted: AskedRights, now: datetime, person: str = ""
) -> Outlook:
    """With the operator's calendar and what was announced of delays; `person`: whose public id the address names (R9-1)."""
    return outlook(kind, held, wanted, day_of(now), business_calendar(session), announced_delays(session), person)
