"""G11: a clock that jumped keeps the daily runs from going on, a machine that stood still doesn't (G6)."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from base import clock, clock_alarms
from base.actors import COMMAND
from base.audit import AuditEntry
from base.clock_alarms import clock_alarm_composer
from base.clock_marks import doubt_about
from base.clock_rules import Doubt, Reading, doubt_of
from base.clock_watch import look_at_clock, standing_doubts, trust_clock
from base.daily_runs import DailyRun, Turn, begin, end, run_if_due
from base.db import db, transaction
from base.job_runs import JobRun
from base.jst import JST, day_of
from base.mail_text import Composed, Skipped
from base.outbox import Mail
from tests.browsing import Visitor
from tests.cast import Cast, Person
from tests.conftest import Hands

ROOT = Path(__file__).resolve().parents[2]
EIGHT = datetime(2026, 11, 25, 8, 0, tzinfo=JST)
BELIEVED = Reading(EIGHT, EIGHT, "boot-a", 1000.0)
DESK = "uketsuke@minami-network.example"


def later(real: timedelta, *, shown: timedelta | None = None, boot: str = "boot-a") -> Reading:
    """What the clocks say when `real` time has passed; `shown` is what the machine's clock makes of it."""
    at = EIGHT + (real if shown is None else shown)
    return Reading(at, at, boot, 1000.0 + real.total_seconds())


def days(count: float) -> timedelta:
    return timedelta(days=count)


@pytest.mark.parametrize(
    ("now", "doubt"),
    [
        (later(days(0)), None),
        (later(days(3)), None),
        (later(days(40)), None),
        (later(days(0), shown=days(0.9)), None),
        (later(days(0), shown=days(1.1)), Doubt.AHEAD),
        (later(days(3), shown=days(4.1)), Doubt.AHEAD),
        (later(days(0), shown=days(365)), Doubt.AHEAD),
        (later(days(0), shown=days(-0.9)), None),
        (later(days(0), shown=days(-1.1)), Doubt.BACK),
        (later(days(3), shown=days(1.9)), Doubt.BACK),
        (later(days(3), boot="boot-b"), None),
        (later(days(13), boot="boot-b"), None),
        (later(days(15), boot="boot-b"), Doubt.STANDSTILL),
        (later(days(365), boot="boot-b"), Doubt.STANDSTILL),
        (later(days(-2), boot="boot-b"), Doubt.BACK),
    ],
)
def test_a_clock_is_judged_by_the_time_that_really_passed(now: Reading, doubt: Doubt | None) -> None:
    """G11, G6: within one boot the kernel has counted it; after another one only the last record is left."""
    own = BELIEVED if now.boot == BELIEVED.boot else None
    assert doubt_of(now, own, EIGHT) is doubt


def test_the_first_look_of_all_is_believed() -> None:
    """G11."""
    assert doubt_of(later(days(0)), None, None) is None


def test_a_clock_moved_on_purpose_is_believed_as_long_as_a_standstill_could_be() -> None:
    """G11: the demo's clock; the machine's own says how much time has passed."""
    moved = replace(BELIEVED, wall=EIGHT + days(9))
    assert doubt_of(moved, BELIEVED, EIGHT) is None
    assert doubt_of(replace(moved, wall=EIGHT + days(365)), BELIEVED, EIGHT) is Doubt.STANDSTILL


def test_a_doubt_goes_by_itself_once_the_clock_is_right_again(session: Session) -> None:
    """G11: nothing of the wrong time is kept as believed."""
    assert look_at_clock(session, BELIEVED, DESK, "host-a") is None
    wrong = later(timedelta(minutes=1), shown=days(365))
    assert [look_at_clock(session, wrong, DESK, "host-a") for _ in range(3)] == [Doubt.AHEAD] * 3
    assert [(row.host, row.kind, row.believed_at) for row in standing_doubts(session)] == [("host-a", "ahead", EIGHT)]
    assert look_at_clock(session, later(timedelta(minutes=2)), DESK, "host-a") is None
    assert not standing_doubts(session)


def test_the_desk_is_told_once_a_doubt_and_not_when_all_is_well_again(session: Session) -> None:
    """G11, R7-14."""
    compose = clock_alarm_composer("https://portal.example", "みなみ都市ガスネットワーク")
    look_at_clock(session, BELIEVED, DESK, "host-a")
    for minutes in (1, 2, 3):
        look_at_clock(session, later(timedelta(minutes=minutes), shown=days(-2)), DESK, "host-a")
    [mail] = session.scalars(select(Mail).where(Mail.kind == clock_alarms.KIND)).all()
    letter = compose(session, mail, EIGHT)
    assert isinstance(letter, Composed)
    assert "2026/11/23(月) 08:00" in letter.body
    assert "2026/11/25(水) 08:00" in letter.body
    look_at_clock(session, later(timedelta(minutes=4)), DESK, "host-a")
    assert isinstance(compose(session, mail, EIGHT), Skipped)


def test_a_machine_behind_the_others_refuses_and_the_others_go_on(session: Session) -> None:
    """G11, G5: two hosts."""
    assert look_at_clock(session, BELIEVED, DESK, "host-a") is None
    assert look_at_clock(session, later(days(0), shown=days(-2), boot="boot-b"), DESK, "host-b") is Doubt.BACK
    assert look_at_clock(session, later(timedelta(minutes=1)), DESK, "host-a") is None
    assert [row.host for row in standing_doubts(session)] == ["host-b"]


