"""The gate of R2-8 on the whole application: nobody from abroad, unless a static address was allowed for his organization."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, g
from sqlalchemy import event, select, text, update
from werkzeug.test import TestResponse

from app import create_app
from auth.blocked_accesses import write_blocked
from auth.models import AllowedAddress, BlockedAccess, LoginSession, Organization, User
from base.db import db, transaction
from tests import make
from tests.browsing import Visitor, logged_in
from tests.cast import Cast, Person, make_cast
from tests.certificates import NOW
from tests.conftest import Hands
from tests.settings import settings_for

ABROAD = "198.51.100.7"
STATIC = "198.51.100.9"
TITLE = "この接続元からはご利用になれません"
NO_CERTIFICATE = "クライアント証明書が確認できませんでした"
PATHS = ["/", "/login", "/static/css/core.css", "/nowhere", "/certificate-needed", "/verify/a.b", "/healthz"]


def at(visitor: Visitor, address: str) -> Visitor:
    visitor.headers = {"X-Client-Address": address}
    return visitor


def is_turned_away(answer: TestResponse) -> bool:
    return answer.status_code == 403 and f"<h1>{TITLE}</h1>" in answer.text and "Set-Cookie" not in answer.headers


def allow(app: Flask, person: Person, network: str, **facts: Any) -> None:
    with app.app_context(), transaction() as session:
        of, by = session.get_one(Organization, person.organization_id), session.scalars(select(User).limit(1)).one()
        make.allowed_address(session, of, by, network, **facts)


def blocked_rows(app: Flask) -> list[BlockedAccess]:
    with app.app_context():
        return list(db.session.scalars(select(BlockedAccess).order_by(BlockedAccess.address)))


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS", "PUT", "DELETE"])
def test_from_abroad_there_is_one_page_and_nothing_else(app: Flask, cast: Cast, path: str, method: str) -> None:
    """R2-8, H6: before certificate, login, static files, errors, links and probes."""
    for client in (None, cast.higashi_reader.client):
        visitor = at(Visitor(app, client), ABROAD)
        answer = visitor.browser.open(
            path, method=method, base_url="https://portal.example", headers=visitor._headers({})
        )
        assert answer.status_code == 403
        assert "Set-Cookie" not in answer.headers
        assert "Allow" not in answer.headers
        assert method == "HEAD" or (f"<h1>{TITLE}</h1>" in answer.text and ABROAD in answer.text)


def test_the_page_says_what_was_seen_why_and_how_to_apply_and_tells_nothing_else(app: Flask, cast: Cast) -> None:
    """R2-8, H6: the same for everybody but for the address."""
    page = at(Visitor(app, None), ABROAD).get("/").text
    for words in (
        ABROAD,
        "プロバイダー",
        "プロキシー",
        "VPN",
        "SIM",
        "システム窓口責任者だけ",
        "固定のIPアドレス",
        "0570-000-111",
    ):
        assert words in page
    assert "<form" not in page
    assert "<link" not in page
    assert at(logged_in(app, cast.administrator), ABROAD).get("/staff").text == page
    assert at(Visitor(app, None), "203.0.113.7").get("/").text == page.replace(ABROAD, "203.0.113.7")


@pytest.mark.parametrize(
    "address", ["203.0.113.7", "203.0.113.200", "", "10.0.0.1", "127.0.0.1", "100.64.0.1", "2002:c000:207::1"]
)
def test_whoever_is_nowhere_known_stays_outside(app: Flask, cast: Cast, address: str) -> None:
    """H3, H4, H8: `??` in the data, not in the data, no address, our own networks, tunnels."""
    assert is_turned_away(at(Visitor(app, cast.higashi_reader.client), address).get("/login"))


def test_a_mapped_address_of_japan_is_an_address_of_japan(app: Flask, cast: Cast) -> None:
    """H3."""
    assert at(Visitor(app, cast.higashi_reader.client), "::ffff:192.0.2.7").get("/login").status_code == 200
    assert is_turned_away(at(Visitor(app, cast.higashi_reader.client), f"::ffff:{ABROAD}").get("/login"))


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "CF-Connecting-IP", "True-Client-IP"])
def test_only_what_the_front_saw_counts(app: Flask, cast: Cast, header: str) -> None:
    """H1, H2: in both directions, whatever the list looks like."""
    for claimed in (
        "192.0.2.7",
        "127.0.0.1",
        "192.0.2.7, 198.51.100.7",
        "[::1]:80",
        ",".join(["192.0.2.7"] * 10_000),
        "\x01",
    ):
        visitor = Visitor(app, cast.higashi_reader.client)
        visitor.headers = {"X-Client-Address": ABROAD, header: claimed}
        assert is_turned_away(visitor.get("/login"))
        visitor.headers = {header: claimed.replace("192.0.2.7", ABROAD)}
        assert visitor.get("/login").status_code == 200


def test_a_session_that_goes_abroad_is_shut_out_at_once_and_goes_on_at_home(app: Flask, cast: Cast) -> None:
    """H7: the request is refused, the session isn't ended: a phone's network may change and change back."""
    visitor = logged_in(app, cast.higashi_reader)
    assert visitor.get("/").status_code == 200
    assert is_turned_away(at(visitor, ABROAD).get("/"))
    assert is_turned_away(visitor.post("/logout"))
    with app.app_context():
        assert db.session.scalars(select(LoginSession.ended_at)).all() == [None]
    visitor.headers = {}
    assert visitor.get("/").status_code == 200


def test_an_allowed_address_serves_its_organizations_certificates_and_nobody_else(app: Flask, cast: Cast) -> None:
    """R2-8: first and last address of the network, and not one more."""
    allow(app, cast.higashi_reader, "198.51.100.8/29")
    for address in ("198.51.100.8", "198.51.100.15"):
        visitor = at(Visitor(app, cast.higashi_reader.client), address)
        assert visitor.log_in(cast.higashi_reader.login_id).status_code == 303
        assert visitor.get("/").status_code == 200
        assert is_turned_away(at(Visitor(app, cast.nishi_reader.client), address).get("/login"))
        assert is_turned_away(at(Visitor(app, cast.administrator.client), address).get("/login"))
        assert is_turned_away(at(Visitor(app, make.client_certificate("new")), address).get("/login"))
        assert is_turned_away(at(Visitor(app, None), address).get("/certificate-needed"))
    for address in ("198.51.100.7", "198.51.100.16"):
        assert is_turned_away(at(Visitor(app, cast.higashi_reader.client), address).get("/login"))


@pytest.mark.parametrize(
    ("network", "inside", "outside"),
    [
        ("198.51.100.9/32", ["198.51.100.9", "::ffff:198.51.100.9"], ["198.51.100.8", "198.51.100.10"]),
        ("198.51.100.8/31", ["198.51.100.8", "198.51.100.9"], ["198.51.100.7", "198.51.100.10"]),
        ("2001:db8::9/128", ["2001:db8::9", "2001:DB8::0:9"], ["2001:db8::8", "2001:db8::a"]),
        ("2001:db8::/64", ["2001:db8::", "2001:db8::ffff:ffff:ffff:ffff"], ["2001:db8:0:1::", "2001:db7:ffff::"]),
    ],
)
def test_the_edges_of_an_allowed_network(
    app: Flask, cast: Cast, network: str, inside: list[str], outside: list[str]
) -> None:
    """H5."""
    allow(app, cast.higashi_reader, network)
    visitor = Visitor(app, cast.higashi_reader.client)
    assert [at(visitor, address).get("/login").status_code for address in inside] == [200] * len(inside)
    assert all(is_turned_away(at(visitor, address).get("/login")) for address in outside)


def test_the_list_is_asked_anew_at_every_request(any_app: Flask, any_cast: Cast) -> None:
    """R2-8: entered, ended, organization ended."""
    visitor = at(Visitor(any_app, any_cast.higashi_reader.client), STATIC)
    assert is_turned_away(visitor.get("/login"))
    allow(any_app, any_cast.higashi_reader, "198.51.100.8/29")
    assert visitor.log_in(any_cast.higashi_reader.login_id).status_code == 303
    with any_app.app_context(), transaction() as session:
        session.execute(update(AllowedAddress).values(ended_at=NOW))
    assert is_turned_away(visitor.get("/"))
    with any_app.app_context(), transaction() as session:
        session.execute(update(AllowedAddress).values(ended_at=None))
        ended = update(Organization).where(Organization.id == any_cast.higashi_reader.organization_id)
        session.execute(ended.values(ended_at=NOW))
    assert is_turned_away(visitor.get("/"))


def test_an_overdue_entry_stays_in_effect(app: Flask, cast: Cast, hands: Hands) -> None:
    """R2-8: it stands out for staff; nobody is shut out by a date alone."""
    allow(app, cast.higashi_reader, STATIC + "/32", review_on=NOW.date() - timedelta(days=1))
    assert at(Visitor(app, cast.higashi_reader.client), STATIC).get("/login").status_code == 200


def test_a_pc_of_two_organizations_serves_abroad_only_the_one_that_was_allowed(app: Flask, cast: Cast) -> None:
    """R2-8, R4-4: the contractor's PC is Nishi's too; Nishi never applied."""
    with app.app_context(), transaction() as session:
        nishi = session.get_one(Organization, cast.nishi_reader.organization_id)
        make.registration(session, nishi, cast.higashi_contractor.client)
    allow(app, cast.higashi_contractor, STATIC + "/32")
    theirs = Visitor(app, cast.higashi_contractor.client)
    theirs.log_in(cast.nishi_reader.login_id)
    assert theirs.get("/").status_code == 200
    assert is_turned_away(at(theirs, STATIC).get("/"))
    own = at(Visitor(app, cast.higashi_contractor.client), STATIC)
    assert own.log_in(cast.higashi_contractor.login_id).status_code == 303
    assert own.get("/").status_code == 200


@pytest.mark.parametrize("content", [None, "", "garbage\n", "1,2,JP\n1,2\n"])
def test_with_broken_data_the_allow_list_still_works_and_nobody_else_passes(
    sqlite_url: str, tmp_path: Path, hands: Hands, capsys: pytest.CaptureFixture[str], content: str | None
) -> None:
    """H4: closed, with an alarm in the log."""
    file = tmp_path / "broken"
    if content is not None:
        file.write_text(content, encoding="ascii")
    app = create_app(settings_for(sqlite_url, tmp_path, country_data=(file,)))
    with app.app_context(), transaction() as session:
        cast = make_cast(session)
    allow(app, cast.higashi_reader, STATIC)
    with app.app_context(), transaction() as session:
        session.execute(update(AllowedAddress).values(network=STATIC + "/32"))
    assert is_turned_away(Visitor(app, cast.higashi_reader.client).get("/login"))
    assert at(Visitor(app, cast.higashi_reader.client), STATIC).get("/login").status_code == 200
    assert "country data unusable" in capsys.readouterr().err


def test_our_own_networks_pass_by_the_setting_alone(sqlite_url: str, tmp_path: Path, hands: Hands) -> None:
    """H8."""
    app = create_app(settings_for(sqlite_url, tmp_path, are_local_addresses_allowed=True))
    with app.app_context(), transaction() as session:
        cast = make_cast(session)
    for address in ("127.0.0.1", "10.1.2.3", "100.64.0.1", "::1", "fe80::1"):
        assert at(Visitor(app, cast.higashi_reader.client), address).get("/login").status_code == 200
    for address in (ABROAD, "", "203.0.113.7"):
        assert is_turned_away(at(Visitor(app, cast.higashi_reader.client), address).get("/login"))


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_probe_is_answered_at_the_socket_and_not_through_the_front(app: Flask, cast: Cast, path: str) -> None:
    """H6: nothing of ours answers abroad."""
    for address in ("", "127.0.0.1", "10.0.0.1"):
        straight = app.test_client().get(path, base_url="https://portal.example", environ_base={"REMOTE_ADDR": address})
        assert straight.status_code == 200
    assert is_turned_away(at(Visitor(app, None), ABROAD).get(path))


def test_views_know_where_the_request_comes_from(app: Flask, cast: Cast) -> None:
    """R9-6: for the self-check."""
    seen: list[Any] = []
    app.before_request(lambda: seen.append((g.origin, g.allowed_for)))
    Visitor(app, cast.higashi_reader.client).get("/login")
    ((origin, allowed_for),) = seen
    assert (origin.address, origin.is_domestic, origin.country, origin.is_local) == ("192.0.2.7", True, "JP", False)
    assert allowed_for is None


def test_what_is_refused_is_counted_by_day_address_and_certificate(
    any_app: Flask, any_cast: Cast, hands: Hands
) -> None:
    """R2-8: with the organization where the certificate tells a single one; days are Japan's."""
    app, cast = any_app, any_cast
    hands.now = datetime(2026, 11, 24, 14, 59, 40, tzinfo=UTC)
    with app.app_context(), transaction() as session:
        nishi = session.get_one(Organization, cast.nishi_reader.organization_id)
        make.registration(session, nishi, cast.minato_manager.client)
    for client in (cast.higashi_reader.client, cast.minato_manager.client, None, None):
        at(Visitor(app, client), ABROAD).get("/login")
    hands.now += timedelta(seconds=10)
    at(Visitor(app, None), "203.0.113.7").get("/login")
    hands.now += timedelta(seconds=10)
    at(Visitor(app, None), ABROAD).get("/login")
    today, tomorrow, higashi = date(2026, 11, 24), date(2026, 11, 25), cast.higashi_reader.organization_id
    rows = [(row.day, row.address, row.country, row.organization_id, row.count) for row in blocked_rows(app)]
    assert sorted(rows, key=str) == sorted(
        [
            (today, ABROAD, "US", higashi, 1),
            (today, ABROAD, "US", None, 1),
            (today, ABROAD, "US", None, 2),
            (today, "203.0.113.7", "", None, 1),
            (tomorrow, ABROAD, "US", None, 1),
        ],
        key=str,
    )


