"""A mailed link is good for a week: its token stands in no log and in no table (D8)."""

import json
import re

import pytest
from flask import Flask
from sqlalchemy import MetaData
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from auth.models import Organization, User
from base.db import db, transaction
from content.addresses.links import link_desk, token_for
from tests import make
from tests.auth.credentialing import invited
from tests.auth.test_credential_views import FILLED, NEW, registered, visit
from tests.auth.test_password_resets import changed, mailed_link, with_answer
from tests.browsing import logged_in
from tests.cast import Cast
from tests.certificates import NOW
from tests.settings import KEY


def link_for(app: Flask, cast: Cast) -> str:
    def unverified(session: Session) -> str:
        higashi = session.get_one(Organization, cast.higashi_manager.organization_id)
        by = session.get_one(User, cast.reception.user_id)
        return token_for(link_desk([KEY]), make.address(session, higashi, by, verified_at=None, link_sent_at=NOW))

    with app.app_context(), transaction() as session:
        return unverified(session)


def everything_in(app: Flask) -> str:
    with app.app_context():
        metadata = MetaData()
        metadata.reflect(db.engine)
        # Indexes without content can't be read as tables; what they are made of stands in tables of their own.
        tables = [table for table in metadata.sorted_tables if not table.name.endswith("_fts")]
        rows = [str(tuple(row)) for table in tables for row in db.session.execute(table.select())]
        db.session.remove()
    return "\n".join(rows)


def test_a_fault_after_the_view_is_logged_without_the_token(
    app: Flask, cast: Cast, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """D8, R2-7: what no error handler of a view sees has its reference and its trace in a line of ours, and only there."""
    broken: list[str] = []

    @app.after_request
    def break_once(response: Response) -> Response:
        if broken:
            raise ConnectionError(broken.pop())
        return response

    manager = logged_in(app, cast.higashi_manager)
    token = link_for(app, cast)
    broken.append("the bell rope is torn")
    answer = manager.get(f"/verify/{token}")
    written = capsys.readouterr().err + caplog.text
    assert answer.status_code == 500
    assert token not in written
    shown = re.search(r"EF9999 \(([0-9a-f]{8})\)", answer.text)
    assert shown is not None
    lines = [json.loads(line) for line in written.splitlines() if line.startswith("{")]
    traced = [line for line in lines if "the bell rope is torn" in line.get("exception", "")]
    assert [(line["reference"], line["path"]) for line in traced] == [(shown[1], "/verify/***")]
    assert not [line for line in written.splitlines() if line and not line.startswith("{")]


def test_the_button_under_a_link_leaves_no_token_in_the_database(app: Flask, cast: Cast) -> None:
    """D8: who reads the tables learns of no link that still works elsewhere."""
    manager = logged_in(app, cast.higashi_manager)
    token = link_for(app, cast)
    assert manager.submit(f"/verify/{token}").status_code == 303
    assert token not in everything_in(app)


def test_a_registration_leaves_neither_token_nor_password_behind(
    any_app: Flask, any_cast: Cast, capsys: pytest.CaptureFixture[str]
) -> None:
    """D8, R6-1: not even of a used link, in no table and in no log."""
    path, code = invited(any_app, any_cast.higashi_reader)
    visitor = visit(any_app, any_cast.higashi_reader)
    registered(visitor, path, "00000-00000", password="kumo-Yama-1234", again="kumo-Yama-1234")
    answer = registered(visitor, path, code)
    assert answer.location == f"{path}/done"
    left = everything_in(any_app) + capsys.readouterr().err
    secrets = (path.rsplit("/", 1)[1], code, code.replace("-", "").lower(), NEW, "kumo-Yama-1234", FILLED["answer"])
    assert [secret for secret in secrets if secret in left] == []


def test_a_reset_leaves_neither_token_nor_answer_behind(
    app: Flask, cast: Cast, capsys: pytest.CaptureFixture[str]
) -> None:
    """D8, R6-7."""
    person = with_answer(app, cast.higashi_reader)
    path, visitor = mailed_link(app, person), visit(app, person)
    changed(visitor, path, "みどり小学校")
    assert changed(visitor, path).location == "/login"
    left = everything_in(app) + capsys.readouterr().err
    secrets = (path.rsplit("/", 1)[1], "みどり小学校", "あおば小学校", NEW)
    assert [secret for secret in secrets if secret in left] == []
