from datetime import date

import pytest

from base.business_days import BusinessCalendar
from desk.closing.day_rules import DayChange, DayKind, calendar_after, read, reasons_against, written

TODAY = date(2026, 11, 25)
CALENDAR = BusinessCalendar(closing_days=frozenset({date(2026, 12, 7)}), open_days=frozenset({date(2028, 1, 4)}))
CLOSE, OPEN, WORK, REST = DayKind


def reason(kind: DayKind, day: date, name: str = "創立記念日") -> str | None:
    found = reasons_against([DayChange(kind, day, name)], CALENDAR, TODAY)
    return str(found[0].reason) if found else None


@pytest.mark.parametrize(
    ("kind", "day", "words"),
    [
        (CLOSE, date(2026, 11, 24), "過ぎている"),
        (OPEN, date(2026, 11, 24), "過ぎている"),
        (CLOSE, date(2026, 11, 28), "土日"),
        (CLOSE, date(2027, 1, 11), "成人の日"),
        (CLOSE, date(2026, 12, 7), "すでに休業日"),
        (CLOSE, date(2026, 12, 31), "すでに休業日"),
        (OPEN, date(2026, 12, 8), "登録された休業日ではありません"),
        (WORK, date(2026, 12, 8), "毎年の休業日ではありません"),
        (REST, date(2026, 12, 31), "すでにそのとおり"),
        (WORK, date(2028, 1, 4), "すでにそのとおり"),
        (CLOSE, date(2100, 1, 5), "2099年まで"),
    ],
)
def test_what_can_not_be_changed_is_refused_with_its_reason(kind: DayKind, day: date, words: str) -> None:
    """R5-31: a day that is past, a day that is off anyway, a day that is so already."""
    assert words in (reason(kind, day) or "")


@pytest.mark.parametrize(
    ("kind", "day"),
    [
        (CLOSE, TODAY),
        (CLOSE, date(2026, 12, 8)),
        (OPEN, date(2026, 12, 7)),
        (WORK, date(2026, 12, 31)),
        (REST, date(2028, 1, 4)),
        (CLOSE, date(2028, 1, 4)),
    ],
)
def test_what_can_be_changed_changes_that_day_and_no_other(kind: DayKind, day: date) -> None:
    """R5-31."""
    assert reason(kind, day) is None
    after = calendar_after(CALENDAR, [DayChange(kind, day, "休み")])
    assert after.is_business_day(day) == (kind in {OPEN, WORK})
    other = date(2026, 12, 9)
    assert after.is_business_day(other) == CALENDAR.is_business_day(other)


def test_a_closing_day_has_a_name_that_fits() -> None:
    """R5-31."""
    assert "名称" in (reason(CLOSE, date(2026, 12, 8), name="") or "")
    assert "40文字" in (reason(CLOSE, date(2026, 12, 8), name="あ" * 41) or "")


def test_days_that_are_changed_together_are_judged_one_after_the_other() -> None:
    """R5-31: the same day twice in one file."""
    twice = [DayChange(CLOSE, date(2026, 12, 8), "夏季"), DayChange(CLOSE, date(2026, 12, 8), "冬季")]
    assert [found.number for found in reasons_against(twice, CALENDAR, TODAY)] == [1]
    back = [DayChange(OPEN, date(2026, 12, 7)), DayChange(CLOSE, date(2026, 12, 7), "やはり")]
    assert reasons_against(back, CALENDAR, TODAY) == []


def test_what_is_planned_reads_as_it_was_written() -> None:
    days = [DayChange(CLOSE, date(2026, 12, 8), '創立"記念"日'), DayChange(WORK, date(2026, 12, 31))]
    assert read(written(days)) == days
