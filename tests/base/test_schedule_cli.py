import json
from datetime import date

import pytest
from click.testing import CliRunner, Result

from base.business_days import BusinessCalendar
from base.schedule_cli import schedule_command


def ask(*arguments: str, calendar: BusinessCalendar | None = None) -> Result:
    return CliRunner().invoke(schedule_command(lambda: calendar or BusinessCalendar()), arguments)


@pytest.mark.parametrize(
    ("kind", "day", "answer"),
    [
        ("new", "2018-12-14", ["2018-12-17", "2019-01-07", "2019-01-16", "2019-01-21", None]),
        ("change", "2018-12-14", [None, "2018-12-17", "2018-12-14", "2019-01-07", None]),
        ("removal", "2018-12-14", [None, "2018-12-17", "2018-12-15", None, None]),
        ("certificate", "2018-12-14", [None, "2018-12-17", None, None, "2018-12-26"]),
        ("certificate", "2019-01-15", [None, "2019-01-16", None, None, "2019-01-24"]),
    ],
)
def test_scripts_get_the_dates_as_json(kind: str, day: str, answer: list[str | None]) -> None:
    """R5-33, R5-34, R5-10, R5-14, R5-15, R5-18, R4-3."""
    result = ask("--date", day, "--kind", kind, "--json")
    assert result.exit_code == 0
    keys = ["accepted_on", "processing_date", "taxis_johs_from", "juju_loacus_from", "notified_from"]
    assert json.loads(result.stdout) == dict(zip(keys, answer, strict=True))


def test_people_get_a_table_with_weekdays() -> None:
    """R5-34."""
    result = ask("--date", "2018-12-13", "--kind", "new")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "2018/12/14(金)  受付日",
        "2018/12/17(月)  システム処理日 (M)",
        "2018/12/26(水)  TAXIS・JOHS",
        "2019/01/07(月)  JUJU・LOACUS",
        "—               完了のご連絡",
    ]


def test_the_operators_own_closing_days_count() -> None:
    """R5-31."""
    closed = BusinessCalendar(closing_days=frozenset({date(2018, 12, 17)}))
    result = ask("--date", "2018-12-14", "--kind", "change", "--json", calendar=closed)
    assert json.loads(result.stdout)["processing_date"] == "2018-12-18"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--date", "2018-02-30", "--kind", "new"], "2018-02-30"),
        (["--date", "1985-12-31", "--kind", "new"], "1986"),
        (["--date", "2100-01-01", "--kind", "new"], "2099"),
        (["--date", "9999-12-31", "--kind", "new"], "2099"),
        (["--date", "2018-12-14", "--kind", "other"], "other"),
        (["--kind", "new"], "--date"),
        (["--date", "2018-12-14"], "--kind"),
    ],
)
def test_a_wrong_question_is_refused_by_name(arguments: list[str], complaint: str) -> None:
    """R8-3."""
    result = ask(*arguments)
    assert result.exit_code == 2
    assert complaint in result.output


@pytest.mark.parametrize("day", ["1986-01-01", "2099-12-31"])
def test_the_first_and_the_last_known_day_are_answered(day: str) -> None:
    """R5-31."""
    assert ask("--date", day, "--kind", "new", "--json").exit_code == 0
