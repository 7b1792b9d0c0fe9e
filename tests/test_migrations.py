"""Both databases can be built from nothing, fit the models, and hold what no model can say."""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest
from flask import Flask
from flask_migrate import check, downgrade, upgrade
from sqlalchemy import Engine, inspect, text

from app import create_app
from base.db import Base, db
from tests.databases import Cluster, migrate
from tests.settings import settings_for

GUARDED = {"audit_entry", "audit_seal"}


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