def test_somebody_s_word_makes_the_time_right_and_sets_later_runs_aside(session: Session) -> None:
    """G11: a year's clock that ran ahead took a run with it; when that day comes, it runs."""
    wrong = later(days(0), shown=days(365), boot="boot-b")
    ran_on = day_of(wrong.wall)
    look_at_clock(session, wrong, "", "host-b")
    turn = begin(session, "dormancy", ran_on, wrong.wall)
    assert turn is not None
    end(session, turn, "done", wrong.wall)
    assert look_at_clock(session, BELIEVED, "", "host-b") is Doubt.BACK
    trust_clock(session, BELIEVED, by=COMMAND)
    assert not standing_doubts(session)
    assert look_at_clock(session, later(timedelta(minutes=1)), "", "host-b") is None
    assert session.scalars(select(JobRun.outcome)).one() == "set aside: done"
    assert begin(session, "dormancy", ran_on, wrong.wall) is not None
    assert session.scalars(select(AuditEntry.action)).all() == ["clock.trusted"]


def test_no_daily_run_goes_on_while_the_clock_is_not_believed(
    any_app: Flask, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    """G11: it is made up for when the clock is right; a standstill of three days is caught up with at once (G6)."""
    runs: list[str] = []

    def run(turn: Turn) -> str:
        runs.append(turn.on.isoformat())
        return "done"

    daily = DailyRun("notices", time(7), run)

    def look(now: Reading) -> None:
        monkeypatch.setattr(clock, "system_time", lambda: now.system)
        monkeypatch.setattr(clock, "_boot", lambda: now.boot)
        monkeypatch.setattr("base.clock.time.clock_gettime", lambda _which: now.up_seconds)
        with transaction() as session:
            look_at_clock(session, clock.reading(now.wall), DESK)
        run_if_due(daily, lambda: now.wall)

    with any_app.app_context():
        for now in (
            BELIEVED,
            later(timedelta(minutes=1), shown=days(365)),
            later(timedelta(minutes=2), shown=days(-2)),
            later(days(1)),
            later(days(4), boot="boot-b"),
        ):
            look(now)
        with transaction() as session:
            noted = list(session.scalars(select(JobRun.on).order_by(JobRun.on)))
    assert runs == ["2026-11-25", "2026-11-26", "2026-11-29"]
    assert [on.isoformat() for on in noted] == runs


def _reading_under(*command: str) -> Reading:
    """What another program of this machine reads."""
    said = "from base.clock import reading, system_time; now = reading(system_time()); print(now.system.timestamp(), now.boot, now.up_seconds)"
    environment = {**os.environ, "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1"}
    answer = subprocess.run(
        [*command, sys.executable, "-c", said], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    system, boot, up_seconds = answer.stdout.split()
    at = datetime.fromtimestamp(float(system), UTC)
    return Reading(at, at, boot, float(up_seconds))


@pytest.mark.parametrize(("shift", "doubt"), [("+1y", Doubt.AHEAD), ("-2d", Doubt.BACK), ("+1h", None)])
def test_the_kernel_s_own_count_shows_what_was_done_to_the_clock(shift: str, doubt: Doubt | None) -> None:
    """G11: also across two programs, since both live in one boot."""
    before, after = _reading_under(), _reading_under("faketime", "-f", shift)
    assert before.boot == after.boot
    assert doubt_of(after, before, before.wall) is doubt


def test_the_commands_show_the_doubt_and_take_somebody_s_word(any_app: Flask, hands: Hands) -> None:
    """G11."""
    run = any_app.test_cli_runner().invoke
    with any_app.app_context(), transaction() as session:
        look_at_clock(session, clock.reading(hands.now))
    assert run(args=["clock", "show"]).exit_code == 0
    hands.now -= days(2)
    shown = run(args=["clock", "show"])
    assert shown.exit_code == 1
    assert "時計が1日を超えて戻っています。" in shown.output
    assert run(args=["clock", "trust"]).exit_code == 0
    with any_app.app_context():
        assert doubt_about(db.session(), clock.reading(hands.now)) is None


def test_the_desk_names_the_machine_until_its_clock_is_right(
    app: Flask, cast: Cast, hands: Hands, enter: Callable[[Person], Visitor]
) -> None:
    """G11: staff see it; an outsider has no desk."""
    with app.app_context(), transaction() as session:
        look_at_clock(session, clock.reading(hands.now), "", "host-a")
        look_at_clock(session, clock.reading(hands.now - days(2)), "", "host-a")
    assert "サーバー host-a の時計を確認するまで" in enter(cast.reception).get("/staff").text
    assert enter(cast.nishi_manager).get("/staff").status_code == 404


@pytest.mark.parametrize("command", ["processing", "dormancy"])
def test_a_run_by_hand_is_refused_unless_it_is_forced(app: Flask, hands: Hands, command: str) -> None:
    """G11: a year ahead since the last look; what is forced says nothing for the next run."""
    run = app.test_cli_runner().invoke
    with app.app_context(), transaction() as session:
        look_at_clock(session, clock.reading(hands.now))
    hands.now += days(365)
    for arguments, status in ((["run"], 1), (["run", "--force"], 0), (["run"], 1)):
        assert run(args=[command, *arguments]).exit_code == status
