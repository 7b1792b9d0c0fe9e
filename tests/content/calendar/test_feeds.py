"""The calendar as a file: read by a parser that isn't ours, at addresses that only who may has."""

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import vobject
from flask import Flask
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from app import create_app
from auth.models import CertificateRegistration, Organization
from base.audit import AuditEntry
from base.closing_days import ClosingDay
from base.db import db, transaction
from base.refusals import Refused
from content.calendar.feeds import renew_feed
from content.page_versions import raise_version_of_system
from tests.browsing import Visitor, logged_in
from tests.cast import Cast, Person, make_cast
from tests.certificates import NOW
from tests.conftest import Hands
from tests.content.newsroom import Newsroom
from tests.content.systems.test_system_hours import HERE as HOURS
from tests.content.systems.test_system_stops import disturb, plan, tell
from tests.content.writing.test_publishing_races import all_at_once
from tests.settings import settings_for

Enter = Callable[[Person], Visitor]
ADDRESS = "/calendar/address"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BEGINS, ENDS = NOW + 2 * DAY, NOW + 2 * DAY + 3 * HOUR


def events(content: bytes) -> dict[str, Any]:
    """By the beginning of their UIDs."""
    text = content.decode()
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert text.count("\n") == text.count("\r\n")
    calendar = vobject.readOne(text)
    assert (calendar.version.value, calendar.behavior.name) == ("2.0", "VCALENDAR")
    found = {event.uid.value: event for event in calendar.vevent_list}
    assert len(found) == len(calendar.vevent_list)
    assert {uid.partition("@")[2] for uid in found} == {"portal.example"}
    return {uid.partition("@")[0]: event for uid, event in found.items()}


def own_address(manager: Visitor) -> str:
    found = re.search(r"readonly>https://portal\.example(/calendar/[^<]+\.ics)<", manager.page(ADDRESS))
    assert found
    return found[1]


@pytest.fixture
def desk(cast: Cast, enter: Enter) -> Visitor:
    return enter(cast.reception)


@pytest.fixture
def address(cast: Cast, enter: Enter) -> str:
    manager = enter(cast.higashi_manager)
    assert manager.submit(ADDRESS).status_code == 303
    return own_address(manager)


def test_another_program_reads_what_stands_in_the_calendar(
    app: Flask, cast: Cast, desk: Visitor, enter: Enter, hands: Hands
) -> None:
    """R9-8, R5-30: stops to the minute, days as days, the same UID whatever becomes of it, and a sequence that rises."""
    reader = enter(cast.higashi_reader)
    here = plan(desk, BEGINS, ENDS)
    long = "機器の入れ替え;,\\ " * 10
    desk.submit(here, f"{here}/change", effect=long)
    off = plan(desk, BEGINS, ENDS, "JUJU")
    desk.submit(off, f"{off}/cancel")
    disturb(desk, hands)
    for opens in ("6:00", "7:00"):
        desk.submit(HOURS, system="LOACUS", from_day="2026-12-07", opens=opens, closes="24:00")
        if opens == "6:00":
            desk.submit(HOURS, f"{HOURS}/take-back")
    answer = reader.get("/calendar.ics")
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer.headers["Content-Disposition"] == "attachment; filename=calendar.ics"
    found = events(answer.data)
    stop = found[f"stop-{here.rpartition('/')[2]}"]
    assert (stop.summary.value, stop.description.value) == ("TAXIS 計画停止", long.strip())
    assert (stop.dtstart.value, stop.dtend.value) == (BEGINS, ENDS)
    assert (stop.sequence.value, stop.status.value, stop.url.value) == (
        "1",
        "CONFIRMED",
        "https://portal.example/systems/taxis",
    )
    assert found[f"stop-{off.rpartition('/')[2]}"].status.value == "CANCELLED"
    hours = found["hours-loacus-20261207"]
    assert (hours.dtstart.value, hours.description.value) == (date(2026, 12, 7), "この日から 7:00〜24:00")
    assert (hours.sequence.value, hours.status.value) == ("2", "CONFIRMED")
    processing = found["processing-20261201"]
    assert (processing.dtstart.value, processing.dtend.value) == (date(2026, 12, 16), date(2026, 12, 17))
    assert processing.description.value == "12/01(火)〜12/15(火) 受付分"
    assert found["last-new-20261201"].dtstart.value == date(2026, 12, 14)
    assert {event.status.value for uid, event in found.items() if "2026" in uid and "stop" not in uid} == {"CONFIRMED"}
    assert not [event for event in found.values() if "障害" in event.summary.value]
    assert {event.last_modified.value for uid, event in found.items() if "stop" in uid} == {hands.now}
    with app.app_context(), transaction() as session:
        session.add(ClosingDay(day=date(2026, 12, 16), name="臨時の休業日"))
    moved = events(reader.get("/calendar.ics").data)["processing-20261201"]
    assert moved.dtstart.value == date(2026, 12, 17)
    assert int(moved.sequence.value) > int(processing.sequence.value)


