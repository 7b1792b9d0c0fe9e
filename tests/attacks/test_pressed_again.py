"""A second press of the same change of password is no wrong password (G1, C5)."""

from threading import Thread

from flask import Flask

from tests.auth.test_credential_views import row_of, trail_of
from tests.auth.test_own_password import NEXT, SCREEN
from tests.auth.test_sessions import cookie_of, with_cookie
from tests.browsing import logged_in
from tests.cast import Cast
from tests.make import PASSWORD


def test_a_press_that_comes_behind_the_change_counts_as_no_wrong_password(any_app: Flask, any_cast: Cast) -> None:
    """G1, R6-3, C3: admitted before the first press ended its session, looked at behind it; else five presses would lock."""
    person = any_cast.higashi_reader
    visitor = logged_in(any_app, person)
    filled = {**visitor.form(SCREEN, SCREEN).values, "current": PASSWORD, "password": NEXT, "again": NEXT}
    twin = with_cookie(any_app, person.client, cookie_of(visitor))
    tries = any_app.extensions["tries"]
    count = tries.seconds_to_wait
    first: list[int] = []

    def press_first(what: str, *keys: str) -> int:
        tries.seconds_to_wait = count
        other = Thread(target=lambda: first.append(visitor.post(SCREEN, filled).status_code))
        other.start()
        other.join()
        return int(count(what, *keys))

    tries.seconds_to_wait = press_first
    late = twin.post(SCREEN, filled)
    assert (first, late.status_code) == ([303], 409)
    assert row_of(any_app, person).wrong_passwords == 0
    assert trail_of(any_app, "password.refused") == []
    assert visitor.get("/").status_code == 200