@contextmanager
def seen_writes(app: Flask) -> Iterator[list[str]]:
    """The statements that change `blocked_access`."""
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_facts: Any) -> None:
        if "blocked_access" in statement and not statement.startswith("SELECT"):
            found.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield found
    event.remove(engine, "before_cursor_execute", note)


def test_a_flood_is_many_requests_and_hardly_any_writes(app: Flask, cast: Cast, hands: Hands) -> None:
    """R2-8: each is counted; one write in ten seconds, the last by whoever comes next."""
    visitor = at(Visitor(app, cast.higashi_reader.client), ABROAD)
    with seen_writes(app) as writes:
        for number in range(300):
            hands.now = NOW + timedelta(milliseconds=100 * number)
            assert visitor.get("/").status_code == 403
        hands.now = NOW + timedelta(minutes=5)
        assert Visitor(app, cast.higashi_reader.client).get("/login").status_code == 200
    assert len(writes) == 4
    assert [(row.count, row.first_at) for row in blocked_rows(app)] == [(300, NOW)]


def test_each_refusal_is_a_line_in_the_log(app: Flask, cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    """R2-8: with the reference, and no word about the visitor but his address and certificate."""
    at(Visitor(app, cast.higashi_reader.client), ABROAD).get("/login?token=secret")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    (line,) = [line for line in lines if line["event"] == "address refused"]
    assert (line["address"], line["country"], len(line["fingerprint"]), len(line["reference"])) == (ABROAD, "US", 64, 8)
    assert "secret" not in json.dumps(lines)


def test_while_the_database_is_away_the_refusals_are_kept(app: Flask, cast: Cast, hands: Hands) -> None:
    """I5: nobody passes, and the count is made up for."""
    visitor = at(Visitor(app, None), ABROAD)
    with app.app_context(), transaction() as session:
        session.execute(text("ALTER TABLE blocked_access RENAME TO away"))
    assert is_turned_away(visitor.get("/"))
    with app.app_context(), transaction() as session:
        session.execute(text("ALTER TABLE away RENAME TO blocked_access"))
    hands.now += timedelta(seconds=10)
    assert is_turned_away(visitor.get("/"))
    assert [row.count for row in blocked_rows(app)] == [2]


def test_processes_add_up_what_they_counted(any_app: Flask, any_cast: Cast, database_url: str, tmp_path: Path) -> None:
    """R2-8: two applications on one database, at once."""
    others = [any_app, create_app(settings_for(database_url, tmp_path))]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda number: at(Visitor(others[number % 2], None), ABROAD).get("/"), range(16)))
    assert all(is_turned_away(answer) for answer in answers)
    for app in others:
        tally = app.extensions["gate"].origins._blocked
        with app.app_context(), transaction() as session:
            write_blocked(session, tally.take(NOW + timedelta(minutes=1)))
    assert [row.count for row in blocked_rows(any_app)] == [16]
    with others[1].app_context():
        db.engine.dispose()
