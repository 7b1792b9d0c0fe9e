import gc
import os
import shutil
from collections.abc import Callable, Generator, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import settings as hypothesis_settings
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session

from app import create_app
from base import clock
from base.db import engine_options, transaction
from tests.browsing import Visitor, logged_in
from tests.cast import Cast, Person, make_cast
from tests.certificates import NOW
from tests.compiled import compile_addresses_once, compile_statements_once, compile_templates_once
from tests.databases import CAST_TEMPLATE, TEMPLATE, Cluster, dont_wait_for_disks, migrate, running_cluster
from tests.settings import settings_for

# Browsers, programs that start and end, years that pass.
LONG = (
    "tests/journeys/test_screens.py",
    "tests/demo/test_run.py",
    "tests/journeys/",
    "tests/base/test_mail_crashes.py",
    "tests/base/test_worker.py",
    "tests/nginx/",
    "tests/test_routes.py",
    "tests/test_commands.py",
)

hypothesis_settings.register_profile("portal", deadline=None)
hypothesis_settings.load_profile("portal")
compile_templates_once()
compile_addresses_once()
compile_statements_once()
dont_wait_for_disks()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where everything has to be there, a test that was skipped is a test that failed."""
    report = yield
    if report.skipped and os.environ.get("CI") == "true":
        report.outcome = "failed"
        report.longrepr = f"skipped: {report.longrepr}"
    return report


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones first: begun last, one of them would run alone while the other processors stand idle."""
    items.sort(
        key=lambda item: next((turn for turn, path in enumerate(LONG) if item.nodeid.startswith(path)), len(LONG))
    )


def pytest_collection_finish() -> None:
    """What was imported stays: nothing looks for garbage among it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)


class Hands:
    """The clock's hands: `now` may be set and moved."""

    def __init__(self) -> None:
        self.now: datetime = NOW


@pytest.fixture
def hands() -> Iterator[Hands]:
    """Time stands still at NOW until a test moves it."""
    hands = Hands()
    clock.use(lambda: hands.now)
    yield hands
    clock.use(clock.system_time)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template")
    migrate(f"sqlite:///{folder}/portal.db", folder)
    return folder / "portal.db"


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with running_cluster() as cluster:
        cluster.run(f"CREATE DATABASE {TEMPLATE}")
        migrate(cluster.url(TEMPLATE), tmp_path_factory.mktemp("migrating"))
        yield cluster


@pytest.fixture(scope="session")
def sqlite_cast(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Cast]:
    """The template with the cast in it."""
    file = tmp_path_factory.mktemp("cast") / "portal.db"
    shutil.copyfile(sqlite_template, file)
    return file, _cast_in(f"sqlite:///{file}")


@pytest.fixture(scope="session")
def postgres_cast(postgres: Cluster) -> Cast:
    """The cast, in a template of its own."""
    postgres.run(f"CREATE DATABASE {CAST_TEMPLATE} TEMPLATE {TEMPLATE}")
    return _cast_in(postgres.url(CAST_TEMPLATE))


def _cast_in(url: str) -> Cast:
    engine = create_engine(url, **engine_options(url))
    with transaction(Session(engine)) as session:
        cast = make_cast(session)
    engine.dispose()
    return cast


def _has_cast(request: pytest.FixtureRequest) -> bool:
    return not {"cast", "any_cast"}.isdisjoint(request.fixturenames)


@pytest.fixture
def sqlite_url(request: pytest.FixtureRequest, sqlite_template: Path, tmp_path: Path) -> str:
    """With the cast in it from the beginning where a test asks for it."""
    template = request.getfixturevalue("sqlite_cast")[0] if _has_cast(request) else sqlite_template
    shutil.copyfile(template, tmp_path / "portal.db")
    return f"sqlite:///{tmp_path}/portal.db"


@pytest.fixture
def postgres_url(request: pytest.FixtureRequest, postgres: Cluster) -> Iterator[str]:
    """Likewise."""
    if _has_cast(request):
        request.getfixturevalue("postgres_cast")
    with postgres.fresh(CAST_TEMPLATE if _has_cast(request) else TEMPLATE) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A migrated database of one's own: each test once on SQLite, once on PostgreSQL."""
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    url = request.getfixturevalue(name)
    assert isinstance(url, str)
    return url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = create_engine(database_url, **engine_options(database_url))
    yield engine
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def session(request: pytest.FixtureRequest, shared_engines: Callable[[str], Engine]) -> Iterator[Session]:
    """A session on each database whose changes are rolled back."""
    with shared_engines(request.param).connect().execution_options(is_write=True) as connection:
        outer = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as session:
            yield session
        outer.rollback()


@pytest.fixture(scope="session")
def shared_engines(
    request: pytest.FixtureRequest, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Engine]]:
    engines: dict[str, Engine] = {}

    def engine_of(kind: str) -> Engine:
        if kind not in engines:
            copy = tmp_path_factory.mktemp("shared") / "portal.db"
            shutil.copyfile(sqlite_template, copy)
            is_sqlite = kind == "sqlite"
            url = f"sqlite:///{copy}" if is_sqlite else request.getfixturevalue("postgres").url(TEMPLATE + "_shared")
            if not is_sqlite:
                request.getfixturevalue("postgres").run(f"CREATE DATABASE {TEMPLATE}_shared TEMPLATE {TEMPLATE}")
            engines[kind] = create_engine(url, **engine_options(url))
        return engines[kind]

    yield engine_of
    for engine in engines.values():
        engine.dispose()


def _dispose(app: Flask) -> None:
    with app.app_context():
        app.extensions["sqlalchemy"].session.remove()
        app.extensions["sqlalchemy"].engine.dispose()


@pytest.fixture
def app(sqlite_url: str, tmp_path: Path, hands: Hands) -> Iterator[Flask]:
    """The application behind its front, on SQLite."""
    app = create_app(settings_for(sqlite_url, tmp_path))
    yield app
    _dispose(app)


@pytest.fixture
def any_app(database_url: str, tmp_path: Path, hands: Hands) -> Iterator[Flask]:
    """The application behind its front, on each database."""
    app = create_app(settings_for(database_url, tmp_path))
    yield app
    _dispose(app)


@pytest.fixture
def cast(app: Flask, sqlite_cast: tuple[Path, Cast]) -> Cast:
    return sqlite_cast[1]


@pytest.fixture
def any_cast(any_app: Flask, request: pytest.FixtureRequest) -> Cast:
    is_sqlite = any_app.config["PORTAL"].database_url.startswith("sqlite")
    found = request.getfixturevalue("sqlite_cast")[1] if is_sqlite else request.getfixturevalue("postgres_cast")
    assert isinstance(found, Cast)
    return found


@pytest.fixture
def enter(app: Flask) -> Callable[[Person], Visitor]:
    """Log a person of the cast in."""
    return lambda person: logged_in(app, person)
