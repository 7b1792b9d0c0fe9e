"""The English interface: no screen speaks Japanese to whoever chose English."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import update

from auth.models import User
from base.db import transaction
from tests.browsing import Visitor
from tests.cast import Cast, Person
from tests.conftest import Hands
from tests.english import japanese_in, roman, romanize
from tests.journeys.stock import Stock, stocked
from tests.journeys.test_screens import ADMINISTRATOR, MANAGER, READER, STAFF

Enter = Callable[[Person], Visitor]


@pytest.fixture
def stock(app: Flask, cast: Cast, hands: Hands) -> Stock:
    hands.now = datetime.now(UTC)
    stock = stocked(app, cast)
    with app.app_context(), transaction() as session:
        romanize(session)
        session.execute(update(User).values(language="en"))
    return stock


def test_every_screen(cast: Cast, stock: Stock, enter: Enter) -> None:
    """R8-3: but for names, for what people wrote, and for what says that it is in Japanese."""
    names = {name: getattr(stock, name) for name in stock.__slots__}
    walks = ((cast.higashi_reader, READER), (cast.higashi_manager, MANAGER), (cast.reception, STAFF))
    odd = []
    for person, paths in (*walks, (cast.administrator, ADMINISTRATOR)):
        visitor = enter(person)
        for path in map(roman, paths):
            odd += [f"{path}: {words}" for words in japanese_in(visitor.get(path.format(**names)).text)]
    assert odd == []
