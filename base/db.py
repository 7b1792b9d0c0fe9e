"""Both databases behind one session, and the only place that commits."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import structlog
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    ColumnElement,
    Connection,
    DateTime,
    Dialect,
    Engine,
    MetaData,
    event,
    func,
    literal_column,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, Session
from sqlalchemy.types import TypeDecorator

from base.refusals import NoSpace
from base.sentences import say

BUSY_MILLISECONDS = 5000
POOL_SECONDS = 5
OPEN = "transaction is open"
POSTGRESQL_DISK_FULL = "53100"
POSTGRESQL_DEADLOCK = "40P01"
# What a write fails with that may be done without, as a note of when somebody was seen.
UNWRITTEN = (SQLAlchemyError, NoSpace)
CONSTRAINT_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Moment(TypeDecorator[datetime]):
    """An instant: aware UTC in Python, never naive (R8-2)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs its time zone")
        instant = value if value.tzinfo is UTC else value.astimezone(UTC)
        return instant.replace(tzinfo=None) if dialect.name == "sqlite" else instant

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any] | None:
        """SQLite keeps texts: written as SQLAlchemy writes them, in a quarter of the time."""
        if dialect.name != "sqlite":
            return super().bind_processor(dialect)

        def text_of(value: datetime | None) -> str | None:
            instant = self.process_bind_param(value, dialect)
            return None if instant is None else instant.isoformat(" ", "microseconds")

        return text_of

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=CONSTRAINT_NAMES)
    type_annotation_map = {datetime: Moment}  # noqa: RUF012 - SQLAlchemy reads it once


log: Any = structlog.get_logger()
db = SQLAlchemy(metadata=Base.metadata, session_options={"expire_on_commit": False, "autoflush": True})


def joined(texts: ColumnElement[str] | InstrumentedAttribute[str]) -> ColumnElement[str]:
    """All of a group with commas between. Written out, not bound: a bound separator is worked into the statement at every run."""
    comma: Any = literal_column("','")
    return func.aggregate_strings(texts, comma)


def dialect_insert(session: Session, model: type[Base]) -> Any:
    """Both databases know ON CONFLICT; SQLAlchemy has it in each dialect's own insert."""
    return sqlite.insert(model) if session.get_bind().dialect.name == "sqlite" else postgresql.insert(model)


def engine_options(url: str) -> dict[str, Any]:
    # A fault's text goes into the log: the values of its statement are nobody's business there (D8).
    both = {"hide_parameters": True, "pool_timeout": POOL_SECONDS}
    if url.startswith("sqlite"):
        return {**both, "connect_args": {"timeout": BUSY_MILLISECONDS / 1000, "check_same_thread": False}}
    return {**both, "pool_pre_ping": True, "pool_size": 5, "max_overflow": 5}


@event.listens_for(Engine, "connect")
def _set_up_sqlite(connection: DBAPIConnection, _record: object) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_MILLISECONDS}"):
        connection.execute(f"PRAGMA {pragma}").close()


@event.listens_for(Engine, "begin")
def _begin_sqlite(connection: Connection) -> None:
    # The driver's own implicit BEGIN would be deferred: a read followed by a write then fails at once when another writes.
    if connection.dialect.name == "sqlite":
        is_write = connection.get_execution_options().get("is_write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if is_write else "BEGIN")


@contextmanager
def transaction(session: Session | None = None) -> Iterator[Session]:
    """Change something, whole or not at all. Rows read before it are forgotten: read again, locked, inside.

    RuntimeError inside another one: it would drop what that one has done so far. `NoSpace` where the disk is full (I3).
    """
    session = session or db.session()
    if session.info.get(OPEN):
        raise RuntimeError("a transaction is open already")
    session.close()
    session.info[OPEN] = True
    try:
        session.connection(execution_options={"is_write": True})
        yield session
        session.commit()
    except BaseException as fault:
        session.rollback()
        if isinstance(fault, OperationalError) and _is_disk_full(fault.orig):
            log.exception("disk_full", of="database")
            raise NoSpace(say("データベースの空き容量が足りないため、保存できませんでした。")) from fault
        raise
    finally:
        del session.info[OPEN]
        session.close()


def _is_disk_full(fault: BaseException | None) -> bool:
    """In the words of either database's driver."""
    code = getattr(fault, "sqlite_errorcode", None) or getattr(fault, "sqlstate", None)
    return code in {sqlite3.SQLITE_FULL, POSTGRESQL_DISK_FULL}


def is_deadlock(fault: DBAPIError) -> bool:
    """PostgreSQL has ended one of two who waited for each other: nothing was changed, and the same may be tried again."""
    return getattr(fault.orig, "sqlstate", None) == POSTGRESQL_DEADLOCK
