"""Both databases can be built from nothing, fit the models, and hold what no model can say."""

from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

import pytest
from flask import Flask
from flask_migrate import check, downgrade, upgrade
from sqlalchemy import Connection, Engine, MetaData, inspect, text

from app import create_app
from base.db import Base, db
from tests.databases import Cluster, migrate
from tests.settings import settings_for

GUARDED = {"audit_entry", "audit_seal"}
LONG_AGO = datetime(2026, 1, 5, 1, 2, 3, tzinfo=UTC)


@pytest.fixture
def migrated(database_url: str, tmp_path: Path) -> Flask:
    return create_app(settings_for(database_url, tmp_path))


def test_the_models_and_the_migrations_say_the_same(migrated: Flask) -> None:
    """What `flask db check` finds missing would be dropped or forgotten by the next migration."""
    with migrated.app_context():
        check()
        db.engine.dispose()


def test_every_table_is_there(engine: Engine) -> None:
    assert {name for name in inspect(engine).get_table_names() if "_fts" not in name} == {
        *Base.metadata.tables,
        "alembic_version",
    }


def test_the_trail_is_guarded_by_the_database_itself(engine: Engine) -> None:
    """R8-1."""
    asked = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O'",
    }
    with engine.connect() as connection:
        names = {str(name) for name in connection.scalars(text(asked[engine.dialect.name]))}
    kinds = ("no_update", "no_delete", "no_replace") if engine.dialect.name == "sqlite" else ("append_only",)
    assert {f"{table}_{kind}" for table in GUARDED for kind in kinds} <= names


def test_an_upgrade_of_what_is_up_to_date_changes_nothing(migrated: Flask) -> None:
    """I11."""
    with migrated.app_context():
        before = inspect(db.engine).get_table_names()
        upgrade()
        assert inspect(db.engine).get_table_names() == before
        db.engine.dispose()


def test_down_and_up_again(migrated: Flask) -> None:
    """I11: every step can be taken back."""
    with migrated.app_context():
        before = set(inspect(db.engine).get_table_names())
        downgrade(revision="base")
        assert set(inspect(db.engine).get_table_names()) == {"alembic_version"}
        upgrade()
        assert set(inspect(db.engine).get_table_names()) == before
        check()
        db.engine.dispose()


def test_two_hosts_that_upgrade_an_empty_server_at_once_make_one_schema(postgres: Cluster, tmp_path: Path) -> None:
    """I11: the second waits and finds nothing left to do."""
    postgres.run("CREATE DATABASE upgraded_twice")
    url = postgres.url("upgraded_twice")
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        hosts = [pool.submit(migrate, url, tmp_path) for _ in range(2)]
        assert [host.result() for host in hosts] == [None, None]
    with create_app(settings_for(url, tmp_path)).app_context():
        check()
        db.engine.dispose()
    postgres.run("DROP DATABASE upgraded_twice WITH (FORCE)")


def _rows_of_0002(connection: Connection) -> None:
    """Somebody of an organization, logged in twice with its certificate, and what the trail says of it."""
    tables = MetaData()
    tables.reflect(connection, only=["organization", "person", "certificate", "login_session", "audit_entry"])
    organization = {
        "id": 1,
        "public_id": "o1",
        "name": "ひがしガス",
        "is_operator": False,
        "has_special_approval": False,
    }
    person = {"id": 1, "public_id": "p1", "organization_id": 1, "name_kanji": "東 花子", "name_kana": "アズマ ハナコ"}
    person |= {"login_id": "A@b.example", "login_id_folded": "a@b.example", "language": "ja", "wrong_passwords": 3}
    person |= {"locked_tries": 0, "locked_at": LONG_AGO, "lock_reason": "password", "contact_role": "primary"}
    certificate = {"id": 1, "public_id": "c1", "fingerprint": "f", "issuer": "CN=CA", "serial": "1", "subject": "CN=pc"}
    certificate |= {"not_before": LONG_AGO, "not_after": LONG_AGO, "pem": "-"}
    session = {"user_id": 1, "certificate_id": 1, "pc_name": "PC", "begun_at": LONG_AGO, "seen_at": LONG_AGO}
    line = {"at": LONG_AGO, "actor": "a", "action": "x", "subject": "y", "before": "{}", "after": "{}"}
    rows = {
        "organization": [{**organization, "created_at": LONG_AGO}],
        "person": [{**person, "created_at": LONG_AGO}],
        "certificate": [certificate],
        "login_session": [{**session, "id_hash": "h1"}, {**session, "id_hash": "h2"}],
        "audit_entry": [line],
    }
    for name, values in rows.items():
        connection.execute(tables.tables[name].insert(), values)


def _counts(connection: Connection) -> dict[str, int]:
    names = [name for name in inspect(connection).get_table_names() if "_fts" not in name and name != "alembic_version"]
    return {name: connection.scalar(text(f"SELECT count(*) FROM {name}")) or 0 for name in names}


def test_rows_of_the_revision_before_live_on(database_url: str, tmp_path: Path) -> None:
    """I11: none is lost by a rebuilt table, and what the new columns need is filled in (R5-40: issued when created)."""
    app = create_app(settings_for(database_url, tmp_path))
    with app.app_context():
        downgrade(revision="0002")
        with db.engine.begin() as connection:
            _rows_of_0002(connection)
            before = _counts(connection)
        upgrade()
        with db.engine.connect() as connection:
            after = _counts(connection)
            assert {name: after[name] for name in before} == before
            issued = "SELECT count(*) FROM person WHERE issued_at = created_at AND wrong_answers = 0 AND lock_reason = 'password'"
            assert connection.scalar(text(issued)) == 1
            assert connection.scalar(text("SELECT count(DISTINCT public_id) FROM login_session")) == 2
        check()
        db.engine.dispose()
