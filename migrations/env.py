"""Alembic's environment: one transaction a run; on SQLite without foreign keys, since rebuilding a table would empty its children."""

import sqlite3
from typing import Literal

from alembic import context
from flask import current_app
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.pool import NullPool

import auth.models
import base.audit
import base.closing_days
import base.form_keys
import base.job_runs
import base.outbox
import content.calendar.models
import content.files.models
import content.models
import content.search.models
import content.writing.models
import rights.inventory.models
import rights.jnote.models
import rights.models
from base.db import Base, Moment

# Every table must be known here, or Alembic would drop it.
KNOWN = (
    auth.models,
    base.audit,
    base.closing_days,
    base.form_keys,
    base.job_runs,
    base.outbox,
    content.calendar.models,
    content.files.models,
    content.models,
    content.search.models,
    content.writing.models,
    rights.inventory.models,
    rights.jnote.models,
    rights.models,
)


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    # The index of a search is each database's own.
    return not (kind in {"table", "index"} and name is not None and "_fts" in name)


def _plain_type(kind: str, item: object, _context: object) -> str | Literal[False]:
    # A migration must not change when our types do: it names what the database has.
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, Moment) else False


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        compare_type=True,
        render_item=_plain_type,
        include_name=_is_ours,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()


def _refuse_broken_references(connection: Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        raise RuntimeError(f"the migration leaves rows without their parents: {broken[:3]}")


def _run_on_sqlite(url: str) -> None:
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        raw = connection.connection.driver_connection
        if not isinstance(raw, sqlite3.Connection):
            raise TypeError("a connection to SQLite was expected")
        # Past SQLAlchemy, which would begin a transaction first: inside one this changes nothing.
        raw.execute("PRAGMA foreign_keys=OFF").close()
        connection.execution_options(is_write=True)
        with connection.begin():
            _run(connection)
            _refuse_broken_references(connection)


def _run_on_server(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(7421)"))
        _run(connection)


def migrate() -> None:
    url = current_app.config["SQLALCHEMY_DATABASE_URI"]
    if url.startswith("sqlite"):
        _run_on_sqlite(url)
    else:
        _run_on_server(create_engine(url, poolclass=NullPool))


migrate()
