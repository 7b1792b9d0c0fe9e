"""The worker looks at its clock every half minute; while that isn't believed, no daily run goes on (G11)."""

import socket
from collections.abc import Sequence
from datetime import timedelta

import structlog
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from base.actors import Actor
from base.audit import record
from base.clock_alarms import queue_clock_alarm
from base.clock_marks import ClockDoubt, ClockMark, doubt_about, latest_mark
from base.clock_rules import Doubt, Reading
from base.daily_runs import set_aside_after
from base.db import dialect_insert
from base.jst import day_of

MARKS_KEPT = timedelta(days=60)

log = structlog.get_logger()


def look_at_clock(session: Session, now: Reading, desk_address: str = "", host: str = "") -> Doubt | None:
    """Note the reading where it is believed; else the doubt, of which the desk is told once."""
    host = host or socket.gethostname()
    doubt = doubt_about(session, now)
    if doubt is None:
        session.execute(delete(ClockDoubt).where(ClockDoubt.host == host))
        _note(session, now)
    elif _note_doubt(session, doubt, now, host):
        log.error("clock_doubted", host=host, why=doubt, wall=now.wall.isoformat())
        queue_clock_alarm(session, host, desk_address, now=now.wall)
    return doubt


def standing_doubts(session: Session) -> Sequence[ClockDoubt]:
    return session.scalars(select(ClockDoubt).order_by(ClockDoubt.host)).all()


def trust_clock(session: Session, now: Reading, *, by: Actor) -> None:
    """Somebody says that the time is right: what was noted by clocks that ran ahead counts no more."""
    before = {row.host: row.kind for row in standing_doubts(session)}
    session.execute(delete(ClockDoubt))
    session.execute(delete(ClockMark))
    _note(session, now)
    set_aside_after(session, day_of(now.wall))
    record(session, "clock.trusted", "clock", by=by, now=now.wall, before=before, after={"time": now.wall})


def _note(session: Session, now: Reading) -> None:
    values = {"wall_at": now.wall, "system_at": now.system, "up_seconds": now.up_seconds}
    mark = dialect_insert(session, ClockMark).values(boot=now.boot, **values)
    session.execute(mark.on_conflict_do_update(index_elements=["boot"], set_=values))
    session.execute(delete(ClockMark).where(ClockMark.wall_at < now.wall - MARKS_KEPT))


def _note_doubt(session: Session, doubt: Doubt, now: Reading, host: str) -> bool:
    """Whether it is new."""
    values = {"host": host, "kind": doubt, "noticed_at": now.wall, "believed_at": latest_mark(session)}
    new = dialect_insert(session, ClockDoubt).values(values).on_conflict_do_nothing()
    return session.execute(new.returning(ClockDoubt.host)).first() is not None
