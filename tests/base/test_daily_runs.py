import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from base.daily_runs import DailyRun, TakenOver, Turn, begin, daily_job, due_day, end, keep, last_ended
from base.db import transaction
from base.job_runs import JobRun
from base.jst import JST
from tests.conftest import Hands

SEVEN = time(7)
DAY = date(2026, 11, 25)
AT_SEVEN = datetime(2026, 11, 25, 7, 0, tzinfo=JST)


def begun(engine: Engine, now: datetime = AT_SEVEN, *, is_again: bool = False) -> Turn | None:
    with transaction(Session(engine)) as session:
        return begin(session, "dormancy", DAY, now, is_again=is_again)


def in_one(engine: Engine, act: Callable[[Session], object]) -> None:
    with transaction(Session(engine)) as session:
        act(session)


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (datetime(2026, 11, 24, 21, 59, 59, tzinfo=UTC), None),
        (datetime(2026, 11, 24, 22, 0, tzinfo=UTC), DAY),
        (datetime(2026, 11, 25, 14, 59, 59, tzinfo=UTC), DAY),
        (datetime(2026, 11, 25, 15, 0, tzinfo=UTC), None),
    ],
)
def test_a_day_s_run_is_due_from_its_time_in_japan_until_midnight(now: datetime, due: date | None) -> None:
    """R5-40, R8-2."""
    assert due_day(SEVEN, now) == due


def test_of_many_at_once_exactly_one_begins_the_run(engine: Engine) -> None:
    """R5-44, G4."""
    turns: list[Turn | None] = []
    runners = [threading.Thread(target=lambda: turns.append(begun(engine))) for _ in range(8)]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join()
    assert len([turn for turn in turns if turn]) == 1
    assert len(turns) == 8


def test_a_run_is_begun_once_a_day_and_again_only_where_that_is_asked_for(engine: Engine) -> None:
    """G4: a command may repeat a run that came to its end, but never one that is under way."""
    turn = begun(engine)
    assert turn is not None
    assert begun(engine, is_again=True) is None
    in_one(engine, lambda session: end(session, turn, "done", AT_SEVEN))
    assert begun(engine) is None
    assert begun(engine, is_again=True) is not None


@pytest.mark.parametrize(("minutes", "taken_over"), [(5, 0), (5.1, 1), (-4, 0), (-6, 1)])
def test_a_run_whose_runner_died_is_taken_over_after_five_minutes(
    engine: Engine, minutes: float, taken_over: int
) -> None:
    """R5-44, G4, G11: also where the clock was set back meanwhile."""
    begun(engine)
    turns = [begun(engine, AT_SEVEN + timedelta(minutes=minutes)) for _ in range(2)]
    assert len([turn for turn in turns if turn]) == taken_over


def test_a_runner_that_shows_itself_keeps_its_run(engine: Engine) -> None:
    """G4."""
    turn = begun(engine)
    assert turn is not None
    in_one(engine, lambda session: keep(session, turn, AT_SEVEN + timedelta(minutes=4)))
    assert begun(engine, AT_SEVEN + timedelta(minutes=8)) is None


def test_a_runner_that_was_given_up_changes_nothing_more(engine: Engine) -> None:
    """G4: what it has open is dropped together with its proof of life."""
    slept = begun(engine)
    assert slept is not None
    successor = begun(engine, AT_SEVEN + timedelta(minutes=6))
    assert successor is not None
    for act in (lambda session: keep(session, slept, AT_SEVEN), lambda session: end(session, slept, "x", AT_SEVEN)):
        with pytest.raises(TakenOver):
            in_one(engine, act)
    in_one(engine, lambda session: keep(session, successor, AT_SEVEN + timedelta(minutes=7)))


def test_the_last_run_is_the_latest_day_s_that_ended(engine: Engine) -> None:
    """G11."""
    for days, is_ended in ((1, True), (3, True), (2, True), (4, False)):
        with transaction(Session(engine)) as session:
            turn = begin(session, "dormancy", DAY + timedelta(days=days), AT_SEVEN)
            assert turn is not None
            if is_ended:
                end(session, turn, "done", AT_SEVEN)
    with Session(engine) as session:
        last = last_ended(session, "dormancy")
        assert last is not None
        assert last.on == DAY + timedelta(days=3)
        assert last_ended(session, "another job") is None


class Mornings:
    """A daily run that notes its days, and fails as often as it is told to."""

    def __init__(self, app: Flask, hands: Hands) -> None:
        self.app, self.hands = app, hands
        self.days: list[date] = []
        self.failures = 0
        self.job = daily_job(DailyRun("dormancy", SEVEN, self.run), lambda: hands.now)

    def run(self, turn: Turn) -> str:
        if self.failures:
            self.failures -= 1
            raise OSError("the machine hiccups")
        self.days.append(turn.on)
        return f"run {len(self.days)}"

    def look_at(self, when: datetime) -> None:
        self.hands.now = when
        with self.app.app_context():
            self.job.run()

    def outcomes(self) -> list[str | None]:
        with self.app.app_context(), transaction() as session:
            return list(session.scalars(select(JobRun.outcome).order_by(JobRun.on)))


@pytest.fixture
def mornings(any_app: Flask, hands: Hands) -> Mornings:
    return Mornings(any_app, hands)


def test_looking_all_day_long_runs_once(mornings: Mornings) -> None:
    """R5-40."""
    for minutes in range(-60, 600, 20):
        mornings.look_at(AT_SEVEN + timedelta(minutes=minutes))
    assert mornings.days == [DAY]
    assert mornings.outcomes() == ["run 1"]


def test_after_days_without_a_worker_one_run_makes_up_for_all(mornings: Mornings) -> None:
    """R5-44, G6."""
    mornings.look_at(AT_SEVEN)
    mornings.look_at(AT_SEVEN + timedelta(days=3, hours=9))
    mornings.look_at(AT_SEVEN + timedelta(days=4))
    assert mornings.days == [DAY, DAY + timedelta(days=3), DAY + timedelta(days=4)]


def test_a_run_that_failed_is_tried_again_some_minutes_later(mornings: Mornings) -> None:
    """R5-44."""
    mornings.failures = 1
    with pytest.raises(OSError, match="hiccups"):
        mornings.look_at(AT_SEVEN)
    mornings.look_at(AT_SEVEN + timedelta(minutes=4))
    assert mornings.days == []
    mornings.look_at(AT_SEVEN + timedelta(minutes=6))
    assert mornings.days == [DAY]
