"""The run of a processing date on which so many new people's requests are due: seconds and memory, on both databases.

usage: python -m bench.processing [REQUESTS]
"""

import sys
import time
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from flask_migrate import upgrade
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app import create_app
from auth.models import Organization, User
from base.clock import system_time
from base.daily_runs import begin
from base.db import transaction
from base.identifiers import public_id
from base.jst import day_of
from base.settings import read_settings
from bench.both import measure_on_both
from bench.dormancy import AT_ONCE, FEWER, ORGANIZATIONS, megabytes
from bench.installation import install, unread_logs
from rights.models import RequestPart, RightsRequest
from rights.processing.rounds import JOB, Rounds, run_processing

REQUESTS = 100_000


def _request(number: int, organization_id: int, by: int, m: date, at: datetime) -> dict[str, Any]:
    login_id = f"person{number:06d}@bench.example"
    return {
        "id": number,
        "public_id": public_id(),
        "number": f"N-{m:%y%m}-{number:06d}",
        "kind": "new",
        "state": "accepted",
        "organization_id": organization_id,
        "name_kanji": "計測 太郎",
        "name_kana": "ケイソク タロウ",
        "login_id": login_id,
        "login_id_folded": login_id,
        "taxis": "1011",
        "juju": "yes",
        "entered_at": at,
        "entered_by_id": by,
        "accepted_at": at,
        "accepted_by_id": by,
        "processing_date": m,
    }


def _fill(session: Session, requests: int, m: date) -> None:
    now = system_time()
    organizations = [Organization(name=f"bench {number}", created_at=now) for number in range(ORGANIZATIONS)]
    session.add_all(organizations)
    session.flush()
    names = {"name_kanji": "窓口 花子", "name_kana": "マドグチ ハナコ", "login_id": "by@bench.example"}
    by = User(organization_id=organizations[0].id, login_id_folded="by@bench.example", created_at=now, **names)
    session.add(by)
    session.flush()
    for first in range(1, requests + 1, AT_ONCE):
        numbers = range(first, min(first + AT_ONCE, requests + 1))
        at = now - timedelta(days=10)
        rows = [_request(one, organizations[one % ORGANIZATIONS].id, by.id, m, at) for one in numbers]
        session.execute(insert(RightsRequest), rows)
        parts = [(row["id"], system, row[system.lower()]) for row in rows for system in ("TAXIS", "JUJU")]
        session.execute(
            insert(RequestPart), [{"request_id": of, "system": system, "code": code} for of, system, code in parts]
        )


def run() -> None:
    """In a process of its own: its peak of memory is the run's."""
    app, today = create_app(), day_of(system_time())
    with app.app_context():
        with transaction() as session:
            turn = begin(session, JOB, today, system_time())
        if turn is None:
            raise SystemExit("the run is taken")
        before, began, cpu = megabytes(), time.monotonic(), time.process_time()
        outcome = run_processing(turn, Rounds(system_time))
        seconds, cpu, after = time.monotonic() - began, time.process_time() - cpu, megabytes()
    print(f"{seconds:.1f} s ({cpu:.1f} s CPU), peak of memory {before:.0f} -> {after:.0f} MB: {outcome}")


def _filled(root: Path, url: str, requests: int) -> dict[str, str]:
    """The environment in which the run is carried out."""
    environment = install(root).environment | {"PORTAL_DATABASE_URL": url}
    app = create_app(read_settings(environment))
    with app.app_context():
        upgrade()
        with transaction() as session:
            _fill(session, requests, day_of(system_time()))
            found = session.scalar(select(RightsRequest.id).order_by(RightsRequest.id.desc()).limit(1))
        assert found == requests
    return environment


def measure(requests: int) -> None:
    measure_on_both(_filled, requests, module="bench.processing", told=f"processing date of {requests} requests")


def main(requests: int = REQUESTS) -> None:
    with unread_logs():
        for each in (FEWER, requests):
            measure(each)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--run"]:
        run()
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else REQUESTS)
