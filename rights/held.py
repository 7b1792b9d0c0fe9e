"""Rights in time: what is held at a moment, and what will be (R5-10, R5-18)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from rights.codes import AskedRights, System


@dataclass(frozen=True, slots=True)
class Held:
    """One code from `from_at` up to, not including, `until_at`; None where no end is known."""

    system: System
    code: str
    from_at: datetime
    until_at: datetime | None = None

    def is_on(self, at: datetime) -> bool:
        return self.from_at <= at and (self.until_at is None or at < self.until_at)

    def is_left(self, at: datetime) -> bool:
        """In effect or still to come."""
        return self.until_at is None or (at < self.until_at and self.from_at < self.until_at)


def held_rights(rows: Iterable[Held], at: datetime) -> dict[System, str]:
    """The code held in each system at any moment, past or to come."""
    return {row.system: row.code for row in rows if row.is_on(at)}


def standing_rights(rows: Iterable[Held], at: datetime) -> AskedRights:
    """What holds once everything known has taken effect: what a change is compared with (R5-12).

    A right whose end is already known isn't standing: somebody has asked for its removal.
    """
    latest = sorted((row for row in rows if row.is_left(at) and row.until_at is None), key=lambda row: row.from_at)
    return AskedRights(**{row.system.lower(): row.code for row in latest})


def begins_at(rows: Iterable[Held], system: System, at: datetime) -> datetime:
    """When a change of the system's right can take effect "at once": not before the right itself does (R5-14)."""
    own = [row for row in rows if row.system is system and row.is_left(at)]
    if not own or any(row.is_on(at) for row in own):
        return at
    return min(row.from_at for row in own)
