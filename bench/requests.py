"""The reception center's queue and its search over 50 000 requests against 20, on both databases.

usage: python -m bench.requests [REQUESTS]
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

from flask_migrate import upgrade
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app import create_app
from base.clock import system_time
from base.db import db, transaction
from base.settings import read_settings
from bench.both import AS_INSTALLED
from bench.installation import install, unread_logs
from rights.models import RightsRequest
from rights.request_filters import read_filters
from rights.request_lists import batches_of, page_of
from rights.request_queries import every_request
from rights.request_search import by_index
from rights.request_states import RequestState
from rights.shown_requests import shown
from rights.todos import figures
from tests.databases import running_cluster
from tests.rights.many_requests import RARE, fill

REQUESTS, FEW = 50_000, 20
ROUNDS = 15
LISTS: Mapping[str, Mapping[str, str]] = {
    "the queue": {},
    "everything": {"state": "all"},
    "by kana": {"state": "all", "order": "kana"},
    "changes, oldest first": {"state": "completed", "kind": "change", "order": "oldest"},
    "JUJU": {"state": "all", "system": "JUJU"},
    "a rare name": {"state": "all", "q": RARE},
    "a common name": {"state": "all", "q": "北島"},
    "two words": {"state": "all", "q": f"ガス {RARE}"},
    "an ID": {"state": "all", "q": "person77@"},
    "a number": {"state": "all", "q": "N-2611-00019"},
    "half-width kana": {"state": "all", "q": "ｷﾀｼﾞﾏ"},
    "one letter": {"state": "all", "q": "柴"},
    "an organization": {"state": "all", "q": "第007ガス"},
    "all organizations": {"state": "all", "q": "ガス株式会社"},
    "a contractor": {"state": "all", "q": "委託サービス"},
    "nothing there": {"state": "all", "q": "鯨井"},
}


def _middle(session: Session, address: Mapping[str, str]) -> dict[str, str]:
    """The same, going on from a request in the middle."""
    ids = session.scalars(select(RightsRequest.public_id).order_by(RightsRequest.id)).all()
    return {**address, "after": ids[len(ids) // 2]}


def _milliseconds(session: Session, address: Mapping[str, str]) -> float:
    now, times = system_time(), []
    for _ in range(ROUNDS):
        session.close()
        began = time.perf_counter()
        page = page_of(session, every_request(), read_filters(address, RequestState.ENTERED), address, by_index)
        shown(session, page.rows, now)
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1000


def _desk(session: Session) -> float:
    now, times = system_time(), []
    for _ in range(ROUNDS):
        session.close()
        began = time.perf_counter()
        figures(session, now)
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1000


def _file(session: Session) -> str:
    began, rows = time.perf_counter(), 0
    for batch in batches_of(session, every_request(), read_filters({"state": "all"}), by_index):
        rows += len(shown(session, batch, system_time()))
    return f"{rows} rows in {time.perf_counter() - began:.1f} s"


def _figures(root: Path, url: str, requests: int, waiting: int | None) -> tuple[dict[str, float], str]:
    app = create_app(read_settings(install(root).environment | {"PORTAL_DATABASE_URL": url}))
    with app.app_context():
        upgrade()
        with transaction() as session:
            fill(session, requests, system_time(), waiting)
        with db.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            connection.execute(text("ANALYZE"))
        session = db.session()
        found = {name: _milliseconds(session, address) for name, address in _lists(session)}
        with app.test_request_context():
            found["the desk's figures"] = _desk(session)
        return found, _file(session)


def _lists(session: Session) -> Iterator[tuple[str, Mapping[str, str]]]:
    yield from LISTS.items()
    yield "a page in the middle", _middle(session, {"state": "all"})
    yield "one by kana in the middle", _middle(session, {"state": "all", "order": "kana"})


def measure(requests: int, waiting: int | None) -> None:
    of = "all waiting" if waiting is None else f"{waiting} waiting"
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        cluster = stack.enter_context(running_cluster(AS_INSTALLED))
        for name in ("few", "many"):
            cluster.run(f"CREATE DATABASE {name}")
        for name in ("SQLite", "PostgreSQL"):
            urls = {
                size: f"sqlite:///{folder}/{size}.db" if name == "SQLite" else cluster.url(size)
                for size in ("few", "many")
            }
            few, _ = _figures(folder / f"{name}-few", urls["few"], FEW, None)
            many, file = _figures(folder / f"{name}-many", urls["many"], requests, waiting)
            print(f"\n{name}: milliseconds with {FEW} requests, with {requests} ({of}); the file: {file}")
            for each, cost in many.items():
                print(f"  {each:28} {few[each]:7.1f} {cost:7.1f}")


def main(requests: int = REQUESTS) -> None:
    with unread_logs():
        measure(requests, 300)
        measure(requests, None)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else REQUESTS)
