"""What is kept of the clocks that were believed and of those that aren't (G11)."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from base.clock_rules import Doubt, Reading, doubt_of
from base.db import Base


class ClockMark(Base):
    """The last believed reading of a machine since it booted: the worker's sign of life (G11)."""

    __tablename__ = "clock_mark"

    boot: Mapped[str] = mapped_column(primary_key=True)
    wall_at: Mapped[datetime]
    system_at: Mapped[datetime]
    up_seconds: Mapped[float]


class ClockDoubt(Base):
    """A machine whose clock isn't believed. It goes by itself once the clock is right, or when somebody says that it is."""

    __tablename__ = "clock_doubt"

    host: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    noticed_at: Mapped[datetime]
    believed_at: Mapped[datetime | None]


def doubt_about(session: Session, now: Reading) -> Doubt | None:
    """Why the clock isn't believed; changes nothing."""
    own = session.get(ClockMark, now.boot)
    believed = Reading(own.wall_at, own.system_at, own.boot, own.up_seconds) if own else None
    return doubt_of(now, believed, latest_mark(session))


def latest_mark(session: Session) -> datetime | None:
    return session.scalar(select(func.max(ClockMark.wall_at)))
