"""Where a list goes on is asked by an article's id: what doesn't exist for the reader is no place to go on from (E10)."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from auth.models import User
from base.db import transaction
from content.models import Article
from tests import make
from tests.browsing import logged_in
from tests.cast import Cast
from tests.certificates import NOW


def article_of(session: Session, cast: Cast, what: str) -> Article:
    author = session.get_one(User, cast.reception.user_id)
    when = {"scheduled": NOW + timedelta(days=1), "draft": None}.get(what, NOW - timedelta(days=1))
    return make.article(session, author, on="taxis" if what == "elsewhere" else "johs", published_at=when)


@pytest.mark.parametrize("what", ["scheduled", "draft", "elsewhere"])
def test_a_hidden_article_answers_as_an_absent_one(app: Flask, cast: Cast, what: str) -> None:
    """R7-2, E9, E10, E13: neither older nor newer, nor as the article up to which a page was read."""
    with app.app_context(), transaction() as session:
        make.article(session, session.get_one(User, cast.reception.user_id), on="johs")
        hidden = article_of(session, cast, what).public_id
    reader = logged_in(app, cast.nishi_reader)
    for towards in ("older", "newer"):
        assert reader.get(f"/pages/johs?{towards}={hidden}").status_code == 404
    answer = reader.submit("/pages/johs", "/pages/johs/read", newest=hidden)
    assert answer.status_code == 404
