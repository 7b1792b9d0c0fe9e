"""The morning run over people who are all due a stage, a quarter of them each: seconds and memory, on both databases.

usage: python -m bench.dormancy [PEOPLE]
"""

import sys
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from flask_migrate import upgrade
from sqlalchemy import insert
from sqlalchemy.orm import Session

from app import create_app
from auth.dormancy import STAGE_DAYS, Stage
from auth.dormancy_digests import JOB
from auth.dormancy_queries import KIND, occasion_of
from auth.dormancy_run import Rounds, run_dormancy
from auth.models import DormancyStep, Organization, User
from base.clock import system_time
from base.daily_runs import begin
from base.db import transaction
from base.identifiers import public_id
from base.jst import day_of, start_of
from base.outbox import MAIL
from base.settings import read_settings
from bench.both import measure_on_both
from bench.installation import install, unread_logs

PEOPLE = 100_000
FEWER = 10_000
ORGANIZATIONS = 500
AT_ONCE = 5_000


def _person(number: int, organization_id: int, today: date) -> dict[str, Any]:
    stage = list(Stage)[number % len(Stage)]
    login_id = f"person{number:06d}@bench.example"
    last_login = start_of(today - timedelta(days=STAGE_DAYS[stage])) + timedelta(hours=9, microseconds=number)
    return {
        "id": number,
        "public_id": public_id(),
        "organization_id": organization_id,
        "name_kanji": "計測 太郎",
        "name_kana": "ケイソク タロウ",
        "login_id": login_id,
        "login_id_folded": login_id,
        "last_login_at": last_login,
        "created_at": last_login,
        "issued_at": last_login,
    }


def _told(person: dict[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """The stages before the one that is due, each with its mail sent on its day."""
    counted_from: datetime = person["last_login_at"]
    for stage in list(Stage)[: person["id"] % len(Stage)]:
        at = counted_from + timedelta(days=STAGE_DAYS[stage])
        step = {"user_id": person["id"], "counted_from": counted_from, "stage": stage, "on": day_of(at), "at": at}
        mail = {
            "public_id": public_id(),
            "kind": KIND + stage,
            "occasion": occasion_of(person["public_id"], counted_from, stage),
            "address": person["login_id"],
            "address_folded": person["login_id"],
            "about": person["public_id"],
            "organization_id": person["organization_id"],
            "is_bulk": True,
            "state": "sent",
            "is_uncertain": False,
            "tries": 1,
            "next_try_at": at,
            "sent_at": at,
            "is_hold_waived": False,
            "created_at": at,
        }
        yield step, mail


def _fill(session: Session, people: int, today: date) -> None:
    now = system_time()
    organizations = [Organization(name=f"bench {number}", created_at=now) for number in range(ORGANIZATIONS)]
    session.add_all(organizations)
    session.flush()
    for first in range(1, people + 1, AT_ONCE):
        numbers = range(first, min(first + AT_ONCE, people + 1))
        rows = [_person(number, organizations[number % ORGANIZATIONS].id, today) for number in numbers]
        session.execute(insert(User), rows)
        told = [pair for row in rows for pair in _told(row)]
        session.execute(insert(DormancyStep), [step for step, _mail in told])
        session.execute(insert(MAIL), [mail for _step, mail in told])


def megabytes() -> float:
    """The peak of this very program; `getrusage` would tell its parent's where that one was larger."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def run() -> None:
    """In a process of its own: its peak of memory is the run's."""
    app, today = create_app(), day_of(system_time())
    with app.app_context():
        with transaction() as session:
            turn = begin(session, JOB, today, system_time())
        if turn is None:
            raise SystemExit("the run is taken")
        before, began, cpu = megabytes(), time.monotonic(), time.process_time()
        outcome = run_dormancy(turn, Rounds(system_time), today)
        seconds, cpu, after = time.monotonic() - began, time.process_time() - cpu, megabytes()
    print(f"{seconds:.1f} s ({cpu:.1f} s CPU), peak of memory {before:.0f} -> {after:.0f} MB: {outcome}")


def _filled(root: Path, url: str, people: int) -> dict[str, str]:
    """The environment in which the run is carried out."""
    environment = install(root).environment | {"PORTAL_DATABASE_URL": url}
    app = create_app(read_settings(environment))
    with app.app_context():
        upgrade()
        with transaction() as session:
            _fill(session, people, day_of(system_time()))
    return environment


def measure(people: int) -> None:
    measure_on_both(_filled, people, module="bench.dormancy", told=f"{people} people")


def main(people: int = PEOPLE) -> None:
    with unread_logs():
        for each in (FEWER, people):
            measure(each)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--run"]:
        run()
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else PEOPLE)
