"""`flask --app app processing …`: the run of a day by hand, and how the processing dates stand (R5-10, G4, G6)."""

from collections.abc import Mapping
from datetime import date, datetime

import click
from flask.cli import with_appcontext

from base import clock
from base.actors import COMMAND
from base.clock_rules import DOUBT_WORDS
from base.clock_watch import look_at_clock
from base.daily_runs import REFUSED, begin, end, last_ended
from base.db import db, transaction
from base.jst import day_of, show_day, show_time
from rights.processing.queries import count_due, count_stuck
from rights.processing.rounds import JOB, Rounds, run_processing

_DAY = click.DateTime(["%Y-%m-%d"])


def _told(due: Mapping[date, int], stuck: int) -> str:
    lines = [f"{show_day(m)}  {count}" for m, count in due.items()] or ["nothing is due"]
    return "\n".join([*lines, f"can't be carried out: {stuck}"] if stuck else lines)


def _refuse_doubted_clock(*, is_forced: bool) -> None:
    """G11. A forced run goes by the clock as it stands, and says nothing about it for later ones."""
    with transaction() as session:
        doubt = None if is_forced else look_at_clock(session, clock.reading(clock.now()))
    if doubt is not None:
        raise click.ClickException(f"{REFUSED}: {DOUBT_WORDS[doubt]}")


def _carry_out(on: date, rounds: Rounds) -> str:
    with transaction() as session:
        turn = begin(session, JOB, on, rounds.clock(), is_again=True)
    if turn is None:
        raise click.ClickException(f"the run of {on} is under way; a dead one is free five minutes after its last sign")
    outcome = run_processing(turn, rounds)
    with transaction() as session:
        end(session, turn, outcome, rounds.clock())
    return outcome


@click.command("run")
@click.option("--on", type=_DAY, help="The day whose run it is; today without it.")
@click.option("--dry-run", "is_dry", is_flag=True, help="Only tell what would be carried out, by processing date.")
@click.option("--force", "is_forced", is_flag=True, help="Although the clock isn't believed.")
@with_appcontext
def run_command(on: datetime | None, is_dry: bool, is_forced: bool) -> None:  # noqa: FBT001 - flags of the command line
    """Carry out what is due by that day; what is carried out already is not done again."""
    today = day_of(clock.now())
    day = on.date() if on else today
    if day > today:
        raise click.ClickException(f"{day} is yet to come")
    if is_dry:
        click.echo(_told(count_due(db.session(), day), count_stuck(db.session(), day)))
    else:
        _refuse_doubted_clock(is_forced=is_forced)
        click.echo(_carry_out(day, Rounds(clock.now, COMMAND)))


@click.command("status")
@with_appcontext
def status_command() -> None:
    """What is due by now, what can't be carried out, and the last run."""
    session, today = db.session(), day_of(clock.now())
    click.echo(_told(count_due(session, today), count_stuck(session, today)))
    last = last_ended(session, JOB)
    if last is None or last.ended_at is None:
        click.echo("last run: none")
    else:
        click.echo(f"last run: of {show_day(last.on)}, ended {show_time(last.ended_at)}: {last.outcome}")


def processing_commands() -> click.Group:
    group = click.Group("processing", help="The run of the processing dates (R5-10).")
    group.add_command(run_command)
    group.add_command(status_command)
    return group
