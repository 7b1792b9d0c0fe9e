"""Attempts are counted before anything is hashed; where nobody counts, nobody gets on (I7)."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask
from redis import Redis
from sqlalchemy import select

from app import create_app
from auth.models import User
from auth.tries import CounterAway, Tries
from base import impatient_redis
from base.db import db, transaction
from tests.browsing import Visitor
from tests.cast import Cast, Person, make_cast
from tests.conftest import Hands
from tests.redis_server import RedisServer, running_redis
from tests.settings import settings_for
from tests.smtp_script import free_port

WRONG = "wrong-password"
Make = Callable[..., tuple[Flask, Cast]]


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    with running_redis() as server:
        yield server


@pytest.fixture(params=["memory", "redis"])
def counter(request: pytest.FixtureRequest) -> str:
    if request.param == "memory":
        return "memory://"
    server: RedisServer = request.getfixturevalue("redis")
    with server.client() as client:
        client.flushall()
    return server.url


@pytest.fixture
def make(sqlite_url: str, tmp_path: Path, hands: Hands) -> Make:
    def make_app(**changes: object) -> tuple[Flask, Cast]:
        app = create_app(settings_for(sqlite_url, tmp_path, **changes))
        with app.app_context(), transaction() as session:
            return app, make_cast(session)

    return make_app


def wrong_passwords(app: Flask, person: Person) -> int:
    with app.app_context():
        return db.session.scalars(select(User.wrong_passwords).where(User.id == person.user_id)).one()


def test_the_try_beyond_the_limit_of_an_id_is_not_evaluated(make: Make, counter: str) -> None:
    """R6-3: not even the right password; the page says to wait and for how long."""
    app, cast = make(limits_url=counter, tries_by_id=3, wrong_password_limit=9)
    person = cast.higashi_reader
    visitor = Visitor(app, person.client)
    assert [visitor.log_in(person.login_id.upper(), WRONG).status_code for _ in range(3)] == [403] * 3
    answer = visitor.log_in(person.login_id)
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert "しばらく待ってからお試しください" in answer.text
    assert wrong_passwords(app, person) == 3


def test_an_unknown_id_is_counted_like_a_known_one(make: Make, counter: str) -> None:
    """C1: whether an ID exists isn't told by when it is refused."""
    app, cast = make(limits_url=counter, tries_by_id=2)
    visitor = Visitor(app, cast.higashi_reader.client)
    for login_id in ("nobody@higashi-gas.example", cast.higashi_deputy.login_id, "no id at all 漢字"):
        assert [visitor.log_in(login_id, WRONG).status_code for _ in range(3)] == [403, 403, 429]


def test_one_certificate_is_counted_over_all_ids(make: Make, counter: str) -> None:
    """C3."""
    app, cast = make(limits_url=counter, tries_by_certificate=4)
    visitor = Visitor(app, cast.higashi_reader.client)
    answers = [visitor.log_in(f"person{number}@higashi-gas.example").status_code for number in range(5)]
    assert answers == [403, 403, 403, 403, 429]
    assert visitor.get("/login").status_code == 200
    outsider = cast.nishi_manager
    assert Visitor(app, outsider.client).log_in(outsider.login_id).status_code == 303


def test_another_organizations_pc_cannot_use_up_somebodys_tries(make: Make) -> None:
    """C5: Nishi's PC tries Higashi's ID until it is refused; its owner still gets in."""
    app, cast = make(tries_by_id=3)
    victim = cast.higashi_reader
    stranger = Visitor(app, cast.nishi_reader.client)
    assert [stranger.log_in(victim.login_id, WRONG).status_code for _ in range(4)] == [403, 403, 403, 429]
    assert Visitor(app, victim.client).log_in(victim.login_id).status_code == 303


def test_many_at_once_are_counted_exactly(counter: str) -> None:
    """C3: 50 at once."""
    tries = Tries(counter, by_certificate=30, by_id=10)
    with ThreadPoolExecutor(10) as pool:
        waits = list(pool.map(lambda _: tries.seconds_to_wait("certificate", "a fingerprint"), range(50)))
    assert sum(seconds == 0 for seconds in waits) == 30
    assert all(0 <= seconds <= 60 for seconds in waits)


def test_what_is_counted_names_nobody(redis: RedisServer) -> None:
    """D8: an ID is an address of mail."""
    tries = Tries(redis.url, 30, 10)
    tries.seconds_to_wait("id", "0f" * 32)
    with redis.client() as client:
        assert not [key for key in client.scan_iter() if b"@" in key]


def test_without_its_counter_nobody_logs_in_and_whoever_is_in_goes_on(make: Make) -> None:
    """I7: closed with 503; back by itself as soon as Redis is."""
    with running_redis() as server:
        app, cast = make(limits_url=server.url)
        inside, outside = Visitor(app, cast.higashi_reader.client), Visitor(app, cast.higashi_manager.client)
        assert inside.log_in(cast.higashi_reader.login_id).status_code == 303
        server.stop()
        answer = outside.log_in(cast.higashi_manager.login_id)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
        assert "ただいま利用できません" in answer.text
        assert wrong_passwords(app, cast.higashi_manager) == 0
        assert inside.get("/").status_code == 200
        server.start()
        assert outside.log_in(cast.higashi_manager.login_id).status_code == 303


def read_only(client: Redis) -> None:
    client.replicaof("127.0.0.1", free_port())


def full(client: Redis) -> None:
    client.config_set("maxmemory", 1)


@pytest.mark.parametrize("harm", [read_only, full])
def test_a_counter_that_cannot_write_counts_as_away(harm: Callable[[Redis], None]) -> None:
    """I7: READONLY, out of memory."""
    with running_redis() as server, server.client() as client:
        tries = Tries(server.url, 30, 10)
        assert tries.seconds_to_wait("id", "somebody") == 0
        harm(client)
        with pytest.raises(CounterAway):
            tries.seconds_to_wait("id", "somebody")


def test_a_slow_counter_counts_as_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """I7: nobody waits for it."""
    monkeypatch.setattr(impatient_redis, "ANSWER_SECONDS", 0.3)
    with running_redis() as server, server.client() as client:
        tries = Tries(server.url, 30, 10)
        assert tries.seconds_to_wait("id", "somebody") == 0
        client.client_pause(10_000)
        with pytest.raises(CounterAway):
            tries.seconds_to_wait("id", "somebody")


def test_a_counter_that_was_emptied_begins_anew(redis: RedisServer) -> None:
    """I7: flushed, scripts included."""
    tries = Tries(redis.url, 30, 1)
    assert [tries.seconds_to_wait("id", "flushed") > 0 for _ in range(2)] == [False, True]
    with redis.client() as client:
        client.flushall()
        client.script_flush()
    assert tries.seconds_to_wait("id", "flushed") == 0
