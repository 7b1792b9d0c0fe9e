"""Passwords may hold an @ (R6-4): one that slipped into the field for the ID is no ID all the same (D8)."""

import pytest
from flask import Flask

from auth.password_rules import failed_conditions
from tests.auth.test_credential_views import trail_of, visit
from tests.cast import Cast


@pytest.mark.parametrize(
    "typed", ["sora@Kaze-2931", "@kumo.Yama-77", "kumo-Yama.77@", "a@b@kumo.Yama7", "kumo@Yama.77!"]
)
def test_the_trail_keeps_no_password_with_an_at_sign(app: Flask, cast: Cast, typed: str) -> None:
    """D8, R6-8: the reception center reads the trail."""
    assert failed_conditions(typed, cast.higashi_reader.login_id) == []
    visit(app, cast.higashi_reader).log_in(typed, "x")
    (line,) = trail_of(app, "login.failed")
    assert (line.actor, line.subject) == ("no ID", "login:no ID")


def test_an_id_that_nobody_has_is_still_named(app: Flask, cast: Cast) -> None:
    """R6-8: who tries IDs one after the other is seen."""
    visit(app, cast.higashi_reader).log_in("Nobody@higashi-gas.example", "x")
    assert [line.subject for line in trail_of(app, "login.failed")] == ["login:nobody@higashi-gas.example"]
