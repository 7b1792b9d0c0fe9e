"""What somebody has in each system: now, and what comes next (R5-10, R5-18)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from rights.codes import SYSTEMS_WITH_RIGHTS, System
from rights.held import Held


@dataclass(frozen=True, slots=True)
class HeldCell:
    """One system; `coming`: the right that follows, where one is known already."""

    system: System
    now: Held | None
    coming: Held | None

    @property
    def ends_at(self) -> datetime | None:
        """Where nothing follows."""
        return self.now.until_at if self.now and self.coming is None else None


def held_cells(rows: Iterable[Held], at: datetime) -> tuple[HeldCell, ...]:
    """One for each system, in the order of the screens."""
    left = sorted((row for row in rows if row.is_left(at)), key=lambda row: row.from_at)
    return tuple(_cell(system, [row for row in left if row.system is system], at) for system in SYSTEMS_WITH_RIGHTS)


def _cell(system: System, left: list[Held], at: datetime) -> HeldCell:
    return HeldCell(
        system,
        next((row for row in left if row.is_on(at)), None),
        next((row for row in left if row.from_at > at), None),
    )
