"""The machine itself lets in again whom nobody inside can (R6-1, R6-3)."""

import json

from click.testing import Result
from flask import Flask

from auth.credential_queries import KINDS
from base.db import db
from tests.auth.credentialing import mails_in
from tests.auth.test_credential_views import change, row_of, trail_of
from tests.cast import Cast
from tests.certificates import NOW


def run(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=["users", *words])


def test_a_locked_administrator_is_unlocked_from_the_machine(app: Flask, cast: Cast) -> None:
    """R6-3, R6-8: the reason and how the caller was identified are asked for here too."""
    change(app, cast.administrator, locked_at=NOW, lock_reason="password")
    login_id = cast.administrator.login_id
    assert run(app, "unlock", login_id).exit_code == 2
    assert row_of(app, cast.administrator).locked_at is not None
    told = run(app, "unlock", login_id.upper(), "--reason", "入力誤り", "--identified-by", "対面")
    assert (told.exit_code, row_of(app, cast.administrator).locked_at) == (0, None)
    (line,) = trail_of(app, "account.unlocked")
    assert (line.actor, json.loads(line.after)) == ("command line", {"why": "入力誤り", "identified_by": "対面"})
    again = run(app, "unlock", login_id, "--reason", "入力誤り", "--identified-by", "対面")
    assert (again.exit_code, "ロックされていません" in again.output) == (1, True)


def test_the_two_mails_are_sent_from_the_machine(app: Flask, cast: Cast) -> None:
    """R6-1."""
    assert run(app, "invite", cast.administrator.login_id).exit_code == 0
    with app.app_context():
        assert [mail.address for mail in mails_in(db.session(), *KINDS)] == [cast.administrator.login_id] * 2
    unknown = run(app, "invite", "nobody@minami-network.example")
    assert (unknown.exit_code, "このIDの利用者はいません" in unknown.output) == (1, True)
