"""Closing days as a file, taken out and brought in again; everything that a change moves, as a file (R5-31, R8-7, R9-14)."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from base.business_days import BusinessCalendar
from base.csv_in import Fault, csv_rows
from base.csv_out import csv_day, csv_moment
from base.refusals import Refused
from base.sentences import say
from desk.closing.concerned import Concerned
from desk.closing.day_rules import MOST_DAYS, DayChange, DayKind, calendar_after, reasons_against
from desk.closing.days_of_year import STATE_WORDS, DayState, OperatorDay
from desk.closing.move_rules import MOVE_WORDS
from desk.closing.tellings import Tellings, key_of

LARGEST = 256 * 1024
HEADINGS = ("日付", "曜日", "区分", "名称", "登録日時", "登録者")
MOVE_HEADINGS = ("事業者", "対象", "日程", "変更前", "変更後", "伝えた方法", "伝えた相手")
STATES: Mapping[str, DayState] = {words: state for state, words in STATE_WORDS.items()}
_DAY = re.compile(r"(\d{4})[/-](\d{1,2})[/-](\d{1,2})", re.ASCII)
_WEEKDAYS = "月火水木金土日"


def day_rows(days: Iterable[OperatorDay]) -> Iterator[Iterable[object]]:
    yield HEADINGS
    for each in days:
        weekday = _WEEKDAYS[each.day.weekday()]
        yield csv_day(each.day), weekday, STATE_WORDS[each.state], each.name, csv_moment(each.added_at), each.added_by


def move_rows(
    moves: Sequence[Concerned], tellings: Tellings, organizations: Mapping[int, str]
) -> Iterator[Iterable[object]]:
    for each in moves:
        told = tellings.get(key_of(each), [])
        yield (
            organizations.get(each.organization_id or 0, ""),
            each.about or say("カレンダー"),
            MOVE_WORDS[each.moved.kind],
            csv_day(each.moved.before),
            csv_day(each.moved.after),
            " / ".join(f"{telling.what} {csv_moment(telling.at)}" for telling in told),
            " ".join(sorted({address for telling in told for address in telling.to})),
        )


def read_days(content: bytes, calendar: BusinessCalendar, today: date) -> tuple[list[DayChange], list[Fault], int]:
    """What the file changes, what is wrong with it row by row, and how many rows change nothing. `Refused` where it is no such file."""
    if len(content) > LARGEST:
        raise Refused(say("ファイルが大きすぎます。"))
    rows = list(csv_rows(content))
    columns = _columns(rows[0][1]) if rows else {}
    changes: list[DayChange] = []
    faults: list[Fault] = []
    unchanged, current = 0, calendar
    for number, cells in rows[1:]:
        given = {name: cells[place] if place < len(cells) else "" for name, place in columns.items()}
        change, reason = _change(given, calendar)
        if reason is None and change is not None:
            found = reasons_against([change], current, today)
            reason = found[0].reason if found else None
        if reason:
            faults.append(Fault(number, reason))
        elif change is None:
            unchanged += 1
        else:
            changes.append(change)
            current = calendar_after(current, [change])
        if len(changes) > MOST_DAYS:
            raise Refused(say("一度に取り込めるのは%(count)s日までです。", count=MOST_DAYS))
    return changes, faults, unchanged


def _columns(first: Sequence[str]) -> dict[str, int]:
    places = {name: place for place, name in enumerate(first) if name in HEADINGS}
    if not {"日付", "名称"} <= places.keys():
        raise Refused(say("1行目に「日付」と「名称」の見出しが必要です。"))
    return places


def _change(given: Mapping[str, str], calendar: BusinessCalendar) -> tuple[DayChange | None, str | None]:
    """A row that says what is so already changes nothing."""
    day, state = _day_in(given["日付"]), STATES.get(given.get("区分", "") or STATE_WORDS[DayState.OWN])
    if day is None:
        return None, say("日付を読み取れません。")
    if state is None:
        return None, say("区分は「休業日」「営業する日」「毎年の休業日」のどれかです。")
    is_yearly, is_worked = (day.month, day.day) in calendar.yearly_closing, day in calendar.open_days
    if state is DayState.OWN:
        return (None if day in calendar.closing_days else DayChange(DayKind.CLOSE, day, given["名称"])), None
    if state is DayState.WORKED:
        return (None if is_worked else DayChange(DayKind.WORK, day)), None
    return (DayChange(DayKind.REST, day) if is_worked or not is_yearly else None), None


def _day_in(text: str) -> date | None:
    found = _DAY.fullmatch(text)
    try:
        return date(int(found[1]), int(found[2]), int(found[3])) if found else None
    except ValueError:
        return None


def file_name(days: Sequence[DayChange]) -> str:
    return f"closing-day-moves-{min(change.day for change in days):%Y%m%d}"
