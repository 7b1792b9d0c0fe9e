"""The one clock (R8-2): views and commands read it, everything below gets the time as an argument."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from base.clock_rules import Reading
from base.identifiers import public_id

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")

Source = Callable[[], datetime]


def system_time() -> datetime:
    return datetime.now(UTC)


def shifted_by(file: Path) -> Source:
    """Shift the system's time by the number of seconds that the file holds; no file means no shift."""

    def read() -> datetime:
        try:
            offset = float(file.read_text(encoding="ascii").strip() or "0")
        except FileNotFoundError:
            offset = 0.0
        return system_time() + timedelta(seconds=offset)

    return read


class _Clock:
    source: Source = staticmethod(system_time)


def use(source: Source) -> None:
    _Clock.source = staticmethod(source)


def now() -> datetime:
    return _Clock.source()


@lru_cache(maxsize=1)
def _boot() -> str:
    """Where the kernel doesn't name it, each process has its own."""
    try:
        return BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return public_id()


def reading(wall: datetime) -> Reading:
    return Reading(wall, system_time(), _boot(), time.clock_gettime(time.CLOCK_BOOTTIME))
