"""However many requests there are, a page of them is found by an index, and what the index finds is what a look at each finds."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.orm import Session

from base.db import transaction
from rights.request_filters import read_filters
from rights.request_lists import PAGE, page_of
from rights.request_queries import every_request
from rights.request_search import Finding, by_index, by_looking
from rights.request_states import RequestState
from rights.shown_requests import shown
from tests.certificates import NOW
from tests.rights.many_requests import RARE, fill

REQUESTS = 5_100
LISTS: Mapping[str, Mapping[str, str]] = {
    "the queue": {},
    "everything": {"state": "all"},
    "by kana": {"state": "all", "order": "kana"},
    "complete, by kana": {"state": "completed", "order": "kana"},
    "complete, oldest first": {"state": "completed", "order": "oldest"},
    "a rare name": {"state": "all", "q": RARE},
    "a common name": {"state": "all", "q": "北島"},
    "a common name and a rare one": {"state": "all", "q": f"ガス {RARE}"},
    "an ID": {"state": "all", "q": "PERSON77@"},
    "signs": {"state": "all", "q": "_%'\"@-"},
    "a number": {"state": "all", "q": "N-2611-00019"},
    "half-width kana": {"state": "all", "q": "ｷﾀｼﾞﾏ"},
    "one letter": {"state": "all", "q": "柴"},
    "an organization": {"state": "all", "q": "第007ガス"},
    "all organizations": {"state": "all", "q": "ガス株式会社"},
    "a contractor": {"state": "all", "q": "委託サービス"},
    "nothing there": {"state": "all", "q": "鯨井"},
}


@pytest.fixture
def many(engine: Engine) -> Iterator[Session]:
    with transaction(Session(engine)) as session:
        fill(session, REQUESTS, NOW, waiting=300)
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text("ANALYZE"))
    with Session(engine) as session:
        yield session


def found(session: Session, address: Mapping[str, str], finding: Finding) -> list[str]:
    """A page and the one after it."""
    filters = read_filters(address, RequestState.ENTERED)
    page = page_of(session, every_request(), filters, address, finding)
    further = {**address, "after": page.after} if page.after else None
    rest = page_of(session, every_request(), filters, further, finding).rows if further else ()
    return [row.number for row in (*page.rows, *rest)]


def plans_of(session: Session, address: Mapping[str, str]) -> list[str]:
    """What the database does for each statement of a page."""
    engine, statements = session.get_bind(), []
    assert isinstance(engine, Engine)

    def keep(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if "rights_request" in statement or "request_text" in statement:
            statements.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", keep)
    page = page_of(session, every_request(), read_filters(address, RequestState.ENTERED), address, by_index)
    shown(session, page.rows, NOW)
    event.remove(engine, "before_cursor_execute", keep)
    explain = "EXPLAIN QUERY PLAN " if engine.dialect.name == "sqlite" else "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) "
    with engine.connect() as connection:
        plans = [connection.exec_driver_sql(explain + sql, values).all() for sql, values in statements]
    return ["\n".join(str(row[-1]) for row in plan) for plan in plans]


SCAN = re.compile(r"^SCAN (?:rights_request|request_text)$", re.MULTILINE)
SEQ_SCAN = re.compile(
    r"Seq Scan on (?:rights_request|request_text)[^\n]*rows=(\d+) loops=(\d+)\)"
    r"(?:\n\s+Filter:[^\n]*)?(?:\n\s+Rows Removed by Filter: (\d+))?"
)


def passed_over(plan: str) -> int:
    """Rows that are read past every index; where a limit ends that early, only those until then."""
    ended = [(int(rows) + int(removed or 0)) * int(loops) for rows, loops, removed in SEQ_SCAN.findall(plan)]
    return sum(ended) + REQUESTS * len(SCAN.findall(plan))


def test_the_index_finds_what_a_look_at_each_request_finds_and_reads_no_whole_table(many: Session) -> None:
    """R5-19: by number, name, kana, ID, organization and contractor, few hits and many, on both databases."""
    assert len(found(many, {"state": "all"}, by_index)) == 2 * PAGE
    assert len(found(many, {"state": "all", "q": RARE}, by_index)) == 6
    for name, address in LISTS.items():
        assert found(many, address, by_index) == found(many, address, by_looking), name
        plans = plans_of(many, address)
        assert [plan for plan in plans if passed_over(plan) > REQUESTS // 2] == [], name
