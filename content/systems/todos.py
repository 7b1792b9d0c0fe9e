"""Disturbances whose promised word is due: staff are reminded on their desk (R9-7)."""

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from base.waiting import Figure
from content.systems.hours_queries import systems_with_hours
from content.systems.queries import current_stops, times_of
from content.systems.stop_states import is_word_due


def figures(session: Session, now: datetime) -> list[Figure]:
    current = current_stops(session, systems_with_hours(session), now)
    due = sum(is_word_due(times_of(row), now) for row in current)
    return [Figure(due, _("お知らせの予定時刻が来た障害"), "/staff/systems", is_late=due > 0)]
