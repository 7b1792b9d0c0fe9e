"""`flask --app app clock …`: whether the clock is believed, and the word of somebody who knows that it is right (G11)."""

import sys

import click
from flask.cli import with_appcontext

from base import clock
from base.actors import COMMAND
from base.clock_marks import doubt_about, latest_mark
from base.clock_rules import DOUBT_WORDS
from base.clock_watch import look_at_clock, trust_clock
from base.db import db, transaction
from base.jst import show_second
from base.worker import Job

LOOK_SECONDS = 30


def clock_commands() -> click.Group:
    group = click.Group("clock", help="The clock, by which the daily runs go (G11).")

    @group.command("show")
    @with_appcontext
    def show() -> None:
        """Tell the time, the last one that was believed, and whether this one is; exit status 1 where it isn't."""
        session, now = db.session(), clock.reading(clock.now())
        latest, doubt = latest_mark(session), doubt_about(session, now)
        click.echo(f"{show_second(now.wall)}  いま")
        click.echo(f"{show_second(latest)}  最後の記録" if latest else "記録はまだありません")
        if doubt is not None:
            click.echo(DOUBT_WORDS[doubt])
            sys.exit(1)

    @group.command("trust")
    @with_appcontext
    def trust() -> None:
        """Say that the time is right: the daily runs go on, and runs of later days don't count."""
        with transaction() as session:
            trust_clock(session, clock.reading(clock.now()), by=COMMAND)
        click.echo(f"{show_second(clock.now())}  この時刻から再開します。")

    return group


def clock_job(desk_address: str) -> Job:
    """For the worker."""

    def look() -> None:
        with transaction() as session:
            look_at_clock(session, clock.reading(clock.now()), desk_address)

    return Job("look at the clock", LOOK_SECONDS, look)
