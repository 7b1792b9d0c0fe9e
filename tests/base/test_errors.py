"""What a visitor sees when something is wrong, and what he never sees (R2-7)."""

import json
import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, abort
from sqlalchemy import text
from sqlalchemy.exc import InterfaceError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from base.audience import CERTIFICATE, audience
from base.db import db
from base.refusals import Conflict, Refused
from tests.browsing import Visitor, logged_in
from tests.cast import Cast
from tests.conftest import Hands

SECRET = "a-secret-of-the-statement"
TRACES = re.compile(
    r"Traceback|\.py|sqlalchemy|werkzeug|flask|sqlite|psycopg|postgres|File &#34;|line \d+", re.IGNORECASE
)
FAULTS: dict[str, Any] = {
    "zero": ZeroDivisionError("division by zero in /srv/portal/app.py"),
    "recursion": RecursionError("maximum recursion depth"),
    "memory": MemoryError(),
    "unicode": UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates"),
    "statement": ProgrammingError(
        "SELECT nothing", {"password": SECRET}, Exception("no such column"), hide_parameters=True
    ),
}
AWAY: dict[str, Any] = {
    "locked": OperationalError("BEGIN IMMEDIATE", {}, Exception("database is locked")),
    "pool": PoolTimeout("QueuePool limit of size 5"),
    "closed": InterfaceError("SELECT 1", {}, Exception("connection already closed"), connection_invalidated=True),
}


@pytest.fixture
def visitor(app: Flask, cast: Cast) -> Visitor:
    @audience(CERTIFICATE)
    def fail(what: str) -> str:
        raise {**FAULTS, **AWAY}[what]

    @audience(CERTIFICATE)
    def refuse(number: int) -> str:
        if number == 409:
            raise Conflict("先に受け付けられました。")
        if number == 400:
            raise Refused("<b>締切</b>を過ぎています。")
        abort(number)

    app.add_url_rule("/fail/<what>", view_func=fail)
    app.add_url_rule("/refuse/<int:number>", view_func=refuse)
    return Visitor(app, cast.higashi_reader.client)


def lines_of(written: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.splitlines() if line.startswith("{")]


