"""Last logins from elsewhere, and the morning run by hand: commands over a real database."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from auth.login_import import read_moment
from base.audit import AuditEntry
from base.db import db
from base.jst import JST
from base.refusals import Refused
from tests.auth.mornings import House, day, login_at, seven, steps
from tests.certificates import NOW
from tests.conftest import Hands

WHO, OTHER = "minami@higashi-gas.example", "kita@higashi-gas.example"


@pytest.fixture
def house(any_app: Flask, hands: Hands) -> House:
    return House(any_app)


def command(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=["dormancy", *words])


def brought(house: House, folder: Path, text: str, *words: str, encoding: str = "utf-8") -> Result:
    (folder / "logins.csv").write_bytes(text.encode(encoding))
    return command(house.app, "import-logins", str(folder / "logins.csv"), *words)


def at(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=JST)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_last_logins_are_taken_over_from_any_spreadsheet(house: House, tmp_path: Path, encoding: str) -> None:
    """R5-40, R8-7."""
    who, other = house.person(WHO), house.person(OTHER, None)
    text = f"メールアドレス(ID),最終ログイン\r\n{WHO.upper()},2026/3/1 8:05\r\n{OTHER},2026-02-03\r\n"
    told = brought(house, tmp_path, text, encoding=encoding)
    assert told.exit_code == 0, told.output
    assert house.user(who).last_login_at == at("2026-03-01 08:05")
    assert house.user(other).last_login_at == at("2026-02-03 00:00")


def test_a_login_moves_only_forward_and_a_blank_cell_changes_nothing(house: House, tmp_path: Path) -> None:
    """R8-7: whoever logged in here since keeps that login."""
    who, other = house.person(WHO), house.person(OTHER)
    told = brought(house, tmp_path, f"{WHO},2025/12/31\n{OTHER},\n")
    assert "0 taken over, 2 unchanged" in told.output
    assert {house.user(each).last_login_at for each in (who, other)} == {login_at(day(0))}


def test_one_bad_row_and_nothing_is_taken_over(house: House, tmp_path: Path) -> None:
    """R8-7, R8-3: every bad row with its number."""
    who = house.person(WHO)
    future = f"{NOW + timedelta(days=2):%Y/%m/%d}"
    rows = [f"{WHO},2026/5/1", "nobody@higashi-gas.example,2026/5/1", f"{WHO},May 1st", f"{WHO},{future}", f"{WHO},1,2"]
    told = brought(house, tmp_path, "\n".join(["ID,最終ログイン", *rows]))
    assert told.exit_code == 1
    for number in (3, 4, 5, 6):
        assert f"{number}行目" in told.output
    assert house.user(who).last_login_at == login_at(day(0))


def test_a_dry_run_only_judges(house: House, tmp_path: Path) -> None:
    """R8-7."""
    who = house.person(WHO)
    assert "1 would be taken over" in brought(house, tmp_path, f"{WHO},2026/5/1\n", "--dry-run").output
    assert house.user(who).last_login_at == login_at(day(0))


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"\x00\x01,\x02", b'"open,2026'])
def test_what_is_no_csv_is_refused(house: House, tmp_path: Path, content: bytes) -> None:
    """R8-3."""
    (tmp_path / "x.csv").write_bytes(content)
    told = command(house.app, "import-logins", str(tmp_path / "x.csv"))
    assert told.exit_code == 1
    assert "Traceback" not in told.output


@pytest.mark.parametrize("text", ["2026-02-30", "2026/13/1", "26/1/1", "2026/1/1 25:00", "２０２６/1/1", "=1+1", ""])
def test_what_is_no_moment_is_refused(text: str) -> None:
    """R8-3."""
    with pytest.raises(Refused):
        read_moment(text)


def test_the_run_by_hand_tells_first_and_does_then(house: House, hands: Hands) -> None:
    """R5-40, R5-44: once, however often."""
    house.person(WHO)
    hands.now = seven(day(125))
    assert "警告1: 1" in command(house.app, "run", "--dry-run").output
    assert steps(house.engine) == []
    for _ in range(2):
        told = command(house.app, "run")
        assert told.exit_code == 0, told.output
        assert "warning1=1" in told.output
    assert len(steps(house.engine)) == 1


def test_a_run_for_another_day_needs_force(house: House, hands: Hands) -> None:
    """G11."""
    house.person(WHO)
    hands.now = seven(day(125))
    assert command(house.app, "run").exit_code == 0
    for other in (day(124), day(200)):
        told = command(house.app, "run", "--on", other.isoformat())
        assert told.exit_code == 1
        assert "refused" in told.output
    assert len(steps(house.engine)) == 1
    assert command(house.app, "run", "--on", day(124).isoformat(), "--force").exit_code == 0


def test_a_day_that_is_yet_to_come_is_not_forced(house: House, hands: Hands) -> None:
    """R5-44, G11: a warning of today would be a month old then; and that day still has its own run."""
    who = house.person(WHO)
    for number in (150, 151):
        house.morning(day(number))
    hands.now = seven(day(152))
    for words in ((), ("--force",)):
        told = command(house.app, "run", "--on", day(186).isoformat(), *words)
        assert (told.exit_code, "yet to come" in told.output) == (1, True)
    assert house.user(who).locked_at is None
    hands.now = seven(day(186))
    assert house.turn(day(186), hands.now) is not None


def test_that_a_run_was_forced_stands_in_the_trail(house: House, hands: Hands) -> None:
    """R8-1, G11."""
    house.person(WHO)
    hands.now = seven(day(125))
    assert command(house.app, "run", "--force").exit_code == 0
    with house.app.app_context():
        forced = select(AuditEntry.subject).where(AuditEntry.action == "dormancy.forced")
        assert list(db.session.scalars(forced)) == [f"run:{day(125)}"]


def test_a_run_under_way_is_left_alone(house: House, hands: Hands) -> None:
    """G4."""
    house.person(WHO)
    hands.now = seven(day(125))
    assert house.turn(day(125), hands.now) is not None
    assert command(house.app, "run").exit_code == 1
    assert steps(house.engine) == []
