"""The query of every request reads what SQLAlchemy would read, and tells faults as SQLAlchemy does."""

import gc
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, Integer, bindparam, create_engine, func, literal, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from base.db import Moment, engine_options, joined, transaction
from base.hot_query import HotQuery
from base.outbox import MAIL, queue_mail

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


def _lines(query: HotQuery) -> list[Any]:
    return query._lines


def test_a_line_that_is_dead_is_left_for_another(engine: Engine) -> None:
    """I5."""
    query = HotQuery(ECHO)
    for _ in range(2):
        found = query.first(engine, {"at": AT, "text": "一"})
        assert found is not None
        assert found[2] == "一"
        assert query.read(found).at == AT
        for line in _lines(query):
            line.close()


def test_no_transaction_stays_open_and_no_line_is_taken_from_the_pool(engine: Engine) -> None:
    """What the next request reads is what stands there then."""
    query = HotQuery(select(func.count().label("count")).select_from(MAIL).where(bindparam("any", type_=Integer) == 1))
    for count in (0, 1):
        assert query.first(engine, {"any": 1}) == (count,)
        with transaction(Session(engine)) as session:
            queue_mail(session, kind="update", occasion=f"article:{count}:1", address="a@b.example", now=AT)
    assert len(_lines(query)) == 1
    assert engine.pool.status().endswith("Current Checked out connections: 0")


def test_its_lines_end_with_it_and_with_the_engine(engine: Engine) -> None:
    queries = [HotQuery(ECHO), HotQuery(ECHO)]
    for query in queries:
        query.first(engine, {"at": AT, "text": "一"})
    lines = [line for query in queries for line in _lines(query)]
    assert len(lines) == 2
    del query
    queries.pop()
    gc.collect()
    with pytest.raises(engine.dialect.loaded_dbapi.Error):
        lines[1].cursor().execute("SELECT 1")
    lines[0].cursor().execute("SELECT 1")
    engine.dispose()
    with pytest.raises(engine.dialect.loaded_dbapi.Error):
        lines[0].cursor().execute("SELECT 1")


def test_what_is_wrong_is_told_as_sqlalchemy_tells_it_and_no_value_with_it(engine: Engine) -> None:
    """B10, D8: the error pages know its faults and no others."""
    with pytest.raises(DBAPIError) as fault:
        HotQuery(select(literal("secret").label("word")).where(MAIL.c.id == bindparam("none"))).first(
            engine, {"none": object()}
        )
    assert "secret" not in str(fault.value)
