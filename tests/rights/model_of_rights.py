"""What people should hold at each minute: worked out by hand and independently of the product's own rules.

Time is counted in minutes of the clock in Japan since the first day. A person's right in a system is a list of marks: from this minute
on this code, or none. Every order answers whether it is taken; one that isn't changes nothing.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta

FIRST_DAY = date(2018, 11, 5)
A_DAY = 24 * 60
FAST, SLOW = ("TAXIS", "JOHS"), ("JUJU", "LOACUS")

# As printed in the calendar of that year; the operator is closed on the days around New Year.
_CLOSED = {
    *(date(2018, 11, day) for day in (3, 23)),
    *(date(2018, 12, day) for day in (23, 24, 31)),
    *(date(2019, 1, day) for day in (1, 2, 3, 4, 14)),
    date(2019, 2, 11),
    date(2019, 3, 21),
    *(date(2019, 4, day) for day in (29, 30)),
    *(date(2019, 5, day) for day in (1, 2, 3, 4, 5, 6)),
    date(2019, 7, 15),
}

Rights = dict[str, str | None]
Mark = tuple[int, str | None]


def day_at(minute: int) -> date:
    return FIRST_DAY + timedelta(days=minute // A_DAY)


def midnight_of(day: date) -> int:
    return (day - FIRST_DAY).days * A_DAY


def is_working(day: date) -> bool:
    return day.weekday() not in {5, 6} and day not in _CLOSED


def processing_day(day: date) -> date:
    """The 16th, or the 1st of the next month; the next working day where that is none."""
    first_of_next = (day.replace(day=28) + timedelta(days=4)).replace(day=1)
    found = day.replace(day=16) if day.day <= 15 else first_of_next
    while not is_working(found):
        found += timedelta(days=1)
    return found


def working_days_later(day: date, count: int) -> date:
    while count:
        day += timedelta(days=1)
        count -= is_working(day)
    return day


@dataclass(slots=True)
class Order:
    """`left`: what isn't carried out; `ends`: when each part of a removal takes effect; `before`: the marks that it may give back."""

    kind: str
    asked: Rights
    left: set[str]
    accepted: bool = False
    day: date | None = None
    ordered: bool = False
    registered: bool = False
    ends: list[int] = field(default_factory=list)
    before: dict[str, list[Mark]] = field(default_factory=dict)

    def has_begun(self, now: int) -> bool:
        return any(end <= now for end in self.ends)

    def has_ended(self, now: int) -> bool:
        return self.kind == "removal" and not self.left and all(end <= now for end in self.ends)


@dataclass(slots=True)
class Life:
    """One person: `invitations` counts the pairs of mails that he got."""

    marks: dict[str, list[Mark]] = field(default_factory=lambda: {system: [] for system in (*FAST, *SLOW)})
    open: Order | None = None
    has_account: bool = False
    invitations: int = 0

    def holds(self, now: int) -> dict[str, str]:
        found = {system: self._code(system, now) for system in self.marks}
        return {system: code for system, code in found.items() if code}

    def shall_hold(self) -> dict[str, str]:
        last = {system: marks[-1][1] for system, marks in self.marks.items() if marks}
        return {system: code for system, code in last.items() if code}

    def _code(self, system: str, now: int) -> str | None:
        past = [code for minute, code in self.marks[system] if minute <= now]
        return past[-1] if past else None

    def _to_come(self, system: str, now: int) -> list[int]:
        return [minute for minute, code in self.marks[system] if minute > now and code]

    def _set(self, system: str, minute: int, code: str | None) -> None:
        self.marks[system] = [mark for mark in self.marks[system] if mark[0] < minute] + [(minute, code)]

    def current(self, now: int) -> Order | None:
        if self.open and self.open.has_ended(now):
            self.open = None
        return self.open

    def enter(self, now: int, asked: Rights) -> bool:
        has_some = self.holds(now) or any(self._to_come(system, now) for system in self.marks)
        if self.current(now) or has_some:
            return False
        self.open = Order("new", asked, set(asked))
        return True

    def accept(self, now: int) -> bool:
        order = self.current(now)
        if order is None or order.kind != "new" or order.accepted:
            return False
        order.accepted, order.day = True, processing_day(day_at(now))
        return True

    def cancel(self, now: int) -> bool:
        order = self.current(now)
        if order is None or order.kind != "new" or order.accepted:
            return False
        self.open = None
        return True

    def withdraw(self, now: int) -> bool:
        order = self.current(now)
        if order is None or not self._may_withdraw(order, now):
            return False
        self.marks |= order.before
        self.open = None
        return True

    def _may_withdraw(self, order: Order, now: int) -> bool:
        if order.kind == "new":
            return not order.accepted
        if order.kind == "change":
            return order.day is not None and day_at(now) < order.day and not order.ordered
        return not order.has_begun(now)

    def run(self, today: date) -> None:
        order = self.open
        if order is None or order.day is None or order.day > today or order.ordered:
            return
        order.ordered = True
        if order.kind == "new":
            self.has_account, self.invitations = True, self.invitations + 1

    def register(self, now: int) -> bool:
        order = self.current(now)
        if order is None or order.kind != "new" or not order.ordered or order.registered or order.day is None:
            return False
        order.registered = True
        for system in order.left & set(FAST):
            self._set(system, max(midnight_of(working_days_later(order.day, 6)), now), order.asked[system])
        order.left -= set(FAST)
        self._close_if_done(order)
        return True

    def complete(self, now: int, systems: set[str]) -> bool:
        order = self.current(now)
        if order is None or not order.left & systems & set(SLOW) or not self._may_complete(order):
            return False
        for system in order.left & systems & set(SLOW):
            if order.kind == "removal":
                self._set(system, now, None)
                order.ends.append(now)
            else:
                assert order.day is not None
                self._set(system, max(midnight_of(working_days_later(order.day, 9)), now), order.asked[system])
        order.left -= systems
        self._close_if_done(order)
        return True

    def _may_complete(self, order: Order) -> bool:
        if order.kind == "new":
            return order.registered
        return order.ordered or order.kind == "removal"

    def _close_if_done(self, order: Order) -> None:
        if not order.left and order.kind != "removal":
            self.open = None

    def change(self, now: int, wanted: dict[str, str]) -> bool:
        held = self.shall_hold()
        asked = {system: wanted.get(system) for system in self.marks if wanted.get(system) != held.get(system)}
        if self.current(now) or not held or not wanted or not asked:
            return False
        order = Order("change", asked, set(asked) & set(SLOW), day=processing_day(day_at(now)))
        for system in set(asked) & set(FAST):
            waits = self._to_come(system, now)
            self._set(system, waits[0] if waits and not self._code(system, now) else now, asked[system])
        self.open = order if order.left else None
        return True

    def remove(self, now: int) -> bool:
        order = self.current(now)
        if order is not None and order.kind == "removal":
            return True
        self.open = None
        held = self.shall_hold()
        if not held:
            return order is not None
        before = {system: list(self.marks[system]) for system in held}
        slow = set(held) & set(SLOW)
        day = processing_day(day_at(now)) if slow else None
        self.open = Order("removal", dict.fromkeys(held), slow, day=day, before=before)
        for system in set(held) & set(FAST):
            midnight = (now // A_DAY + 1) * A_DAY
            self._set(system, midnight, None)
            self.open.ends.append(midnight)
        return True
