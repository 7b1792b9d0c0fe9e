"""Where a planned stop or a disturbance stands; derived from its times, never stored (R2-1, R9-7)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class StopState(StrEnum):
    UPCOMING = "upcoming"
    RUNNING = "running"
    OVER = "over"
    CALLED_OFF = "called_off"


@dataclass(frozen=True, slots=True)
class StopTimes:
    """`ended_at`: when somebody ended it, be it before it began."""

    from_at: datetime
    until_at: datetime | None = None
    ended_at: datetime | None = None
    next_update_at: datetime | None = None

    @property
    def is_called_off(self) -> bool:
        """Only what was planned can be: a disturbance that was over within its minute did happen."""
        return self.until_at is not None and self.ended_at is not None and self.ended_at <= self.from_at

    @property
    def effective_until(self) -> datetime | None:
        return min((at for at in (self.until_at, self.ended_at) if at), default=None)


def stop_state(times: StopTimes, now: datetime) -> StopState:
    if times.is_called_off:
        return StopState.CALLED_OFF
    if times.effective_until and times.effective_until <= now:
        return StopState.OVER
    return StopState.RUNNING if times.from_at <= now else StopState.UPCOMING


def is_word_due(times: StopTimes, now: datetime) -> bool:
    """The promised next word of what still goes on has come due (R9-7)."""
    return times.ended_at is None and times.next_update_at is not None and times.next_update_at <= now
