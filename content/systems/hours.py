"""Staff change the hours of a system from a day on, and take a change back before its day (R2-1).

Either raises the version of the system's page: what is kept of it was drawn by the hours of before.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from base.actors import Actor
from base.audit import record
from base.jst import day_of
from base.refusals import Conflict, Refused
from base.sentences import say
from content.calendar.models import SystemHours
from content.page_versions import raise_version_of_system
from content.systems.hours_queries import hours_of, timetable
from content.systems.opening_hours import Hours

FARTHEST = timedelta(days=732)
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class HoursChange:
    system: str
    from_day: date
    hours: Hours


def change_hours(session: Session, change: HoursChange, *, by: Actor, now: datetime) -> SystemHours:
    """Of two who change the same system at once, the second waits here and is judged by what the first has entered."""
    raise_version_of_system(session, change.system)
    _refuse_odd_day(change.from_day, day_of(now))
    if _in_force(session, change.system, change.from_day):
        raise Refused(say("この日からの変更は、すでに登録されています。先に取り消してください。"), field="from_day")
    if timetable(session).on(change.system, change.from_day) == change.hours:
        raise Refused(say("この日の利用時間と同じです。"), field="opens")
    row = SystemHours(
        system=change.system,
        from_day=change.from_day,
        opens_minute=change.hours.opens // _MINUTE,
        closes_minute=change.hours.closes // _MINUTE,
        entered_at=now,
        entered_by_id=by.user_id,
    )
    session.add(row)
    session.flush()
    record(session, "hours.changed", change.system, by=by, now=now, after=_facts(change.from_day, change.hours))
    return row


def take_back_hours(session: Session, system: str, from_day: date, *, by: Actor, now: datetime) -> None:
    raise_version_of_system(session, system)
    row = _in_force(session, system, from_day)
    if row is None:
        raise Conflict(say("この変更は、すでに取り消されています。"))
    if from_day <= day_of(now):
        raise Conflict(say("すでに始まった利用時間は取り消せません。新しい変更を登録してください。"))
    row.taken_back_at, row.taken_back_by_id = now, by.user_id
    session.flush()
    record(session, "hours.taken_back", system, by=by, now=now, before=_facts(from_day, hours_of(row)))


def _in_force(session: Session, system: str, from_day: date) -> SystemHours | None:
    here = (SystemHours.system == system, SystemHours.from_day == from_day, SystemHours.taken_back_at.is_(None))
    return session.scalars(select(SystemHours).where(*here).with_for_update()).one_or_none()


def _refuse_odd_day(from_day: date, today: date) -> None:
    if from_day <= today:
        raise Refused(say("明日以降の日を入力してください。"), field="from_day")
    if from_day > today + FARTHEST:
        raise Refused(say("2年より先の日です。日付を確かめてください。"), field="from_day")


def _facts(from_day: date, hours: Hours) -> dict[str, Any]:
    return {"from_day": from_day, "hours": hours.text}
