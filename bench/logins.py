"""What a login costs beside its hash, and whether the ways to fail can be told apart by the clock (C2).

usage: python -m bench.logins [TRIES]
"""

import io
import math
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from flask import session as cookie
from flask_migrate import upgrade
from flask_wtf.csrf import generate_csrf
from sqlalchemy.orm import Session

from app import create_app
from auth.ca_queries import issuing_cas
from auth.ca_registry import add_ca
from auth.issuing_cas import IssuingCas
from auth.models import Organization, User
from auth.registry import register_certificate
from base.actors import COMMAND
from base.db import transaction
from bench.calls import Unfit, call, environ_of
from bench.installation import Installation, install, unread_logs
from bench.rounds import cpu_milliseconds, interleaved, per, rotated
from bench.stage import Seat
from demo.authority import Issued
from rights.models import HeldRight

TRIES = 500
ROUNDS = 21
LOGINS = 6
PEOPLE = 2 * ROUNDS * LOGINS
LOGIN_GOAL = 1.15
SAME_GOAL = 0.05
PASSWORD = "correct-Horse7"
WRONG = "wrong-Horse7"
NO_LIMIT = 10**9
FIRST = "unknown ID"


@dataclass(frozen=True, slots=True)
class Way:
    """One way to fail: whose ID, with which password, by whose certificate."""

    name: str
    login_id: str
    password: str
    seat: Seat


def _person(session: Session, of: Organization, name: str, password_hash: str | None, **facts: Any) -> User:
    now = datetime.now(UTC)
    login_id = f"bench-{name}@bench.example"
    texts = {"name_kanji": "計測 太郎", "name_kana": "ケイソク タロウ"}
    set_at = now - timedelta(days=1) if password_hash else None
    facts = {"password_hash": password_hash, "password_set_at": set_at, "created_at": now, **facts}
    row = User(organization_id=of.id, login_id=login_id, login_id_folded=login_id, **texts, **facts)
    session.add(row)
    session.flush()
    session.add(HeldRight(user_id=row.id, system="JOHS", code="J1010", from_at=now - timedelta(days=1)))
    return row


def _organization(session: Session, name: str, client: Issued, cas: IssuingCas) -> Organization:
    now = datetime.now(UTC)
    row = Organization(name=name, created_at=now)
    session.add(row)
    session.flush()
    register_certificate(session, client.der, row, "PC-01", cas, by=COMMAND, now=now)
    return row


def _seat(app: Flask, client: Issued) -> tuple[Seat, str]:
    """Somebody who has just opened the login page, and the token that stands in its form."""
    with app.test_request_context(base_url=app.config["PORTAL"].base_url):
        token = generate_csrf()
        serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined] # Flask's own interface has it
        held = f"{app.config['SESSION_COOKIE_NAME']}={serializer.dumps(dict(cookie))}"
    return Seat("login", held, client, "", None, has_home=False), token


@dataclass(frozen=True, slots=True)
class LoginStage:
    app: Flask
    ways: tuple[Way, ...]
    welcome: Iterator[Way]
    tokens: Mapping[str, str]
    stored: str

    def press(self, way: Way) -> int:
        """The status of one try, by a new request."""
        fields = {"csrf_token": self.tokens[way.seat.cookie], "login_id": way.login_id, "password": way.password}
        body = urlencode(fields).encode()
        environ = environ_of("/login", way.seat)
        environ |= {"REQUEST_METHOD": "POST", "CONTENT_TYPE": "application/x-www-form-urlencoded"}
        environ |= {
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
            "HTTP_REFERER": "https://localhost/",
        }
        return call(self.app, environ)[0]


def _fill(session: Session, passwords: Any, clients: Sequence[Issued], cas: IssuingCas) -> str:
    now, stored = datetime.now(UTC), passwords.hash(PASSWORD)
    own = _organization(session, "bench own", clients[0], cas)
    _organization(session, "bench other", clients[1], cas)
    _person(session, own, "fine", stored)
    for number in range(PEOPLE):
        _person(session, own, f"welcome-{number}", stored)
    _person(session, own, "locked", stored, locked_at=now, lock_reason="staff")
    _person(session, own, "expired", stored, password_set_at=now - timedelta(days=400))
    _person(session, own, "unregistered", None)
    _person(session, own, "deleted", None, deleted_at=now)
    return str(stored)


