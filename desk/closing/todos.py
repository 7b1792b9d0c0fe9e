"""What the closing days ask of the reception center (R5-31)."""

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from base.jst import day_of
from base.waiting import Figure
from desk.closing.years import overdue_year


def figures(session: Session, now: datetime) -> list[Figure]:
    """From December on a coming year that nobody has confirmed."""
    year = overdue_year(session, day_of(now))
    if year is None:
        return []
    return [Figure(1, _("%(year)s年の休業日が未確認", year=year), f"/staff/closing-days?year={year}", is_late=True)]
