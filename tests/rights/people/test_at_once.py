"""Two at once for one person, and a long list: one effect, and as fast as a short one (G1, G2)."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import Select, insert, text

from auth.models import User
from base.db import db, transaction
from rights.models import HeldRight
from rights.people.filters import PeopleFilters
from rights.people.queries import chunks_of, everybody, narrowed, page_of, people_of
from tests.browsing import PageForm, Visitor, forms_of, logged_in
from tests.cast import Cast
from tests.certificates import NOW
from tests.rights.asking import all_requests


def form_of(visitor: Visitor, path: str, **filled: str) -> PageForm:
    answer = visitor.submit(path, **filled)
    assert answer.status_code == 200, answer.text[:2000]
    return next(form for form in forms_of(answer.text) if form.action == f"{path}/send")


def pressed_at_once(visitors: Sequence[Visitor], forms: Sequence[PageForm]) -> list[int]:
    with ThreadPoolExecutor(len(forms)) as crowd:
        answers = crowd.map(
            lambda pair: pair[0].post(pair[1].action, pair[1].values), zip(visitors, forms, strict=True)
        )
        return [answer.status_code for answer in answers]


def test_of_two_changes_at_once_one_is_refused_by_name(any_app: Flask, any_cast: Cast) -> None:
    """R5-17: primary and deputy press at the same moment."""
    people = (any_cast.higashi_manager, any_cast.higashi_deputy)
    visitors = [logged_in(any_app, person) for person in people]
    path = f"/people/{any_cast.higashi_reader.public_id}/change"
    forms = [form_of(visitor, path, loacus="02011") for visitor in visitors]
    assert sorted(pressed_at_once(visitors, forms)) == [303, 422]
    assert len(all_requests(any_app)) == 1


def test_a_removal_wins_over_a_change_whichever_comes_first(any_app: Flask, any_cast: Cast) -> None:
    """R5-17, G2: it cancels the change, or the change finds it and is refused."""
    visitors = [logged_in(any_app, person) for person in (any_cast.higashi_manager, any_cast.higashi_deputy)]
    person = f"/people/{any_cast.higashi_reader.public_id}"
    change = form_of(visitors[0], f"{person}/change", loacus="02011")
    removal = visitors[1].form(f"{person}/remove", f"{person}/remove")
    statuses = pressed_at_once(visitors, [change, removal])
    assert statuses[1] == 303
    states = {row.kind: row.state for row in all_requests(any_app)}
    assert states["removal"] == "entered"
    assert states.get("change", "cancelled") == "cancelled"


@pytest.mark.parametrize("reach", [lambda cast: people_of(cast.higashi_manager.organization_id), lambda _: everybody()])
def test_a_page_is_read_along_its_order(app: Flask, cast: Cast, reach: Callable[[Cast], Select[User]]) -> None:
    """R5-19: however many there are, nobody but those of the page is looked at, and nothing is sorted."""
    with app.app_context():
        found = narrowed(reach(cast), PeopleFilters(), 185, NOW).order_by(User.name_kana, User.id).limit(51)
        sql = str(found.compile(db.engine, compile_kwargs={"literal_binds": True})).replace(":", r"\:")
        plan = " ".join(str(row) for row in db.session.execute(text(f"EXPLAIN QUERY PLAN {sql}")))
    assert "name_kana" in plan
    assert "TEMP B-TREE" not in plan
    assert "SCAN held_right" not in plan
    assert "SCAN rights_request" not in plan


def test_everybody_is_in_the_file_once(any_app: Flask, any_cast: Cast) -> None:
    """R5-19: more than one chunk of them, all of one name."""
    facts = {"organization_id": any_cast.nishi_manager.organization_id, "name_kanji": "同 名", "name_kana": "オナジ ナ"}
    facts |= {"created_at": NOW - timedelta(days=9), "issued_at": NOW - timedelta(days=9), "language": "ja"}
    facts |= dict.fromkeys(("wrong_passwords", "wrong_answers", "reset_version", "locked_tries"), 0)
    ids = [f"same{number}@nishi-gas.example" for number in range(1100)]
    with any_app.app_context(), transaction() as session:
        rows = [facts | {"login_id": login_id, "login_id_folded": login_id} for login_id in ids]
        session.execute(insert(User), rows)
        of_these = session.query(User.id).filter(User.name_kana == facts["name_kana"])
        held = [{"user_id": user_id, "system": "JOHS", "code": "J1010", "from_at": NOW} for (user_id,) in of_these]
        session.execute(insert(HeldRight), held)
    with any_app.app_context():
        found = narrowed(people_of(any_cast.nishi_manager.organization_id), PeopleFilters(), 185, NOW)
        listed = [user.login_id for chunk in chunks_of(db.session(), found) for user in chunk]
        first, after = page_of(db.session(), found, None)
    assert len(listed) == len(set(listed)) == len(ids) + 2
    assert after == first[-1].public_id
