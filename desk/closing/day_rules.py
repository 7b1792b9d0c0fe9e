"""What staff may change of the operator's days, and the calendar that follows (R5-31)."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from base.business_days import BusinessCalendar, holiday_name
from base.sentences import Sentence, say

LAST_YEAR = 2099
LONGEST_NAME = 40
MOST_DAYS = 100


class DayKind(StrEnum):
    """CLOSE and OPEN: a closing day of its own is registered, or taken back. WORK and REST: of a yearly one, in that year."""

    CLOSE = "close"
    OPEN = "open"
    WORK = "work"
    REST = "rest"


KIND_WORDS: Mapping[DayKind, Sentence] = {
    DayKind.CLOSE: say("休業日にする"),
    DayKind.OPEN: say("休業日から外す"),
    DayKind.WORK: say("この年は営業する"),
    DayKind.REST: say("毎年どおり休業する"),
}


@dataclass(frozen=True, slots=True)
class DayChange:
    kind: DayKind
    day: date
    name: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a day can't be changed so; `number`: which one of them, the first is 0."""

    number: int
    reason: str


def written(changes: Iterable[DayChange]) -> str:
    return json.dumps([[change.kind, change.day.isoformat(), change.name] for change in changes], ensure_ascii=False)


def read(text: str) -> list[DayChange]:
    return [DayChange(DayKind(kind), date.fromisoformat(day), name) for kind, day, name in json.loads(text)]


def calendar_after(before: BusinessCalendar, changes: Iterable[DayChange]) -> BusinessCalendar:
    closing, opened = set(before.closing_days), set(before.open_days)
    for change in changes:
        days, is_added = {
            DayKind.CLOSE: (closing, True),
            DayKind.OPEN: (closing, False),
            DayKind.WORK: (opened, True),
            DayKind.REST: (opened, False),
        }[change.kind]
        (days.add if is_added else days.discard)(change.day)
    return replace(before, closing_days=frozenset(closing), open_days=frozenset(opened))


def reasons_against(changes: Sequence[DayChange], calendar: BusinessCalendar, today: date) -> list[Reason]:
    """Every day that can't be changed so; each is judged as if those before it were changed already."""
    found = []
    for number, change in enumerate(changes):
        if reason := _reason(change, calendar, today):
            found.append(Reason(number, reason))
        else:
            calendar = calendar_after(calendar, [change])
    return found


def _reason(change: DayChange, calendar: BusinessCalendar, today: date) -> str | None:
    day = change.day
    if day < today:
        return say("%(day)s は過ぎているため、変えられません。", day=day)
    if day.year > LAST_YEAR:
        return say("%(year)s年までの日付を入力してください。", year=LAST_YEAR)
    if len(change.name) > LONGEST_NAME:
        return say("%(count)s文字以内で入力してください。", count=LONGEST_NAME)
    if day.weekday() >= 5:
        return say("%(day)s は土日のため、もともと休業日です。", day=day)
    if name := holiday_name(day):
        return say("%(day)s は祝日(%(name)s)のため、もともと休業日です。", day=day, name=say(name))
    return _reason_by_kind(change, calendar)


def _reason_by_kind(change: DayChange, calendar: BusinessCalendar) -> str | None:
    day, is_closed = change.day, change.day in calendar.closing_days
    is_yearly, is_worked = (day.month, day.day) in calendar.yearly_closing, day in calendar.open_days
    if change.kind is DayKind.CLOSE:
        if is_closed or (is_yearly and not is_worked):
            return say("%(day)s は、すでに休業日です。", day=day)
        return None if change.name else say("休業日の名称を入力してください。")
    if change.kind is DayKind.OPEN:
        return None if is_closed else say("%(day)s は、登録された休業日ではありません。", day=day)
    if not is_yearly:
        return say("%(day)s は、毎年の休業日ではありません。", day=day)
    if is_worked == (change.kind is DayKind.WORK):
        return say("%(day)s は、すでにそのとおりです。", day=day)
    return None
