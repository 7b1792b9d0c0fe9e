"""Cells that no ID can be, and days at the end of all calendars: answered, and nothing is stuck."""

from collections.abc import Callable

from flask import Flask
from sqlalchemy import select

from base.db import db
from rights.bulk.models import BulkFile
from tests.browsing import Visitor, logged_in
from tests.cast import Cast, Person
from tests.rights.bulk.test_bulk import NEW, checked
from tests.rights.bulk.test_lines import file_of
from tests.rights.test_processing_desk import HOME

Enter = Callable[[Person], Visitor]
FAR = ("9999-12-31", "0001-01-01", "2100-12-31", "1000-01-01")


def test_a_file_with_ids_that_are_none_is_answered_row_by_row(app: Flask, cast: Cast) -> None:
    """R9-13, R8-7: full-width, blank, with a line break, of 10 000 signs, of a sign that isn't seen."""
    odd = (
        "ｎitta@higashi-gas.example",
        "",
        '"nit\nta@higashi-gas.example"',
        "a" * 10_000 + "@x.example",
        "nit\u200bta@x.example",
    )
    rows = [NEW.replace("nitta@higashi-gas.example", each) for each in odd]
    rows += [row.replace("新規", "変更") for row in rows]
    visitor = logged_in(app, cast.higashi_manager)
    page = checked(visitor, app, file_of(*rows))
    with app.app_context():
        assert db.session.scalars(select(BulkFile.state)).all() == ["faulty"]
    assert visitor.get(page).status_code == 200


def test_days_at_the_end_of_all_calendars(app: Flask, cast: Cast) -> None:
    """R8-3, R2-7: asked for in the address or typed, they are refused or answered."""
    staff, manager = logged_in(app, cast.reception), logged_in(app, cast.higashi_manager)
    for day in FAR:
        for path in ("", "/accounts", "/accounts.csv", "/operations.csv", "/delay"):
            assert staff.get(f"/staff/processing/{day}{path}").status_code in {200, 404}, (day, path)
        assert staff.get(f"/staff/processing?before={day}").status_code == 200
        assert staff.get(f"/staff/closing-days?year={day[:4]}").status_code in {200, 404}
        assert staff.get(f"/staff/requests?m={day}&from={day}&until={day}").status_code == 200
        assert manager.get(f"/people?from={day}&until={day}").status_code == 200
        assert manager.get(f"/people.csv?from={day}&until={day}").status_code == 200
        form = staff.form(f"{HOME}/delay", f"{HOME}/delay")
        typed = {"taxis_johs_from": day, "juju_loacus_from": day, "reason": "障害"}
        assert staff.post(form.action, form.values | typed).status_code == 422, day
        form = staff.form("/staff/inventories", "/staff/inventories")
        typed = {"name": "棚卸", "due_on": day}
        assert staff.post(form.action, form.values | typed).status_code == 422, day
