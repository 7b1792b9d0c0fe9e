"""A form as long as forms may be is refused, never a fault (E17)."""

import pytest
from flask import Flask

from base.form_keys import new_form_key
from tests.browsing import logged_in
from tests.cast import Cast

FITS_INTO_A_FORM = 70_000


@pytest.mark.parametrize("repeats", [1, FITS_INTO_A_FORM])
def test_ticking_more_requests_than_a_page_shows_is_refused(any_app: Flask, any_cast: Cast, repeats: int) -> None:
    """E17, C12: PostgreSQL takes 65,535 values in one question and no more."""
    staff = logged_in(any_app, any_cast.reception)
    token = staff.form("/staff", "/logout").values["csrf_token"]
    chosen = [f"{number:x}" for number in range(repeats)]
    fields = {"csrf_token": token, "form_key": new_form_key(), "request": chosen}
    answer = staff.post("/staff/requests/accept", fields)
    assert answer.status_code == (404 if repeats == 1 else 400)
