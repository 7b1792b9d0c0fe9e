"""The second at which one window ends and the next begins is Japan's, wherever the host believes that it stands (G5)."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from auth.models import Organization, User
from rights.changes import Wanted, enter_change
from rights.codes import AskedRights
from rights.requests import accept_request
from tests import make
from tests.rights.entries import CALENDAR, acting, at, entered, higashi

ROOT = Path(__file__).resolve().parents[2]
ZONES = ("UTC", "Asia/Tokyo", "America/Los_Angeles")
# The first second of the day after the window's last, in Japan; M before it and from it on.
ENDS = {
    "2018-12-15T15:00:00": (date(2018, 12, 17), date(2019, 1, 7)),
    "2018-12-31T15:00:00": (date(2019, 1, 7), date(2019, 1, 16)),
    "2019-04-30T15:00:00": (date(2019, 5, 7), date(2019, 5, 16)),
    "2026-02-28T15:00:00": (date(2026, 3, 2), date(2026, 3, 16)),
    "2028-02-28T15:00:00": (date(2028, 3, 1), date(2028, 3, 1)),
    "2028-02-29T15:00:00": (date(2028, 3, 1), date(2028, 3, 16)),
}
SECOND = timedelta(seconds=1)


@pytest.fixture(params=ZONES)
def host(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A host that stands in that zone."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def organization(session: Session) -> Organization:
    return higashi(session)


def holder(session: Session, organization: Organization, number: int) -> User:
    long_ago = at(date(2018, 1, 10))
    return make.user(
        session, organization, f"user-{number}@higashi-gas.example", rights={"LOACUS": "02010"}, created_at=long_ago
    )


@pytest.mark.parametrize("end", ENDS)
def test_acceptances_and_changes_belong_to_the_window_of_their_second(
    session: Session, organization: Organization, host: str, end: str
) -> None:
    """G5, R5-11, R5-15, R5-30: a second before midnight in Japan and at midnight, on the 15th, 28th, 29th, 30th and 31st."""
    manager = acting(make.user(session, organization, contact_role="primary"))
    boundary, found = datetime.fromisoformat(end).replace(tzinfo=UTC), []
    for number, now in enumerate((boundary - SECOND, boundary)):
        ids = {"login_id": f"new-{number}@higashi-gas.example"}
        request = entered(session, organization, manager, now - timedelta(days=1), **ids)
        accept_request(session, request, CALENDAR, by=manager, now=now)
        user, wanted = holder(session, organization, number), Wanted(AskedRights(loacus="02011"))
        change = enter_change(session, organization, user, wanted, CALENDAR, by=manager, now=now)
        found.append((request.processing_date, change.processing_date))
    assert found == [(m, m) for m in ENDS[end]]


EXAMPLE = (
    (date(2018, 12, 3), date(2018, 12, 4), date(2018, 12, 17)),
    (date(2018, 12, 13), date(2018, 12, 14), date(2018, 12, 17)),
    (date(2018, 12, 14), date(2018, 12, 17), date(2019, 1, 7)),
    (date(2018, 12, 27), date(2018, 12, 28), date(2019, 1, 7)),
    (date(2018, 12, 28), date(2019, 1, 7), date(2019, 1, 16)),
)


def test_the_worked_example_holds_from_the_first_to_the_last_second_of_its_days(
    session: Session, organization: Organization, host: str
) -> None:
    """R5-33, G5."""
    manager = acting(make.user(session, organization, contact_role="primary"))
    for entered_on, accepted_on, m in EXAMPLE:
        for moment in (at(accepted_on, hour=0), at(accepted_on, hour=24) - SECOND):
            name = f"u{moment.timestamp():.0f}@higashi-gas.example"
            request = entered(session, organization, manager, at(entered_on, hour=0), login_id=name)
            accept_request(session, request, CALENDAR, by=manager, now=moment)
            assert request.processing_date == m


SAID = "from base.clock import now; from base.jst import day_of; from base.schedule import processing_date as m; "
SAID += "from base.business_days import BusinessCalendar; print(m(day_of(now()), BusinessCalendar()))"


@pytest.mark.parametrize(
    ("zone", "wall", "m"),
    [
        ("UTC", "2018-12-15 14:59:58", "2018-12-17"),
        ("Asia/Tokyo", "2018-12-15 23:59:58", "2018-12-17"),
        ("UTC", "2018-12-15 15:00:00", "2019-01-07"),
        ("Asia/Tokyo", "2018-12-16 00:00:00", "2019-01-07"),
    ],
)
def test_two_hosts_in_different_zones_say_the_same(zone: str, wall: str, m: str) -> None:
    """G5, R8-2: programs that start at that very second of their own clocks."""
    answer = subprocess.run(
        ["faketime", "-f", wall, sys.executable, "-c", SAID],
        cwd=ROOT,
        env={**os.environ, "TZ": zone},
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.strip() == m
