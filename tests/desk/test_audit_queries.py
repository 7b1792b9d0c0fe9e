"""However long the trail becomes, a page of it is found by an index: no scan, no sorting of everything, on both databases."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, insert, text
from sqlalchemy.orm import Session

from base.audit import AuditEntry
from base.db import transaction
from desk.audit_filters import AuditFilters
from desk.audit_queries import page_of
from desk.audit_words import ACTIONS
from tests import make

BEGIN = datetime(2025, 1, 1, tzinfo=UTC)
LINES = 20_000


def line(number: int, of: list[int]) -> dict[str, Any]:
    names = list(ACTIONS)
    user_id = number % 400 + 1
    return {
        "at": BEGIN + timedelta(minutes=number),
        "actor": f"person{user_id}@x.example",
        "user_id": user_id,
        "organization_id": of[number % len(of)],
        "fingerprint": f"{number % 300:064x}",
        "address": "192.0.2.7",
        "reference": f"{number:08x}",
        "action": names[number % 7] if number % 1000 else names[-1],
        "subject": f"login:person{user_id}@x.example",
        "before": "{}",
        "after": "{}",
    }


@pytest.fixture
def long_trail(engine: Engine) -> Iterator[tuple[Session, AuditFilters]]:
    """Three organizations, 400 people, two weeks; and filters that fit some of it."""
    with transaction(Session(engine)) as session:
        organizations = [make.organization(session) for _ in range(3)]
        people = [make.user(session, organizations[0], f"person{number}@x.example") for number in range(1, 4)]
        of, public_ids = [each.id for each in organizations], (people[0].public_id, organizations[0].public_id)
    with engine.execution_options(is_write=True).begin() as connection:
        connection.execute(insert(AuditEntry), [line(number, of) for number in range(LINES)])
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text("ANALYZE audit_entry"))
    with Session(engine) as session:
        yield session, AuditFilters(person=public_ids[0], organization=public_ids[1])


def plans_of(session: Session, filters: AuditFilters) -> list[str]:
    """What the database does for each statement on the trail."""
    engine, statements = session.get_bind(), []
    assert isinstance(engine, Engine)

    def keep(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if "audit_entry" in statement and not statement.startswith("EXPLAIN"):
            statements.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", keep)
    page_of(session, filters)
    event.remove(engine, "before_cursor_execute", keep)
    explain = "EXPLAIN QUERY PLAN " if engine.dialect.name == "sqlite" else "EXPLAIN "
    with engine.connect() as connection:
        plans = [
            connection.exec_driver_sql(explain + statement, parameters).all() for statement, parameters in statements
        ]
    return ["\n".join(str(row[-1]) for row in plan) for plan in plans]


WHOLE_SCANS = ("SCAN audit_entry\n", "Seq Scan on audit_entry")


def wholly_read(plan: str) -> bool:
    is_sorted_whole = "USE TEMP B-TREE FOR ORDER BY" in plan and "SEARCH" not in plan
    return is_sorted_whole or any(scan in f"{plan}\n" for scan in WHOLE_SCANS)


def test_a_page_is_found_by_an_index(long_trail: tuple[Session, AuditFilters]) -> None:
    session, known = long_trail
    day = date(2025, 1, 9)
    ways = {
        "nothing": AuditFilters(),
        "days": AuditFilters(since=day, until=day),
        "person": AuditFilters(person=known.person),
        "organization": AuditFilters(organization=known.organization),
        "kind": AuditFilters(kind="session"),
        "kind and days": AuditFilters(kind="certificate", since=day),
        "certificate": AuditFilters(certificate=f"{7:064x}"),
        "reference": AuditFilters(reference="00000007"),
        "person's kind": AuditFilters(person=known.person, kind="login"),
        "a place in it": AuditFilters(older_than=LINES // 2),
        "a place among a kind": AuditFilters(kind="certificate", newer_than=LINES // 2),
    }
    plans = {way: plans_of(session, filters) for way, filters in ways.items()}
    assert all(plans.values())
    assert {way: each for way, found in plans.items() for each in found if wholly_read(each)} == {}
