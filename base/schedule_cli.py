"""`flask --app app schedule`: the days that follow from a day, for scripts and for the desk (R5-34)."""

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime

import click

from base import schedule
from base.business_days import BusinessCalendar
from base.jst import show_day
from base.schedule import Schedule

KINDS: Mapping[str, Callable[[date, BusinessCalendar], Schedule]] = {
    "new": schedule.new_request,
    "change": schedule.change,
    "removal": schedule.removal,
    "certificate": schedule.certificate,
}

FIRST_YEAR = 1986
LAST_YEAR = 2099

_NO_DAY = "—".ljust(14)  # as wide as a date, whose weekday takes two columns

_LABELS = {
    "accepted_on": "受付日",
    "processing_date": "システム処理日 (M)",
    "taxis_johs_from": "TAXIS・JOHS",
    "juju_loacus_from": "JUJU・LOACUS",
    "notified_from": "完了のご連絡",
}


def as_json(answer: Schedule) -> str:
    """What doesn't apply to the kind is null."""
    days = {name: getattr(answer, name) for name in _LABELS}
    return json.dumps({name: day.isoformat() if day else None for name, day in days.items()})


def as_table(answer: Schedule) -> str:
    days = {label: getattr(answer, name) for name, label in _LABELS.items()}
    return "\n".join(f"{show_day(day) if day else _NO_DAY}  {label}" for label, day in days.items())


_FORMS = {"json": as_json, "table": as_table}


def _known_day(_context: click.Context, _parameter: click.Parameter, value: datetime) -> date:
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise click.BadParameter(f"public holidays are known from {FIRST_YEAR} to {LAST_YEAR}")
    return value.date()


def schedule_command(calendar: Callable[[], BusinessCalendar]) -> click.Command:
    """The command, working with the calendar that the function gives."""

    @click.command("schedule")
    @click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), required=True, callback=_known_day)
    @click.option("--kind", type=click.Choice(list(KINDS)), required=True)
    @click.option("--json", "form", flag_value="json", default="table", help="Answer in JSON instead of a table.")
    def command(day: date, kind: str, form: str) -> None:
        """Show the days that an entry on --date reaches; for a certificate --date is the day of the OK."""
        click.echo(_FORMS[form](KINDS[kind](day, calendar())))

    return command
