"""A contact manager at the screens: filled in, checked, sent."""

from typing import Any

from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from base.db import db
from rights.models import RightsRequest
from tests.browsing import PageForm, Visitor, forms_of

FILLED = {
    "name_kanji": "北島 三郎",
    "name_kana": "キタジマ サブロウ",
    "login_id": "kitajima@higashi-gas.example",
    "taxis": "1011",
    "johs": "J1010",
}


def checked(visitor: Visitor, **changes: Any) -> TestResponse:
    """What 「内容を確認する」 answers."""
    return visitor.submit("/requests/new", **(FILLED | changes))


def confirmation(visitor: Visitor, **changes: Any) -> PageForm:
    """The form of the confirmation page, ready to be sent."""
    answer = checked(visitor, **changes)
    assert answer.status_code == 200, answer.text[:3000]
    return next(form for form in forms_of(answer.text) if form.action == "/requests")


def sent(visitor: Visitor, **changes: Any) -> str:
    """The public id of the request that has been sent."""
    form = confirmation(visitor, **changes)
    answer = visitor.post(form.action, form.values)
    assert answer.status_code == 303, answer.text[:3000]
    return answer.location.rpartition("/")[2]


def pressed(visitor: Visitor, page: str, action: str, **filled: Any) -> TestResponse:
    return visitor.submit(page, action, **filled)


def all_requests(app: Flask) -> list[RightsRequest]:
    with app.app_context():
        return list(db.session.scalars(select(RightsRequest).order_by(RightsRequest.id)))
