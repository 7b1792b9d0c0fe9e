import email
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, event, select
from sqlalchemy.orm import Session

from base.db import transaction
from base.mail_claims import claim, take_back
from base.mail_ledger import Ledger, Ready
from base.mail_outcome import Answer, Result
from base.outbox import Mail, cancel_all_to
from tests.base.mailing import NOW, compose, counts, deliver, fill, post_to, recipients, the_mail
from tests.smtp_script import SILENCE, Script, scripted

ROUNDS = int(os.environ.get("CRASH_ROUNDS", "3"))


def test_two_workers_send_each_mail_once(engine: Engine) -> None:
    """F11."""
    addresses = fill(engine, 300)
    script = Script()
    with scripted(script) as port:
        posts = [post_to(port, engine, claimant=f"worker-{number}/a") for number in range(2)]
        workers = [threading.Thread(target=deliver, args=(post,)) for post in posts]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    assert recipients(script) == sorted(addresses)
    assert counts(engine) == {"sent": 300}


def start_worker(engine: Engine, port: int, name: str, connections: int = 4) -> subprocess.Popen[bytes]:
    url = engine.url.render_as_string(hide_password=False)
    return subprocess.Popen([sys.executable, "-m", "tests.base.deliver_once", url, str(port), name, str(connections)])


def test_two_hosts_send_each_mail_once(engine: Engine) -> None:
    """F11."""
    addresses = fill(engine, 300)
    script = Script()
    with scripted(script) as port:
        workers = [start_worker(engine, port, f"host-{number}") for number in range(2)]
        assert [worker.wait(60) for worker in workers] == [0, 0]
    assert recipients(script) == sorted(addresses)


def test_killed_again_and_again_the_outbox_loses_nothing_and_sends_at_most_one_copy_more_for_each_line(
    engine: Engine,
) -> None:
    """F2, R7-14: a second copy has the first one's Message-ID and its row is uncertain; no other row is."""
    lines = 4
    addresses = fill(engine, 100 * ROUNDS)
    script = Script()
    with scripted(script) as port:
        for number in range(1, ROUNDS + 1):
            worker = start_worker(engine, port, "host", lines)
            enough = 80 * number + random.randrange(15)
            while len(script.taken) < enough and worker.poll() is None:
                time.sleep(0.001)
            worker.kill()
            worker.wait()
        assert start_worker(engine, port, "host", lines).wait(120) == 0
    copies = Counter(recipients(script))
    assert sorted(copies) == sorted(addresses)
    assert len(script.taken) - len(addresses) <= ROUNDS * lines
    with Session(engine) as session:
        uncertain = set(session.scalars(select(Mail.address).where(Mail.is_uncertain)))
    assert counts(engine) == {"sent": len(addresses)}
    assert {address for address, count in copies.items() if count > 1} <= uncertain
    assert len(uncertain) <= ROUNDS * lines
    ids = {(taken.recipients, email.message_from_bytes(taken.content)["Message-ID"]) for taken in script.taken}
    assert len(ids) == len(addresses)


def test_a_worker_killed_with_an_answer_outstanding_leaves_one_uncertain_mail(engine: Engine) -> None:
    """F2."""
    fill(engine, 10)
    script = Script().at("BODY", SILENCE)
    with scripted(script) as port:
        worker = start_worker(engine, port, "host", 1)
        while not script.taken:
            time.sleep(0.01)
        worker.kill()
        worker.wait()
        assert counts(engine) == {"sending": 10}
        assert take_back(engine, NOW, "host/") == 10
        with Session(engine) as session:
            assert session.scalars(select(Mail.address).where(Mail.is_uncertain)).all() == ["p0@higashi.example"]
        assert deliver(post_to(port, engine)) == 10


@pytest.mark.parametrize(
    ("claimants", "later", "taken_back"),
    [("host/", 0, 1), ("host/a", 0, 1), ("hos_/", 0, 0), ("other/", 0, 0), ("other/", 15, 0), ("other/", 15.1, 1)],
)
def test_a_claim_ends_when_its_worker_starts_again_or_its_time_is_up(
    engine: Engine, claimants: str, later: float, taken_back: int
) -> None:
    """F2, F11."""
    fill(engine)
    claim(engine, {"update": compose}, "host/a", NOW)
    assert take_back(engine, NOW + timedelta(minutes=later), claimants) == taken_back


def claimed(engine: Engine, claimant: str = "host/a", now: datetime = NOW) -> Ready:
    _, (mail,) = claim(engine, {"update": compose}, claimant, now)
    return Ready(mail.id, mail.address, b"", mail.tries, mail.is_uncertain)


def test_a_mail_recalled_after_its_claim_is_not_begun(engine: Engine) -> None:
    """R7-15, F9."""
    fill(engine)
    mail = claimed(engine)
    with transaction(Session(engine)) as session:
        cancel_all_to(session, mail.address, organization_id=1, kinds=["update"], reason="削除されました")
    assert Ledger(engine, "host/a", lambda: NOW).write((), [mail]) == []
    assert the_mail(engine).state == "skipped"


def test_a_worker_that_slept_through_its_claim_sends_nothing_and_spoils_nothing(engine: Engine) -> None:
    """F11."""
    fill(engine)
    mail = claimed(engine)
    late = NOW + timedelta(minutes=16)
    take_back(engine, late, "other/")
    claimed(engine, "other/b", late)
    sleeper = Ledger(engine, "host/a", lambda: late)
    assert sleeper.write((), [mail]) == []
    sleeper.write([(mail, Answer(Result.REJECTED, "550 no such user"))], ())
    assert [the_mail(engine).state, the_mail(engine).claimed_by] == ["sending", "other/b"]


def test_what_the_server_has_is_sent_whoever_holds_the_row_by_now(engine: Engine) -> None:
    """F2."""
    fill(engine)
    mail = claimed(engine)
    ledger = Ledger(engine, "host/a", lambda: NOW)
    assert ledger.write((), [mail]) == [mail]
    take_back(engine, NOW, "host/")
    ledger.write([(mail, Answer(Result.ACCEPTED))], ())
    assert the_mail(engine).state == "sent"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_database_that_is_locked_for_a_moment_does_not_make_a_sent_mail_uncertain(engine: Engine) -> None:
    """F12, I5."""
    fill(engine)
    mail = claimed(engine)
    ledger = Ledger(engine, "host/a", lambda: NOW)
    ledger.write((), [mail])
    event.listen(engine, "begin", _wait_but_a_moment)
    with engine.connect().execution_options(is_write=True) as writer:
        writer.execute(select(1))
        threading.Timer(0.5, writer.rollback).start()
        ledger.write([(mail, Answer(Result.ACCEPTED))], ())
    assert [the_mail(engine).state, the_mail(engine).is_uncertain] == ["sent", False]


def _wait_but_a_moment(connection: Connection) -> None:
    connection.exec_driver_sql("PRAGMA busy_timeout = 20")
