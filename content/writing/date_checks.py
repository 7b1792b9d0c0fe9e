"""Dates that a notice names with their weekday, held against the calendar before it goes public (R7-4)."""

import re
from collections.abc import Iterator
from datetime import date

WEEKDAYS = "月火水木金土日"
_DATE = re.compile(
    r"(?:(?P<year>20\d\d)\s*[/年.-]\s*)?(?P<month>\d{1,2})\s*[/月]\s*(?P<day>\d{1,2})\s*(?:日\s*)?"
    r"[((](?P<weekday>[月火水木金土日])(?:曜日?)?[))]"
)


def odd_dates(text: str, today: date) -> list[str]:
    """Each once, as it was written and as it would be right; without a year the nearest is meant."""
    return list(dict.fromkeys(_odd(text, today)))


def _odd(text: str, today: date) -> Iterator[str]:
    for found in _DATE.finditer(text):
        meant = _day(found, today)
        if meant is None:
            yield f"{found[0]}(ない日付)"
        elif WEEKDAYS[meant.weekday()] != found["weekday"]:
            yield f"{found[0]} → {WEEKDAYS[meant.weekday()]}曜日"


def _day(found: re.Match[str], today: date) -> date | None:
    years = [int(found["year"])] if found["year"] else [today.year - 1, today.year, today.year + 1]
    days = [day for day in (_real(year, int(found["month"]), int(found["day"])) for year in years) if day]
    return min(days, key=lambda day: abs(day - today), default=None)


def _real(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
