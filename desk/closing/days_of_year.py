"""The operator's closing days of a year, as they stand on the screen and in the file (R5-31)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.models import User
from base.business_days import DEFAULT_YEARLY_CLOSING, holiday_name
from base.closing_days import ClosingDay, OpenDay
from base.sentences import Sentence, say

FIRST_YEAR = 2018
LAST_YEAR = 2099
YEARLY_NAME = say("年末年始")


class DayState(StrEnum):
    """YEARLY: closed each year. OWN: registered for this one. WORKED: a yearly one on which the operator works."""

    YEARLY = "yearly"
    OWN = "own"
    WORKED = "worked"


STATE_WORDS: dict[DayState, Sentence] = {
    DayState.YEARLY: say("毎年の休業日"),
    DayState.OWN: say("休業日"),
    DayState.WORKED: say("営業する日"),
}


@dataclass(frozen=True, slots=True)
class OperatorDay:
    """`is_off_anyway`: a Saturday, a Sunday or a public holiday; `added_by` None: it has always been so."""

    day: date
    state: DayState
    name: str
    is_off_anyway: bool
    added_at: datetime | None = None
    added_by: str = ""


def is_shown(year: int) -> bool:
    return FIRST_YEAR <= year <= LAST_YEAR


def days_of_year(session: Session, year: int) -> list[OperatorDay]:
    """In their order."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    own = select(ClosingDay, User.name_kanji).outerjoin(User, User.id == ClosingDay.added_by_id)
    closed = session.execute(own.where(ClosingDay.day.between(first, last))).all()
    worked_by = select(OpenDay, User.name_kanji).join(User, User.id == OpenDay.added_by_id)
    worked = {row.day: (row, name) for row, name in session.execute(worked_by.where(OpenDay.day.between(first, last)))}
    found = [_yearly(date(year, month, day), worked) for month, day in DEFAULT_YEARLY_CLOSING]
    found += [
        OperatorDay(row.day, DayState.OWN, row.name, is_off_anyway(row.day), row.added_at, name or "")
        for row, name in closed
    ]
    return sorted(found, key=lambda each: each.day)


def public_holidays_of(year: int) -> list[tuple[date, str]]:
    first, last = date(year, 1, 1), date(year, 12, 31)
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return [(day, name) for day in days if (name := holiday_name(day))]


def is_off_anyway(day: date) -> bool:
    return day.weekday() >= 5 or bool(holiday_name(day))


def _yearly(day: date, worked: dict[date, tuple[OpenDay, str]]) -> OperatorDay:
    if day not in worked:
        return OperatorDay(day, DayState.YEARLY, YEARLY_NAME, is_off_anyway(day))
    row, name = worked[day]
    return OperatorDay(day, DayState.WORKED, YEARLY_NAME, is_off_anyway(day), row.added_at, name)
