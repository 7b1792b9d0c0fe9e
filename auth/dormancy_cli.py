"""`flask --app app dormancy …`: the days of a last login, the morning run by hand, last logins from elsewhere (R5-40 to R5-44)."""

import json
import sys
from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path

import click
from flask.cli import with_appcontext

from auth.dormancy import Stage, days_between, earliest, last_day_of_grace, last_day_to_log_in, stage_at
from auth.dormancy_digests import JOB
from auth.dormancy_run import Rounds, count_due, refusal_of, run_dormancy
from auth.dormancy_words import STAGE_LABELS
from auth.login_import import import_logins, judge_logins
from base import clock
from base.actors import COMMAND
from base.clock_marks import doubt_about
from base.clock_rules import DOUBT_WORDS
from base.daily_runs import REFUSED, begin, end
from base.db import db, transaction
from base.jst import day_of, show_day
from base.refusals import Refused

_DAY = click.DateTime(["%Y-%m-%d"])
_LABELS = {
    "last_login": "最終ログイン",
    "last_day_to_log_in": "ログインの最終日",
    "lock_on": "アカウントロック",
    "delete_on": "アカウント削除",
    "grace_until": "猶予期間の最終日",
}


def answer_for(last_login: date, on: date) -> Mapping[str, date | int | str | None]:
    """Where every notice is sent on its day; `stage` is null before the first one."""
    days = days_between(last_login, on)
    return {
        "stage": stage_at(days),
        "days": days,
        "last_login": last_login,
        "last_day_to_log_in": last_day_to_log_in(last_login),
        "lock_on": earliest(Stage.LOCK, last_login),
        "delete_on": earliest(Stage.DELETION, last_login),
        "grace_until": last_day_of_grace(last_login),
    }


def as_text(answer: Mapping[str, date | int | str | None]) -> str:
    stage = answer["stage"]
    at = STAGE_LABELS[Stage(str(stage))] if stage else "該当なし"
    days = [f"{show_day(day)}  {label}" for name, label in _LABELS.items() if isinstance(day := answer[name], date)]
    return "\n".join([f"{answer['days']}日  {at}", *days])


@click.command("stage")
@click.option("--last-login", type=_DAY, required=True, help="Or the day of the issue, where there was no login.")
@click.option("--on", type=_DAY, required=True)
@click.option("--json", "is_json", is_flag=True, help="Answer as one JSON object.")
def stage_command(last_login: datetime, on: datetime, is_json: bool) -> None:  # noqa: FBT001 - a flag of the command line
    """Show the stage that is due --on a day where every earlier notice was sent on its day."""
    answer = answer_for(last_login.date(), on.date())
    click.echo(json.dumps(answer, default=str) if is_json else as_text(answer))


def _summary(counts: Counter[str]) -> str:
    lines = [f"{STAGE_LABELS[stage]}: {counts[stage]}" for stage in Stage]
    lines += [f"再送: {counts['again']}"]
    return "\n".join([*lines, f"送信先にできないID: {counts['unmailable']}"] if counts["unmailable"] else lines)


def _try_out(on: date, today: date) -> None:
    session = db.session()
    click.echo(_summary(count_due(session, on)))
    if reason := refusal_of(session, on, today):
        click.echo(f"would be refused without --force: {reason}")


def _carry_out(on: date, rounds: Rounds) -> None:
    if on > day_of(rounds.clock()):
        # Not even noted as refused: on its own morning that day has its run.
        raise click.ClickException(f"{REFUSED}: {on} is yet to come")
    with transaction() as session:
        doubt = None if rounds.is_forced else doubt_about(session, clock.reading(rounds.clock()))
        turn = None if doubt else begin(session, JOB, on, rounds.clock(), is_again=True)
    if doubt:
        raise click.ClickException(f"{REFUSED}: {DOUBT_WORDS[doubt]}")
    if turn is None:
        raise click.ClickException(f"the run of {on} is under way; a dead one is free five minutes after its last sign")
    outcome = run_dormancy(turn, rounds, day_of(rounds.clock()))
    with transaction() as session:
        end(session, turn, outcome, rounds.clock())
    click.echo(outcome)
    if outcome.startswith(REFUSED):
        sys.exit(1)


def run_command(desk_address: str) -> click.Command:
    @click.command("run")
    @click.option("--on", type=_DAY, help="The day whose run it is; today without it.")
    @click.option("--dry-run", "is_dry", is_flag=True, help="Only tell what would be done.")
    @click.option("--force", "is_forced", is_flag=True, help="Although the clock seems to have jumped.")
    @with_appcontext
    def run(on: datetime | None, is_dry: bool, is_forced: bool) -> None:  # noqa: FBT001 - flags of the command line
        """Warn, lock and delete what is due; whatever is done already is not done again. Exit status 1 where it refuses."""
        today = day_of(clock.now())
        day = on.date() if on else today
        if is_dry:
            _try_out(day, today)
        else:
            _carry_out(day, Rounds(clock.now, desk_address, COMMAND, is_forced))

    return run


@click.command("import-logins")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", "is_dry", is_flag=True, help="Only judge the file.")
@with_appcontext
def import_command(file: Path, is_dry: bool) -> None:  # noqa: FBT001 - a flag of the command line
    """Take over last logins from a CSV file of IDs and days or times in Japan. One bad row, and nothing is taken over."""
    try:
        with transaction() as session:
            found = judge_logins(session, file.read_bytes(), clock.now())
            if not found.faults and not is_dry:
                import_logins(session, found.logins, by=COMMAND, now=clock.now())
    except Refused as refusal:
        raise click.ClickException(refusal.reason) from refusal
    for fault in found.faults:
        click.echo(f"{fault.row}行目: {fault.reason}", err=True)
    done = "would be taken over" if is_dry else "taken over"
    click.echo(f"{len(found.logins)} {done}, {found.unchanged} unchanged, {len(found.faults)} bad rows")
    if found.faults:
        sys.exit(1)


def dormancy_commands(desk_address: str | None) -> click.Group:
    """Without settings (`desk_address` None) only what needs no database."""
    group = click.Group("dormancy", help="IDs that haven't been used for long (R5-40 to R5-44).")
    group.add_command(stage_command)
    if desk_address is not None:
        group.add_command(run_command(desk_address))
        group.add_command(import_command)
    return group
