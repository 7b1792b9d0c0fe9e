"""The trail is append-only and chained: what goes around the triggers breaks the chain."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta, timezone

import pytest
from sqlalchemy import Connection, Engine, NullPool, create_engine, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from base.actors import WORKER, Actor
from base.audit import FIRST_HASH, AuditEntry, AuditSeal, Verification, record, seal, verify
from base.db import transaction
from base.refusals import Refused
from tests.certificates import NOW

PERSON = Actor("higashino@higashi-gas.example", 1, 2, "ab" * 32, "192.0.2.7", "0a1b2c3d")
FIELDS = {
    "at": "2020-01-01 00:00:00+00:00",
    "actor": "somebody else",
    "user_id": 9,
    "organization_id": 9,
    "fingerprint": "cd" * 32,
    "address": "198.51.100.9",
    "reference": "ffffffff",
    "action": "nothing",
    "subject": "nobody",
    "before": "{}",
    "after": "{}",
}


def write(engine: Engine, lines: int) -> None:
    with transaction(Session(engine)) as session:
        for number in range(lines):
            facts = {"number": number, "name": "東野 花子"}
            record(session, "test.done", f"thing:{number}", by=PERSON, now=NOW, before={"was": "x"}, after=facts)


def sealed(engine: Engine, most: int = 500) -> int:
    with transaction(Session(engine)) as session:
        return seal(session, most)


def verified(engine: Engine, known: str | None = None) -> Verification:
    with Session(engine) as session:
        return verify(session, known)


@contextmanager
def around_the_triggers(engine: Engine) -> Iterator[Connection]:
    """As whoever owns the database can: no triggers, no foreign keys."""
    is_sqlite = engine.dialect.name == "sqlite"
    with create_engine(engine.url, poolclass=NullPool).connect() as connection:
        if is_sqlite:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            for name in connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
                connection.execute(text(f"DROP TRIGGER {name}"))
        else:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        yield connection
        connection.commit()


@pytest.fixture
def trail(engine: Engine) -> Engine:
    """Seven lines, all sealed."""
    write(engine, 7)
    assert sealed(engine) == 7
    return engine


def test_a_line_tells_who_from_where_what_and_what_it_was_before(session: Session) -> None:
    """R8-1."""
    record(session, "address.removed", "address:A1", by=PERSON, now=NOW, before={"state": "verified"}, after={})
    line = session.scalars(select(AuditEntry)).one()
    assert (line.at, line.actor, line.user_id, line.organization_id) == (NOW, PERSON.label, 1, 2)
    assert (line.fingerprint, line.address, line.reference) == ("ab" * 32, "192.0.2.7", "0a1b2c3d")
    assert (line.action, line.subject) == ("address.removed", "address:A1")
    assert (json.loads(line.before), json.loads(line.after)) == ({"state": "verified"}, {})


def test_a_line_may_concern_another_organization_than_the_actors(session: Session) -> None:
    """R8-1, R9-15."""
    record(session, "request.accepted", "request:R1", by=PERSON, now=NOW, organization_id=7)
    record(session, "mail.sent", "mail:M1", by=WORKER, now=NOW)
    assert session.scalars(select(AuditEntry.organization_id).order_by(AuditEntry.id)).all() == [7, None]


def test_an_action_that_fails_leaves_no_line(engine: Engine) -> None:
    """R8-1: the line is part of what it tells of."""

    def fail() -> None:
        with transaction(Session(engine)) as session:
            record(session, "test.done", "thing", by=PERSON, now=NOW)
            session.flush()
            raise Refused("後で断られた。")

    with pytest.raises(Refused):
        fail()
    assert verified(engine) == Verification(0, 0, None, FIRST_HASH, has_known=True)


@pytest.mark.parametrize("table", ["audit_entry", "audit_seal"])
@pytest.mark.parametrize("change", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "DELETE FROM {} WHERE {} > {}"])
def test_no_statement_changes_or_removes_a_line(trail: Engine, table: str, change: str) -> None:
    """R8-1."""
    key = "id" if table == "audit_entry" else "position"
    with pytest.raises(DBAPIError, match="append-only"), transaction(Session(trail)) as session:
        session.execute(text(change.format(table, key, 1)))
    assert verified(trail).broken_at is None
    assert verified(trail).sealed == 7


def test_no_line_is_replaced_or_emptied_away(trail: Engine) -> None:
    """R8-1: REPLACE and TRUNCATE remove lines without a DELETE."""
    with Session(trail) as session:
        line = session.get_one(AuditEntry, 3)
        values = ", ".join(f":{column.key}" for column in AuditEntry.__table__.columns)
    replace = f"INSERT OR REPLACE INTO audit_entry VALUES ({values})"
    facts = {column.key: getattr(line, column.key) for column in AuditEntry.__table__.columns} | FIELDS
    statement = text(replace) if trail.dialect.name == "sqlite" else text("TRUNCATE audit_entry CASCADE")
    with pytest.raises(DBAPIError, match="append-only"), transaction(Session(trail)) as session:
        session.execute(statement, facts if trail.dialect.name == "sqlite" else {})
    assert verified(trail).broken_at is None


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("row", [1, 7])
def test_any_changed_field_of_any_line_breaks_the_chain(trail: Engine, field: str, row: int) -> None:
    """R9-17, G9."""
    assert set(FIELDS) | {"id"} == {column.key for column in AuditEntry.__table__.columns}
    with around_the_triggers(trail) as connection:
        change = text(f"UPDATE audit_entry SET {field} = :value WHERE id = :id")
        connection.execute(change, {"value": FIELDS[field], "id": row})
    assert verified(trail).broken_at == row


def remove_line(connection: Connection) -> None:
    connection.execute(text("DELETE FROM audit_seal WHERE entry_id = 4"))
    connection.execute(text("DELETE FROM audit_entry WHERE id = 4"))


def remove_line_and_close_up(connection: Connection) -> None:
    remove_line(connection)
    for position in (5, 6, 7):
        connection.execute(text(f"UPDATE audit_seal SET position = {position - 1} WHERE position = {position}"))


def remove_line_alone(connection: Connection) -> None:
    connection.execute(text("DELETE FROM audit_entry WHERE id = 4"))


def swap_lines(connection: Connection) -> None:
    connection.execute(text("UPDATE audit_entry SET id = 100 WHERE id = 4"))
    connection.execute(text("UPDATE audit_entry SET id = 4 WHERE id = 5"))
    connection.execute(text("UPDATE audit_entry SET id = 5 WHERE id = 100"))


def forge_seal(connection: Connection) -> None:
    connection.execute(text("UPDATE audit_seal SET hash = :hash WHERE position = 4"), {"hash": "0" * 64})


@pytest.mark.parametrize("damage", [remove_line, remove_line_and_close_up, remove_line_alone, swap_lines, forge_seal])
def test_a_line_removed_swapped_or_sealed_anew_breaks_the_chain_there(
    trail: Engine, damage: Callable[[Connection], None]
) -> None:
    """R9-17, G9."""
    with around_the_triggers(trail) as connection:
        damage(connection)
    assert verified(trail).broken_at == 4


def test_a_chain_that_lost_its_end_is_known_by_a_head_noted_earlier(trail: Engine) -> None:
    """R9-17, G9."""
    head = verified(trail).head
    write(trail, 1)
    sealed(trail)
    assert verified(trail, head).has_known
    with around_the_triggers(trail) as connection:
        connection.execute(text("DELETE FROM audit_seal WHERE position >= 7"))
        connection.execute(text("DELETE FROM audit_entry WHERE id >= 7"))
    assert verified(trail).broken_at is None
    assert not verified(trail, head).has_known


def test_sealing_goes_on_where_it_stopped(engine: Engine) -> None:
    """R9-17."""
    write(engine, 5)
    assert sealed(engine, most=2) == 2
    assert (verified(engine).sealed, verified(engine).unsealed) == (2, 3)
    write(engine, 2)
    assert [sealed(engine, most=3) for _ in range(3)] == [3, 2, 0]
    assert (verified(engine).sealed, verified(engine).unsealed, verified(engine).broken_at) == (7, 0, None)


def test_a_sealer_that_dies_halfway_leaves_nothing_behind(engine: Engine) -> None:
    """R9-17, G9."""
    write(engine, 5)

    def die() -> None:
        with transaction(Session(engine)) as session:
            seal(session)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        die()
    assert verified(engine).sealed == 0
    assert sealed(engine) == 5
    assert verified(engine).broken_at is None


def test_many_sealers_and_writers_at_once_make_one_whole_chain(engine: Engine) -> None:
    """R9-17."""
    write(engine, 20)
    with ThreadPoolExecutor(8) as pool:
        writing = [pool.submit(write, engine, 3) for _ in range(8)]
        steps = [pool.submit(sealed, engine, 7) for _ in range(8)]
        done = sum(step.result() for step in steps)
        assert [job.result() for job in writing] == [None] * 8
    done += sealed(engine)
    assert done == 44
    assert verified(engine).broken_at is None
    with Session(engine) as session:
        assert session.scalar(select(func.count()).select_from(AuditSeal)) == 44


def test_the_seal_holds_whatever_time_zone_the_line_was_written_in(engine: Engine) -> None:
    """R8-2."""
    with transaction(Session(engine)) as session:
        tokyo = NOW.astimezone(timezone(timedelta(hours=9)))
        record(session, "test.done", "thing", by=PERSON, now=tokyo)
        session.flush()
        seal(session)
    assert verified(engine).broken_at is None
