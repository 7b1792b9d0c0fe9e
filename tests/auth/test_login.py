from flask import Flask

from tests.browsing import Visitor
from tests.cast import Cast

FAILED = "【エラー】認証に失敗しました。"


def test_a_registered_certificate_an_id_and_its_password_let_in(app: Flask, cast: Cast) -> None:
    """R6-2, R4-4."""
    visitor = Visitor(app, cast.higashi_reader.client)
    answer = visitor.log_in(cast.higashi_reader.login_id)
    assert answer.status_code == 303
    assert answer.location == "/"


def test_a_wrong_password_is_told_nothing_more(app: Flask, cast: Cast) -> None:
    """R6-2."""
    visitor = Visitor(app, cast.higashi_reader.client)
    answer = visitor.log_in(cast.higashi_reader.login_id, "wrong-password")
    assert answer.status_code == 403
    assert FAILED in answer.text


def test_no_certificate_gets_the_explaining_page(app: Flask, cast: Cast) -> None:
    """R4-1, A1."""
    answer = Visitor(app, None).get("/login")
    assert answer.status_code == 403
    assert "証明書の管理" in answer.text
    assert "password" not in answer.text