def test_a_feed_is_renewed_and_its_older_address_is_nobodys(app: Flask, cast: Cast, enter: Enter, address: str) -> None:
    """R9-8, R8-1, E9, E12: wrong, old, of an organization that has ended: 404 alike; nothing of a secret is stored."""
    manager, deputy = enter(cast.higashi_manager), enter(cast.higashi_deputy)
    pc, theirs = Visitor(app, cast.higashi_reader.client), Visitor(app, cast.nishi_reader.client)
    assert events(pc.get(address).data).keys() == events(manager.get("/calendar.ics").data).keys()
    absent = pc.get("/calendar/0000000000zz.ics")
    foreign, unknown = theirs.get(address), theirs.get("/calendar/0000000000zz.ics")
    assert (foreign.status_code, foreign.data) == (unknown.status_code, unknown.data) == (404, absent.data)
    late = deputy.form(ADDRESS, ADDRESS)
    assert manager.submit(ADDRESS).status_code == 303
    assert deputy.post(ADDRESS, late.values).status_code == 409
    renewed = own_address(manager)
    assert renewed == own_address(deputy) != address
    for old in (
        address,
        renewed[:-5] + ("A" if renewed[-5] != "A" else "B") + ".ics",
        renewed.replace(".ics", ".x.ics"),
    ):
        answer = pc.get(old)
        assert (answer.status_code, answer.data) == (404, absent.data), old
    assert pc.get(renewed).status_code == 200
    with app.app_context():
        told = db.session.scalars(select(AuditEntry.action).where(AuditEntry.subject == "feed:calendar"))
        assert sorted(told) == ["feed.made", "feed.renewed"]
        secret = renewed.rpartition("/")[2].removesuffix(".ics")
        rows = [db.session.execute(table.select()).all() for table in db.metadata.sorted_tables]
        assert not [row for row in rows if secret in str(row) or secret.rpartition(".")[2] in str(row)]
        db.session.rollback()
    for change, where in (
        ({"suspended_at": NOW}, CertificateRegistration.organization_id == cast.higashi_reader.organization_id),
        ({"suspended_at": None}, CertificateRegistration.organization_id == cast.higashi_reader.organization_id),
    ):
        with app.app_context(), transaction() as session:
            session.execute(update(CertificateRegistration).where(where).values(**change))
        assert pc.get(renewed).status_code == (403 if change["suspended_at"] else 200)
    for person in (cast.higashi_reader, cast.nishi_reader):
        assert enter(person).get(ADDRESS).status_code == 404
    assert own_or_none(enter(cast.nishi_manager)) == ""


def own_or_none(manager: Visitor) -> str:
    return "".join(re.findall(r"/calendar/[^\"]+\.ics", manager.page(ADDRESS)))


