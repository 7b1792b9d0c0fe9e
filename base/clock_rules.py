"""When a clock is not believed (G11): what was set back, what jumped ahead, what stood still for longer than anybody plans."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from base.sentences import say

LONGEST_JUMP = timedelta(days=1)
LONGEST_STANDSTILL = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the clocks say at one moment (G11).

    `wall`: the one clock. `system`: the machine's own, left alone where the one clock is moved on purpose. `up_seconds`: counted by
    the kernel since `boot`, whatever anybody sets.
    """

    wall: datetime
    system: datetime
    boot: str
    up_seconds: float


class Doubt(StrEnum):
    BACK = "back"
    AHEAD = "ahead"
    STANDSTILL = "standstill"


DOUBT_WORDS: Mapping[Doubt, str] = {
    Doubt.BACK: say("時計が1日を超えて戻っています。"),
    Doubt.AHEAD: say("時計が、実際に過ぎた時間より1日を超えて進んでいます。"),
    Doubt.STANDSTILL: say("前回の記録から14日を超えています。止まっていただけか、時計が進んだのかを見分けられません。"),
}


def doubt_of(now: Reading, own: Reading | None, latest: datetime | None) -> Doubt | None:
    """`own`: this machine's last believed reading since it booted; `latest`: the latest believed one of any machine.

    A machine that was off for some days is believed (G6); one that has counted the time since its last reading must agree with
    its own clock.
    """
    drift = _drift(now, own) if own else timedelta(0)
    if drift < -LONGEST_JUMP or (latest is not None and now.wall < latest - LONGEST_JUMP):
        return Doubt.BACK
    if drift > LONGEST_JUMP:
        return Doubt.AHEAD
    counted = timedelta(seconds=now.up_seconds - own.up_seconds) if own else timedelta(0)
    if latest is not None and now.wall - latest - counted > LONGEST_STANDSTILL:
        return Doubt.STANDSTILL
    return None


def _drift(now: Reading, own: Reading) -> timedelta:
    return now.system - own.system - timedelta(seconds=now.up_seconds - own.up_seconds)
