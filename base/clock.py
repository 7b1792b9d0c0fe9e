"""The one clock (R8-2): views and commands read it, everything below gets the time as an argument."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

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
