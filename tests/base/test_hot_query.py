"""The query of every request reads what SQLAlchemy would read, and tells faults as SQLAlchemy does."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, bindparam, create_engine, literal, select
from sqlalchemy.exc import DBAPIError

from base.db import Moment, engine_options, joined
from base.hot_query import HotQuery
from base.outbox import MAIL

AT = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
ECHO = select(
    bindparam("at", type_=Moment()).label("at"),
    literal("fixed").label("fixed"),
    bindparam("text", type_=MAIL.c.address.type).label("text"),
).where(bindparam("text", type_=MAIL.c.address.type) != "")


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = create_engine(database_url, **engine_options(database_url))
    yield engine
    engine.dispose()


def test_a_row_has_its_columns_by_name_and_its_instants_in_utc(engine: Engine) -> None:
    """R8-2."""
    query = HotQuery(ECHO)
    for text in ("一", "二"):
        raw = query.first(engine, {"at": AT, "text": text})
        assert raw is not None
        row = query.read(raw)
        assert (row.at, row.fixed, row.text) == (AT, "fixed", text)
        assert row.at.tzinfo is UTC or row.at.utcoffset() == AT.utcoffset()


def test_no_row_is_none(engine: Engine) -> None:
    assert HotQuery(ECHO).first(engine, {"at": AT, "text": ""}) is None


def test_texts_are_joined_by_commas(engine: Engine) -> None:
    words = select(literal("一").label("word")).union_all(select(literal("二"))).subquery()
    assert HotQuery(select(joined(words.c.word).label("words"))).first(engine, {}) in {("一,二",), ("二,一",)}


def test_a_line_that_is_dead_is_left_for_another(engine: Engine) -> None:
    """I5."""
    query = HotQuery(ECHO)
    with engine.connect() as connection:
        connection.connection.dbapi_connection.close()  # type: ignore[union-attr] # it has one
    found = query.first(engine, {"at": AT, "text": "一"})
    assert found is not None
    assert found[2] == "一"
    assert query.read(found).at == AT


def test_what_is_wrong_is_told_as_sqlalchemy_tells_it_and_no_value_with_it(engine: Engine) -> None:
    """B10, D8: the error pages know its faults and no others."""
    with pytest.raises(DBAPIError) as fault:
        HotQuery(select(literal("secret").label("word")).where(MAIL.c.id == bindparam("none"))).first(
            engine, {"none": object()}
        )
    assert "secret" not in str(fault.value)