def set_login_stage(installation: Installation) -> LoginStage:
    """Production's cost of a hash; nobody is locked or slowed down for trying so often."""
    settings = replace(installation.settings, wrong_password_limit=NO_LIMIT, tries_by_certificate=NO_LIMIT)
    app = create_app(replace(settings, tries_by_id=NO_LIMIT))
    yesterday = datetime.now(UTC) - timedelta(days=1)
    clients = [installation.authority.issue_client(name, not_before=yesterday) for name in ("own", "other")]
    with app.app_context():
        upgrade()
        with transaction() as session:
            add_ca(session, installation.authority.ca.der, by=COMMAND, now=datetime.now(UTC))
            cas = issuing_cas(session)
            stored = _fill(session, app.extensions["passwords"], clients, cas)
    (own, own_token), (other, other_token) = (_seat(app, client) for client in clients)

    def way(name: str, person: str, password: str = WRONG, seat: Seat = own) -> Way:
        return Way(name, f"bench-{person}@bench.example", password, seat)

    ways = (
        way(FIRST, "nobody"),
        way("wrong password, fine", "fine"),
        way("wrong password, locked", "locked"),
        way("wrong password, expired", "expired"),
        way("credentials not registered", "unregistered"),
        way("deleted", "deleted"),
        way("foreign certificate", "fine", PASSWORD, other),
    )
    tokens = {own.cookie: own_token, other.cookie: other_token}
    welcome = (way("login", f"welcome-{number}", PASSWORD) for number in range(PEOPLE))
    return LoginStage(app, ways, welcome, tokens, stored)


def check(stage: LoginStage) -> None:
    """Nothing is measured that doesn't answer as it should."""
    for way, status in [*((each, 403) for each in stage.ways), (next(stage.welcome), 303)]:
        if (found := stage.press(way)) != status:
            raise Unfit(f"{way.name}: {found} instead of {status}")


def compare_with_hash(stage: LoginStage) -> None:
    passwords = stage.app.extensions["passwords"]
    sides = {
        # Each by somebody who has no other session: an ordinary morning.
        "login": partial(cpu_milliseconds, lambda: stage.press(next(stage.welcome)), LOGINS),
        "hash": partial(cpu_milliseconds, partial(passwords.check, stage.stored, PASSWORD), LOGINS),
    }
    found = interleaved(sides, ROUNDS)
    ratio = per(found["login"], found["hash"])
    verdict = "" if ratio.median <= LOGIN_GOAL else f"  NOT REACHED: {LOGIN_GOAL} x"
    print(f"login {found['login']:.2f} ms  its hash {found['hash']:.2f} ms  {ratio:.3f} x{verdict}")


def measured(stage: LoginStage, tries: int) -> dict[str, list[float]]:
    """Milliseconds on the clock, as somebody outside would take them: one try of each way in turn, beginning with another each time."""
    ways = {way.name: way for way in stage.ways}
    times: dict[str, list[float]] = {name: [] for name in ways}
    for order in rotated(list(ways), tries):
        for name in order:
            began = time.perf_counter()
            stage.press(ways[name])
            times[name].append((time.perf_counter() - began) * 1000)
    return times


def probability_of_chance(one: Sequence[float], other: Sequence[float]) -> float:
    """Mann-Whitney's U, two-sided, by the normal approximation with its correction for ties."""
    every = sorted([*((value, 0) for value in one), *((value, 1) for value in other)])
    ranks, ties, place = 0.0, 0.0, 0
    while place < len(every):
        end = place
        while end < len(every) and every[end][0] == every[place][0]:
            end += 1
        shared, count = (place + 1 + end) / 2, end - place
        ranks += shared * sum(1 for _, side in every[place:end] if side == 0)
        ties += count**3 - count
        place = end
    first, second, total = len(one), len(other), len(every)
    expected = first * second / 2
    spread = math.sqrt(first * second / 12 * (total + 1 - ties / (total * (total - 1))))
    return math.erfc(abs(ranks - first * (first + 1) / 2 - expected) / spread / math.sqrt(2))


def compare_failures(stage: LoginStage, tries: int) -> None:
    print(f"\nways to fail, {tries} tries each in turn: milliseconds on the clock, median (5th–95th of a hundred)")
    times = measured(stage, tries)
    base = statistics.median(times[FIRST])
    for name, values in times.items():
        cuts = statistics.quantiles(values, n=20)
        ratio = statistics.median(values) / base
        chance = probability_of_chance(times[FIRST], values)
        verdict = "" if abs(ratio - 1) <= SAME_GOAL else "  NOT REACHED"
        print(
            f"{name:28} {statistics.median(values):7.2f} ({cuts[0]:.2f}–{cuts[-1]:.2f})  {ratio:.3f} x  p {chance:.3f}{verdict}"
        )


def main(tries: int = TRIES) -> None:
    print(f"\nin process, production's cost of a hash: CPU a login, {ROUNDS} rounds of {LOGINS}, median (range)")
    with tempfile.TemporaryDirectory() as place, unread_logs():
        stage = set_login_stage(install(Path(place)))
        check(stage)
        compare_with_hash(stage)
        compare_failures(stage, tries)


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