@pytest.fixture
def open_app(sqlite_url: str, tmp_path: Path, hands: Hands) -> Iterator[Flask]:
    app = create_app(settings_for(sqlite_url, tmp_path, are_feeds_open=True))
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def test_open_feeds_need_the_secret_alone_and_tell_no_more(open_app: Flask, hands: Hands) -> None:
    """R9-8, R2-8, E11: not from abroad; what にしガス can't see changes neither its bytes nor its ETag; counted by address."""
    with open_app.app_context(), transaction() as session:
        cast = make_cast(session)
    manager, desk = logged_in(open_app, cast.nishi_manager), logged_in(open_app, cast.reception)
    assert manager.submit(ADDRESS).status_code == 303
    address, nobody = own_address(manager), Visitor(open_app, None)
    assert "証明書もログインもなしで" in manager.page(ADDRESS)
    first = nobody.get(address)
    assert first.status_code == 200
    assert "Set-Cookie" not in first.headers
    here = plan(desk, BEGINS, ENDS)
    desk.submit(here, f"{here}/change", effect="別の内容")
    desk.submit(HOURS, system="TAXIS", from_day="2026-12-01", opens="6:00", closes="24:00")
    disturbed = disturb(desk, hands, "LOACUS")
    tell(desk, disturbed, "調査中です。", hands.now + HOUR)
    with open_app.app_context(), transaction() as session:
        raise_version_of_system(session, "JOHS")
    again = nobody.get(address)
    assert again.data == first.data
    assert {**again.headers, "Date": ""} == {**first.headers, "Date": ""}
    same = nobody.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (same.status_code, same.data, same.headers["ETag"]) == (304, b"", first.headers["ETag"])
    seen = plan(desk, BEGINS, ENDS, "JOHS")
    fresh = nobody.get(address, headers={"If-None-Match": first.headers["ETag"], "Accept-Language": "en"})
    stop = events(fresh.data)[f"stop-{seen.rpartition('/')[2]}"]
    assert stop.summary.value == "JOHS 計画停止"
    assert nobody.get(address, headers={"X-Client-Address": "198.51.100.7"}).status_code == 403
    assert nobody.get("/calendar.ics").status_code == nobody.get(ADDRESS).status_code == 403
    with open_app.app_context(), transaction() as session:
        session.execute(update(Organization).where(Organization.name == "にしガス株式会社").values(ended_at=NOW))
    ended, wrong = nobody.get(address), nobody.get("/calendar/0000000000zz.ics")
    assert (ended.status_code, ended.data) == (wrong.status_code, wrong.data) == (404, wrong.data)
    answers = [nobody.get("/calendar/0000000000zz.ics").status_code for _ in range(60)]
    assert answers[-1] == 429
    other = nobody.get("/calendar/0000000000zz.ics", headers={"X-Client-Address": "192.0.2.99"})
    assert other.status_code == 404


def test_of_managers_who_renew_at_once_one_does(engine: Engine) -> None:
    """R9-8, G2: the address that the others are about to hand on would be dead."""
    with transaction(Session(engine)) as session:
        newsroom = Newsroom(session)
        by, of = newsroom.by(), newsroom.higashi.id

    def press(version: int) -> str:
        try:
            with transaction(Session(engine)) as session:
                renew_feed(session, of, version=version, by=by, now=NOW)
        except Refused:
            return "told"
        return "made"

    assert all_at_once(lambda _number: press(0)) == ["made", *["told"] * 5]
    assert all_at_once(lambda _number: press(1)) == ["made", *["told"] * 5]


def test_a_narrowed_page_s_stops_are_everybody_s_who_uses_the_system(
    app: Flask, cast: Cast, desk: Visitor, enter: Enter
) -> None:
    """R7-2, R7-7, R9-8: as beside every page; rights that end change nothing of what the organization sees."""
    plan(desk, BEGINS, ENDS)
    person, manager = enter(cast.higashi_johs_only), enter(cast.higashi_manager)
    assert events(person.get("/calendar.ics").data).keys() == events(manager.get("/calendar.ics").data).keys()
    everything = events(desk.get("/calendar.ics").data)
    assert sum("TAXIS" in event.summary.value for event in everything.values()) == 1


def test_a_number_without_end_is_no_version(cast: Cast, enter: Enter) -> None:
    """R9-8, E17: what the form never had is told as somebody else's renewal, not as a fault; nothing is made."""
    manager = enter(cast.higashi_manager)
    for typed in ("9" * 5_000, "9" * 30, "-1", "", "１"):
        assert manager.submit(ADDRESS, version=typed).status_code == 409
    assert "readonly" not in manager.page(ADDRESS)