@pytest.mark.parametrize("what", FAULTS)
def test_a_fault_shows_code_reference_time_and_the_disturbance_desk(
    visitor: Visitor, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """R2-7: and its reference is in the log line that has the trace."""
    answer = visitor.get(f"/fail/{what}")
    assert answer.status_code == 500
    for words in (
        "システムエラーが発生しました。",
        "エラーコード:",
        "エラー発生時刻:",
        "2026/11/22 12:00:00",
        "お手数ですが、下記連絡先までご連絡ください。",
        "託送システム障害受付窓口",
        "0570-000-222",
    ):
        assert words in answer.text
    assert "認証サポート窓口" not in answer.text
    shown = re.search(r"EF9999 \(([0-9a-f]{8})\)", answer.text)
    assert shown is not None
    faults = [line for line in lines_of(capsys.readouterr().err) if line["event"] == "fault"]
    assert [line["reference"] for line in faults] == [shown[1]]
    assert faults[0]["code"] == "EF9999"
    assert "Traceback" in faults[0]["exception"]
    assert type(FAULTS[what]).__name__ in faults[0]["exception"]


@pytest.mark.parametrize("what", [*FAULTS, *AWAY])
def test_no_trace_no_version_and_no_path_reach_the_browser(visitor: Visitor, what: str) -> None:
    """R2-7."""
    answer = visitor.get(f"/fail/{what}")
    without_styles = answer.text.replace("/static/css/core.css", "")
    assert not TRACES.findall(without_styles)
    assert "division" not in answer.text
    assert not {"Server", "X-Powered-By"} & set(answer.headers.keys())


@pytest.mark.parametrize("what", AWAY)
def test_a_database_that_does_not_answer_is_unavailability(
    visitor: Visitor, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """B10, I5, R2-7."""
    answer = visitor.get(f"/fail/{what}")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert "DB0001 (" in answer.text
    assert "託送システム障害受付窓口" in answer.text
    assert [line["code"] for line in lines_of(capsys.readouterr().err) if line["event"] == "fault"] == ["DB0001"]


@pytest.mark.parametrize("path", ["/", "/login", "/readyz", "/static/css/core.css", "/nowhere"])
def test_without_its_database_the_site_says_so_and_takes_nobody_for_nobody(
    app: Flask, cast: Cast, tmp_path: Path, path: str
) -> None:
    """B10: no login page, no cookie taken away; back again, the session goes on."""
    visitor = logged_in(app, cast.higashi_reader)
    file, aside = tmp_path / "portal.db", tmp_path / "portal.aside"
    with app.app_context():
        db.engine.dispose()
    file.rename(aside)
    file.mkdir()
    answer = visitor.get(path)
    file.rmdir()
    aside.rename(file)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert "Set-Cookie" not in answer.headers
    assert "ログイン</h1>" not in answer.text
    assert visitor.get("/login").status_code == 302


def test_a_database_that_another_holds_too_long_is_unavailable(app: Flask, cast: Cast, tmp_path: Path) -> None:
    """I5, B10: on SQLite a copy may lock even the readers out."""
    visitor = logged_in(app, cast.higashi_reader)
    with app.app_context():
        db.engine.dispose()
    with closing(sqlite3.connect(tmp_path / "portal.db", isolation_level=None)) as holder:
        holder.execute("PRAGMA locking_mode = EXCLUSIVE")
        holder.execute("BEGIN EXCLUSIVE")
        holder.execute("DELETE FROM form_key")
        answer = visitor.get("/login")
        holder.execute("ROLLBACK")
    assert answer.status_code == 503
    assert visitor.get("/login").status_code == 302


def test_a_real_loss_of_the_server_is_survived(any_app: Flask, any_cast: Cast) -> None:
    """B10, I6: the first page after the loss may fail, and says when to come again; the next one is there."""
    visitor = logged_in(any_app, any_cast.higashi_reader)
    with any_app.app_context():
        if db.engine.dialect.name == "postgresql":
            with db.engine.connect() as connection:
                others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                connection.execute(text(others + " AND datname = current_database()"))
        else:
            db.engine.dispose()
    assert visitor.get("/login").status_code in {302, 503}
    assert visitor.get("/login").status_code == 302


@pytest.mark.parametrize("number", [400, 403, 404, 405, 408, 409, 413, 414, 429, 503])
def test_every_refusal_has_a_page_of_its_own(visitor: Visitor, number: int) -> None:
    answer = visitor.get(f"/refuse/{number}")
    assert answer.status_code == number
    assert answer.content_type == "text/html; charset=utf-8"
    assert "託送情報共有サイト" in answer.text


@pytest.mark.parametrize("number", [418, 422, 451])
def test_a_rare_refusal_keeps_its_number(visitor: Visitor, number: int) -> None:
    answer = visitor.get(f"/refuse/{number}")
    assert answer.status_code == number
    assert "このページは表示できません" in answer.text


@pytest.mark.parametrize("number", [500, 501, 502, 504])
def test_any_other_fault_of_ours_is_a_system_error(visitor: Visitor, number: int) -> None:
    """R2-7."""
    answer = visitor.get(f"/refuse/{number}")
    assert answer.status_code == 500
    assert "EF9999 (" in answer.text


def test_a_refusal_says_why_and_is_data(visitor: Visitor) -> None:
    """R8-3, E1."""
    answer = visitor.get("/refuse/400")
    assert "&lt;b&gt;締切&lt;/b&gt;を過ぎています。" in answer.text
    assert "先に受け付けられました。" in visitor.get("/refuse/409").text


def test_a_wrong_method_is_told_the_right_ones(visitor: Visitor) -> None:
    """B7."""
    answer = visitor.get("/logout")
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {"POST", "OPTIONS"}


@pytest.mark.parametrize(
    "wish",
    [
        "en",
        "ja",
        "",
        "*",
        "xx-YY",
        "ja;q=nan",
        "en;q=1e999",
        ",,,;;;",
        "en" * 5000,
        "en;q=-1, ja;q=0.1",
        "é",
        "../../etc",
    ],
)
def test_any_wish_for_a_language_gets_a_page(visitor: Visitor, wish: str) -> None:
    """R8-3."""
    answer = visitor.get("/nowhere", {"Accept-Language": wish})
    assert answer.status_code == 404
    assert 'lang="ja"' in answer.text or 'lang="en"' in answer.text


def test_the_time_of_a_fault_is_japans(visitor: Visitor, hands: Hands) -> None:
    """R2-7, R8-2."""
    hands.now = datetime(2026, 12, 31, 15, 0, 5, tzinfo=UTC)
    assert "2027/01/01 00:00:05" in visitor.get("/fail/zero").text


def test_the_reference_is_the_fronts_own(visitor: Visitor) -> None:
    """R2-7: the same in nginx's log and in ours."""
    request_id = "0123456789abcdef0123456789abcdef"
    assert "EF9999 (01234567)" in visitor.get("/fail/zero", {"X-Request-Id": request_id}).text


@pytest.mark.parametrize("sent", ["", "short", "<b>12345678", "XYZ45678", "0123 567", "%30%31%32%33%34%35%36%37"])
def test_an_odd_reference_is_not_taken_over(visitor: Visitor, sent: str) -> None:
    """R2-7, E1."""
    shown = re.search(r"EF9999 \(([^)]+)\)", visitor.get("/fail/zero", {"X-Request-Id": sent}).text)
    assert shown is not None
    assert re.fullmatch(r"[0-9a-f]{8}", shown[1])


def test_only_the_believed_front_names_a_request(visitor: Visitor) -> None:
    """H1."""
    visitor.headers = {"X-Front-Secret": "guessed", "X-Request-Id": "deadbeef" * 4}
    assert visitor.get("/fail/zero").status_code == 403
