"""棚卸 as rules: stages, due days, reminders, bars (R5-20, R9-5)."""

from datetime import date

import pytest

from base.business_days import BusinessCalendar
from rights.inventory.bars import pieces_of
from rights.inventory.rules import Stage, Standing, Tally, due_refusal, is_late, name_refusal, reminder_stage, stage_of

CALENDAR = BusinessCalendar()
STARTED = date(2026, 11, 2)
DUE = date(2026, 11, 30)


@pytest.mark.parametrize(
    ("today", "stage"),
    [
        (date(2026, 11, 12), None),
        # 11-23 is a holiday: the tenth business day before 11-30 is Friday 11-13.
        (date(2026, 11, 13), 10),
        (date(2026, 11, 19), 10),
        (date(2026, 11, 20), 5),
        (date(2026, 11, 26), 5),
        (date(2026, 11, 27), 1),
        (date(2026, 11, 30), 1),
        (date(2026, 12, 1), None),
    ],
)
def test_reminders_are_due_so_many_business_days_before(today: date, stage: int | None) -> None:
    """R5-20: a missed one is made up for by the latest; nothing goes by itself after the due date."""
    assert reminder_stage(STARTED, DUE, today, CALENDAR) == stage


def test_a_short_inventory_is_not_reminded_of_what_had_passed_at_its_start() -> None:
    """R5-20: begun three business days before it is due, it is reminded of once."""
    begun = date(2026, 11, 25)
    stages = [reminder_stage(begun, DUE, date(2026, 11, day), CALENDAR) for day in (25, 26, 27, 30)]
    assert stages == [None, None, 1, 1]


def test_an_organization_is_done_when_it_says_so() -> None:
    """R9-5."""
    assert stage_of(Tally({Standing.KEEP: 2, Standing.UNANSWERED: 1}), is_signed=False) is Stage.ANSWERING
    assert stage_of(Tally({Standing.KEEP: 2, Standing.GONE: 1}), is_signed=False) is Stage.ANSWERED
    assert stage_of(Tally({Standing.KEEP: 2}), is_signed=True) is Stage.COMPLETED


def test_a_due_date_lies_ahead() -> None:
    """R5-20, R8-3."""
    assert due_refusal(STARTED, STARTED)
    assert due_refusal(date(2027, 11, 4), STARTED)
    assert due_refusal(date(2026, 11, 3), STARTED) is None
    assert [is_late(DUE, day) for day in (DUE, date(2026, 12, 1))] == [False, True]
    assert name_refusal("")
    assert name_refusal("棚" * 61)
    assert name_refusal("棚" * 60) is None


def test_a_bar_shows_each_answer_by_its_share_and_leaves_the_rest_empty() -> None:
    """R9-5."""
    tally = Tally({Standing.KEEP: 5, Standing.REMOVE: 2, Standing.UNANSWERED: 1})
    assert [(piece.standing, piece.x, piece.width) for piece in pieces_of(tally)] == [
        (Standing.KEEP, 0.0, 62.5),
        (Standing.REMOVE, 62.5, 25.0),
    ]
    assert pieces_of(Tally({})) == ()
