"""What should become of people who stay away: counted in day numbers, by hand and independently of the product's own rules.

Each stage has a first possible day, the latest of several: its planned day, the day after the stage before, and thirty days after
what the person had to be told. Nothing else decides.
"""

import math
from dataclasses import dataclass, field

NAMES = ("warning1", "warning2", "lock", "deletion")
NEVER = math.inf


@dataclass(slots=True)
class Note:
    """One mail: `ran` the morning that caused it, `due` when it was last put into the outbox, `went` when it was sent."""

    name: str
    ran: int
    due: int
    went: float = NEVER
    state: str = "waiting"


@dataclass(slots=True)
class Life:
    """One person. `past` keeps the notes of dormancies that a login ended."""

    since: int
    is_staff: bool = False
    lock: str | None = None
    gone: int | None = None
    notes: list[Note] = field(default_factory=list)
    past: list[Note] = field(default_factory=list)

    def can_log_in(self) -> bool:
        return self.lock is None and self.gone is None

    def log_in(self, today: int) -> None:
        self.past += self.notes
        self.since, self.notes = today, []

    def first_possible(self) -> float:
        """Of the stage that comes next."""
        place = len(self.notes)
        if place >= (3 if self.is_staff else 4) or self.gone is not None:
            return NEVER
        after_the_last = self.notes[-1].ran + 1 if self.notes else 0
        told = {2: self.notes[:2], 3: self.notes[2:3]}.get(place, [])
        return max([self.since + 120 + 30 * place, after_the_last, *(note.went + 30 for note in told)])

    def _undelivered(self, today: int) -> list[Note]:
        """Those that a later stage waits for, a week after they were last due."""
        needed = {0: [], 1: self.notes[:1], 2: self.notes[:2], 3: self.notes[2:3]}.get(len(self.notes), [])
        if self.gone is not None or (self.is_staff and len(self.notes) == 3):
            return []
        return [note for note in needed if note.state == "failed" and today - note.due >= 7]

    def is_sent_again(self, today: int) -> int:
        return len(self._undelivered(today))

    def morning(self, today: int) -> None:
        if self.gone is not None:
            return
        for note in self._undelivered(today):
            note.state, note.due = "waiting", today
        if today < self.first_possible():
            return
        name = NAMES[len(self.notes)]
        self.notes.append(Note(name, today, today))
        if name == "lock":
            self.lock = self.lock or "dormancy"
        if name == "deletion":
            self.gone = today

    def _is_pointless(self, note: Note) -> bool:
        if note not in self.notes:
            return True
        if self.is_staff and note.name == "lock" and self.lock is None:
            return True
        return self.gone is not None and note.name != "deletion"

    def deliver(self, today: int, *, is_failing: bool) -> list[str]:
        """The mail server works; answers what arrived."""
        arrived = []
        for note in self.past + self.notes:
            if note.state != "waiting":
                continue
            if any(note is each for each in self.past) or self._is_pointless(note):
                note.state = "skipped"
            elif is_failing:
                note.state = "failed"
            else:
                note.state, note.went = "sent", today
                arrived.append(note.name)
        return arrived
