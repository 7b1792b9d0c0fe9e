"""Rights from elsewhere: a command over a real database (R5-3, R8-7)."""

from datetime import datetime
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from base.audit import AuditEntry
from base.db import db
from rights.right_changes import rights_at
from tests.cast import Cast
from tests.conftest import Hands

HEADINGS = "メールアドレス(ID),利用者名,TAXIS,JOHS,JUJU,LOACUS"
KITA = "kita@higashi-gas.example"


def brought(app: Flask, folder: Path, *rows: str, words: tuple[str, ...] = (), encoding: str = "utf-8-sig") -> Result:
    file = folder / "rights.csv"
    file.write_bytes("\r\n".join([HEADINGS, *rows]).encode(encoding))
    return app.test_cli_runner().invoke(args=["rights", "import", str(file), *words])


def held(app: Flask, user_id: int, now: datetime) -> dict[str, str]:
    with app.app_context():
        return {str(system): code for system, code in rights_at(db.session(), user_id, now).items()}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp932"])
def test_an_abolished_code_becomes_its_successor_and_that_is_said(
    app: Flask, cast: Cast, tmp_path: Path, hands: Hands, encoding: str
) -> None:
    """R5-3: 1110 → 1011; blank cells take nothing away, a code without its zero is understood."""
    told = brought(app, tmp_path, f"{KITA.upper()},北 三郎,1110,,,2010", encoding=encoding)
    assert told.exit_code == 0, told.output
    assert "2行目: 1110 は廃止されたため、1011 として取り込みます。" in told.output
    assert held(app, cast.higashi_johs_only.user_id, hands.now) == {"TAXIS": "1011", "JOHS": "J1010", "LOACUS": "02010"}
    with app.app_context():
        lines = db.session.scalars(select(AuditEntry.subject).where(AuditEntry.action == "right.imported")).all()
    assert lines == [f"user:{cast.higashi_johs_only.public_id}"] * 2
    assert "0 taken over, 1 unchanged" in brought(app, tmp_path, f"{KITA},,1011,あり,,").output


@pytest.mark.parametrize(
    ("row", "word"),
    [
        ("nobody@higashi-gas.example,,1011,,,", "利用者はいません"),
        (f"{KITA},,9999,,,", "権限コードはありません"),
        (f"{KITA},,,,,03010", "製造事業者として登録"),
        ("nishida@nishi-gas.example,,1011,,,", "TAXIS を利用していない"),
        (f"{KITA},,なし,,,", "なくすことはできません"),
        ("minami@higashi-gas.example,,1010,,,", "すでに上にあります"),
    ],
)
def test_one_bad_row_and_nothing_is_taken_over(
    app: Flask, cast: Cast, tmp_path: Path, hands: Hands, row: str, word: str
) -> None:
    """R8-7, R5-4: each bad row with its number and reason."""
    nishi = row.replace("nishida@nishi-gas.example", cast.nishi_reader.login_id)
    told = brought(app, tmp_path, "minami@higashi-gas.example,,1010,,,", nishi)
    assert told.exit_code == 1
    assert "3行目" in told.output
    assert word in told.output
    assert held(app, cast.higashi_reader.user_id, hands.now)["TAXIS"] == "1011"


def test_a_dry_run_changes_nothing(app: Flask, cast: Cast, tmp_path: Path, hands: Hands) -> None:
    """R8-7."""
    told = brought(app, tmp_path, f"{KITA},,1110,,,", words=("--dry-run",))
    assert (told.exit_code, "1 would be taken over" in told.output) == (0, True)
    assert held(app, cast.higashi_johs_only.user_id, hands.now) == {"JOHS": "J1010"}
