"""What a contact manager should know today about the next processing date (R5-30, R9-1)."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from base.closing_days import business_calendar
from base.jst import day_of
from base.schedule import processing_date, window_of


@dataclass(frozen=True, slots=True)
class ProcessingNote:
    """What is accepted up to and on `last_day` is carried out on `on`."""

    on: date
    last_day: date


def processing_note(session: Session, now: datetime) -> ProcessingNote:
    today = day_of(now)
    return ProcessingNote(processing_date(today, business_calendar(session)), window_of(today)[1])
