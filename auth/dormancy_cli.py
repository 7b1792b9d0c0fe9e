"""`flask --app app dormancy stage`: the days that follow from a last login, for scripts and for the desk (R5-40, R5-41)."""

import json
from collections.abc import Mapping
from datetime import date, datetime

import click

from auth.dormancy import Stage, days_between, earliest, last_day_of_grace, last_day_to_log_in, stage_at
from auth.dormancy_words import STAGE_LABELS
from base.jst import show_day

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


def dormancy_commands() -> click.Group:
    group = click.Group("dormancy", help="IDs that haven't been used for long (R5-40 to R5-44).")
    group.add_command(stage_command)
    return group
