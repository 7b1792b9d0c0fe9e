import json
from datetime import date, timedelta

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from app import create_app
from auth.dormancy import (
    STAGE_DAYS,
    Account,
    Stage,
    Step,
    following,
    last_day_of_grace,
    last_day_to_log_in,
    next_day,
    next_stage,
    stage_at,
    to_be_sent_again,
)

LOGIN = date(2019, 4, 1)
ORDER = [Stage.WARNING1, Stage.WARNING2, Stage.LOCK, Stage.DELETION]


def day(number: int) -> date:
    return LOGIN + timedelta(days=number)


def account(*taken: tuple[int, int | None], is_kept: bool = False, failed: dict[int, int] | None = None) -> Account:
    """`taken`: for each stage in order, the days at which it was taken and at which its mail went; `failed`: place → last try."""
    failed = failed or {}
    steps = {
        stage: Step(day(on), None if sent is None else day(sent), day(failed[place]) if place in failed else None)
        for place, (stage, (on, sent)) in enumerate(zip(ORDER, taken, strict=False))
    }
    return Account(LOGIN, steps, is_kept)


@pytest.mark.parametrize(
    ("taken", "days", "stage"),
    [
        ((), 119, None),
        ((), 120, Stage.WARNING1),
        ((), 400, Stage.WARNING1),
        (((120, 120),), 149, None),
        (((120, 120),), 150, Stage.WARNING2),
        (((120, None),), 150, Stage.WARNING2),
        (((160, 160),), 160, None),
        (((160, 160),), 161, Stage.WARNING2),
        (((120, 120), (150, 150)), 179, None),
        (((120, 120), (150, 150)), 180, Stage.LOCK),
        (((120, 120), (150, 151)), 180, None),
        (((120, 120), (150, 151)), 181, Stage.LOCK),
        (((120, 120), (150, None)), 500, None),
        (((120, None), (150, 150)), 500, None),
        (((120, 175), (150, 150)), 204, None),
        (((120, 175), (150, 150)), 205, Stage.LOCK),
        (((120, 120), (150, 150), (180, 180)), 209, None),
        (((120, 120), (150, 150), (180, 180)), 210, Stage.DELETION),
        (((120, 120), (150, 150), (180, 183)), 212, None),
        (((120, 120), (150, 150), (180, 183)), 213, Stage.DELETION),
        (((120, 120), (150, 150), (180, None)), 900, None),
        (((120, 120), (150, 150), (180, 180), (210, None)), 900, None),
    ],
)
def test_the_next_stage(taken: tuple[tuple[int, int | None], ...], days: int, stage: Stage | None) -> None:
    """R5-40, R5-44: in order, one a run; nobody is locked or deleted who wasn't told thirty days before."""
    assert next_stage(account(*taken), day(days)) == stage


def test_staff_are_locked_and_never_deleted() -> None:
    """R5-40."""
    locked = account((120, 120), (150, 150), (180, 180), is_kept=True)
    assert next_stage(account((120, 120), (150, 150), is_kept=True), day(180)) == Stage.LOCK
    assert next_stage(locked, day(2000)) is None
    assert following(locked) is None


def test_the_guide_s_example() -> None:
    """R5-41: last login 2019-04-01."""
    assert last_day_to_log_in(LOGIN) == date(2019, 9, 27)
    assert last_day_of_grace(LOGIN) == date(2019, 10, 27)


@pytest.mark.parametrize(("told", "last"), [(150, 179), (149, 179), (151, 180), (400, 429)])
def test_a_late_mail_names_no_day_that_comes_too_early(told: int, last: int) -> None:
    """R5-41, R5-44."""
    assert last_day_to_log_in(LOGIN, day(told)) == day(last)
    assert last_day_of_grace(LOGIN, day(told + 30)) == day(last + 30)


@pytest.mark.parametrize(("days", "again"), [(156, []), (157, [Stage.WARNING2]), (300, [Stage.WARNING2])])
def test_a_notice_that_failed_for_good_is_sent_again_after_a_week(days: int, again: list[Stage]) -> None:
    """R5-44."""
    failed = account((120, 120), (150, None), failed={1: 150})
    assert to_be_sent_again(failed, day(days)) == again


def test_a_notice_that_no_later_stage_waits_for_is_not_sent_again_by_itself() -> None:
    """R5-44: that of the deletion, and that of the lock where nothing is deleted."""
    gone = account((120, 120), (150, 150), (180, 180), (210, None), failed={3: 210})
    locked = ((120, 120), (150, 150), (180, None))
    assert to_be_sent_again(gone, day(400)) == []
    assert to_be_sent_again(account(*locked, failed={2: 180}), day(400)) == [Stage.LOCK]
    assert to_be_sent_again(account(*locked, failed={2: 180}, is_kept=True), day(400)) == []


