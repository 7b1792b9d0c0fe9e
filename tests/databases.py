"""Both databases, migrated once: a file to copy, and a PostgreSQL cluster of our own with a template database."""

import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg
from flask_migrate import upgrade
from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection

from app import create_app
from tests.settings import settings_for

BIN = Path("/usr/lib/postgresql/15/bin")
AS_POSTGRES = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
OPTIONS = (
    "-c listen_addresses='' -c fsync=off -c synchronous_commit=off -c full_page_writes=off "
    "-c max_connections=200 -c shared_buffers=32MB"
)
MEMORY, ROOM = Path("/dev/shm"), 1024**3
TEMPLATE, CAST_TEMPLATE = "migrated", "migrated_with_cast"
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running PostgreSQL on a socket in its own folder."""

    folder: Path

    def url(self, name: str) -> str:
        return f"postgresql+psycopg://portal@/{name}?host={self.folder}"

    def run(self, statement: str) -> None:
        with psycopg.connect(f"user=portal dbname=postgres host={self.folder}", autocommit=True) as connection:
            connection.execute(statement.encode())

    @contextmanager
    def fresh(self, template: str = TEMPLATE) -> Iterator[str]:
        """A database of one's own, migrated; dropped afterwards."""
        name = f"test_{os.getpid()}_{next(_numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        yield self.url(name)
        self.run(f"DROP DATABASE {name} WITH (FORCE)")


def _without_waiting(connection: DBAPIConnection, _record: object) -> None:
    """As the cluster's fsync=off: what is written outlives a killed program, and no test cuts the current."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA synchronous=OFF").close()


def dont_wait_for_disks() -> None:
    event.listen(Engine, "connect", _without_waiting)


@contextmanager
def waiting_for_disks() -> Iterator[None]:
    """As in production."""
    event.remove(Engine, "connect", _without_waiting)
    yield
    dont_wait_for_disks()


def migrate(url: str, folder: Path) -> None:
    app = create_app(settings_for(url, folder))
    with app.app_context():
        upgrade()


def _in_memory() -> Path | None:
    """A database is hundreds of files; where there is room for them in memory, a new one takes a tenth of the time."""
    return MEMORY if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM else None


@contextmanager
def running_cluster(options: str = OPTIONS) -> Iterator[Cluster]:
    folder = Path(tempfile.mkdtemp(prefix="pg", dir=_in_memory()))
    if AS_POSTGRES:
        shutil.chown(folder, "postgres")
    control = [*AS_POSTGRES, f"{BIN}/pg_ctl", "-D", f"{folder}/db", "-w", "-s"]
    initdb = [
        *AS_POSTGRES,
        f"{BIN}/initdb",
        "-D",
        f"{folder}/db",
        "-U",
        "portal",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
    ]
    subprocess.run([*initdb, "--no-sync"], check=True, stdout=subprocess.DEVNULL, cwd="/")
    options = f"{options} -c unix_socket_directories={folder}"
    subprocess.run([*control, "-l", f"{folder}/log", "-o", options, "start"], check=True, cwd="/")
    try:
        yield Cluster(folder)
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], check=True, cwd="/")
        shutil.rmtree(folder)
