import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session

from base.db import Base, engine_options

BIN = "/usr/lib/postgresql/15/bin"
AS_POSTGRES = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    if AS_POSTGRES:
        shutil.chown(folder, "postgres")
    cluster = [*AS_POSTGRES, f"{BIN}/pg_ctl", "-D", f"{folder}/db", "-w", "-s"]
    subprocess.run(
        [*AS_POSTGRES, f"{BIN}/initdb", "-D", f"{folder}/db", "-U", "portal", "-A", "trust", "-E", "UTF8"],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off -c max_connections=50"
    subprocess.run([*cluster, "-l", f"{folder}/log", "-o", options, "start"], check=True)
    yield f"postgresql+psycopg://portal@/postgres?host={folder}"
    subprocess.run([*cluster, "-m", "immediate", "stop"], check=True)
    shutil.rmtree(folder)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/test.db" if request.param == "sqlite" else request.getfixturevalue("postgres_url")


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = create_engine(database_url, **engine_options(database_url))
    Base.metadata.create_all(engine)
    yield engine
    Base.metadata.drop_all(engine)
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine) as session:
        yield session
