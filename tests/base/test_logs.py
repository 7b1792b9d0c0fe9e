"""One JSON line for each request, and no secret in any (D8)."""

import json
from typing import Any

import pytest
from flask import Flask

from base.logs import safe_path
from base.tokens import TokenDesk
from tests.browsing import Visitor
from tests.cast import Cast
from tests.make import PASSWORD
from tests.settings import FRONT_SECRET

TOKEN = TokenDesk(["k" * 43], "verify-address", ("public_id", "version")).make(public_id="7QK2M0ABCDEF", version=1)
CANARY = "canary-4711"


def requests_of(text: str) -> list[dict[str, Any]]:
    return [line for line in map(json.loads, text.splitlines()) if line["event"] == "request"]


def test_a_request_is_one_line_with_its_reference(capsys: pytest.CaptureFixture[str], app: Flask, cast: Cast) -> None:
    """R2-7."""
    Visitor(app, cast.higashi_reader.client).get("/login", {"X-Request-Id": "0123456789abcdef"})
    (line,) = requests_of(capsys.readouterr().err)
    assert line["milliseconds"] >= 0
    facts = {name: line[name] for name in ("reference", "method", "path", "status", "user")}
    assert facts == {"reference": "01234567", "method": "GET", "path": "/login", "status": 200, "user": None}


def test_whoever_is_logged_in_is_named_by_his_public_id(
    capsys: pytest.CaptureFixture[str], app: Flask, cast: Cast
) -> None:
    visitor = Visitor(app, cast.higashi_reader.client)
    visitor.log_in(cast.higashi_reader.login_id)
    visitor.get("/login")
    text = capsys.readouterr().err
    assert requests_of(text)[-1]["user"] == cast.higashi_reader.public_id
    assert cast.higashi_reader.login_id not in text
    assert cast.higashi_reader.name not in text


def test_no_line_holds_a_query_a_referer_a_cookie_a_password_or_a_token(
    capsys: pytest.CaptureFixture[str], app: Flask, cast: Cast
) -> None:
    """D8."""
    visitor = Visitor(app, cast.higashi_reader.client)
    form = visitor.form("/login", "/login")
    visitor.headers = {"Referer": f"https://portal.example/verify/{TOKEN}?{CANARY}", "User-Agent": CANARY}
    for path in (f"/verify/{TOKEN}", f"//verify/{TOKEN}", f"/VERIFY/{TOKEN}", f"/elsewhere/{TOKEN}", f"/x?q={CANARY}"):
        visitor.get(path)
    for path in ("/credentials/short-token", "/credentials/short-token/done", "/password/reset/short-token"):
        visitor.get(path)
        visitor.post(path, {"answer": CANARY, "one_time_password": CANARY})
    visitor.get(f"/login?next=/verify/{TOKEN}")
    visitor.post("/login", {**form.values, "login_id": CANARY, "password": CANARY})
    visitor.log_in(cast.higashi_reader.login_id, PASSWORD)
    visitor.get(f"/verify/{TOKEN}?{CANARY}")
    cookie = visitor.browser.get_cookie("__Host-session", domain="portal.example")
    assert cookie is not None
    text = capsys.readouterr().err
    assert len(requests_of(text)) >= 9
    for secret in (
        CANARY,
        "short-token",
        PASSWORD,
        TOKEN,
        TOKEN[-20:],
        FRONT_SECRET,
        cookie.value[:40],
        form.values["csrf_token"],
    ):
        assert secret not in text


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/", "/"),
        ("/articles/7QK2M0ABCDEF", "/articles/7QK2M0ABCDEF"),
        ("/pages/taxis/notices", "/pages/taxis/notices"),
        ("/verify/abc.def", "/verify/***"),
        ("/verify/abc.def/more", "/verify/***"),
        ("//verify//abc", "/verify/***"),
        ("/Verify/abc", "/Verify/***"),
        (f"/reset/{TOKEN}/answer", "/reset/***/answer"),
        ("/verify", "/verify"),
        ("/verify-me", "/verify-me"),
    ],
)
def test_a_path_is_logged_without_its_token(path: str, shown: str) -> None:
    """D8."""
    assert safe_path(path) == shown


def test_words_in_a_path_break_no_line(capsys: pytest.CaptureFixture[str], app: Flask, cast: Cast) -> None:
    """F1, A21: a line stays a line of JSON."""
    Visitor(app, cast.higashi_reader.client).get('/a%0a{"event":"fault"}%1b[31m%e2%80%a8%ff')
    (line,) = requests_of(capsys.readouterr().err)
    assert line["status"] == 404