@pytest.mark.parametrize(
    ("taken", "days"),
    [
        ((), 120),
        (((120, 120),), 150),
        (((160, 160),), 161),
        (((120, 120), (150, 150)), 180),
        (((120, 120), (150, 155)), 185),
        (((120, 120), (150, None)), None),
        (((120, 120), (150, 150), (180, 180)), 210),
        (((120, 120), (150, 150), (180, 180), (210, 210)), None),
    ],
)
def test_when_the_next_stage_may_come(taken: tuple[tuple[int, int | None], ...], days: int | None) -> None:
    """R5-44: what a list tells, and what the run does on that day and not the day before."""
    known = account(*taken)
    assert next_day(known) == (None if days is None else day(days))
    if days is not None:
        assert next_stage(known, day(days)) == following(known)
        assert next_stage(known, day(days - 1)) is None


@given(
    runs=st.sets(st.integers(100, 400), min_size=1, max_size=300),
    delays=st.lists(st.integers(0, 40), min_size=4, max_size=4),
    is_kept=st.booleans(),
)
def test_whatever_mornings_are_missed_and_mails_delayed(runs: set[int], delays: list[int], *, is_kept: bool) -> None:
    """R5-40, R5-44: stages come in order, one a run, none before its days, and thirty days after what it has to wait for went."""
    steps: dict[Stage, Step] = {}
    for number in sorted(runs):
        seen = {
            stage: step if step.sent_on and step.sent_on <= day(number) else Step(step.on)
            for stage, step in steps.items()
        }
        if stage := next_stage(Account(LOGIN, seen, is_kept), day(number)):
            assert stage not in steps
            steps[stage] = Step(day(number), day(number + delays[len(steps)]))
    assert list(steps) == ORDER[: len(steps)]
    assert all(step.on >= day(STAGE_DAYS[stage]) for stage, step in steps.items())
    assert len({step.on for step in steps.values()}) == len(steps)
    for stage, told in ((Stage.LOCK, ORDER[:2]), (Stage.DELETION, ORDER[2:3])):
        if stage in steps:
            assert all((steps[stage].on - (steps[each].sent_on or day(9999))).days >= 30 for each in told)
    assert Stage.DELETION not in steps or not is_kept


@given(st.integers(-400, 400), st.integers(0, 400))
def test_a_stage_never_goes_back_as_days_pass(days: int, later: int) -> None:
    """R5-40."""

    def place(stage: Stage | None) -> int:
        return ORDER.index(stage) if stage else -1

    assert place(stage_at(days + later)) >= place(stage_at(days))


def answer(last_login: str, on: str, *more: str) -> str:
    command = create_app().cli.commands["dormancy"]
    result = CliRunner().invoke(command, ["stage", "--last-login", last_login, "--on", on, *more])
    assert result.exit_code == 0, result.output
    return result.output


def test_the_command_tells_stage_and_days() -> None:
    """R5-40, R5-41."""
    assert json.loads(answer("2019-04-01", "2019-09-28", "--json")) == {
        "stage": "lock",
        "days": 180,
        "last_login": "2019-04-01",
        "last_day_to_log_in": "2019-09-27",
        "lock_on": "2019-09-28",
        "delete_on": "2019-10-28",
        "grace_until": "2019-10-27",
    }


@pytest.mark.parametrize(
    ("on", "stage"),
    [
        ("2019-03-01", None),
        ("2019-07-29", None),
        ("2019-07-30", "warning1"),
        ("2019-08-28", "warning1"),
        ("2019-08-29", "warning2"),
        ("2019-09-27", "warning2"),
        ("2019-09-28", "lock"),
        ("2019-10-27", "lock"),
        ("2019-10-28", "deletion"),
        ("2020-10-28", "deletion"),
    ],
)
def test_the_command_s_stage_by_day(on: str, stage: str | None) -> None:
    """R5-40."""
    assert json.loads(answer("2019-04-01", on, "--json"))["stage"] == stage


def test_the_command_speaks_to_people_too() -> None:
    """R8-2: with the weekday."""
    told = answer("2019-04-01", "2019-09-28")
    assert "180日  アカウントロック" in told
    assert "2019/09/27(金)  ログインの最終日" in told


def test_the_command_refuses_what_is_no_day() -> None:
    """R8-3."""
    command = create_app().cli.commands["dormancy"]
    assert CliRunner().invoke(command, ["stage", "--last-login", "2019-02-30", "--on", "2019-03-01"]).exit_code == 2
