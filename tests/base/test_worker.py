import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from base import clock
from base.db import transaction
from base.jobs import Bell
from base.mail_claims import claim
from base.outbox import Mail, queue_mail
from base.secret_file import Secrets
from base.worker_cli import make_post, worker_command
from tests.base.deliver_once import compose
from tests.settings import settings_for
from tests.smtp_script import WHEN_OPEN, Script, free_port, scripted


@contextmanager
def running_worker(engine: Engine, port: int, folder: Path, jobs_url: str = "") -> Iterator["subprocess.Popen[bytes]"]:
    url = engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "tests.base.worker_app", url, str(port), jobs_url, str(folder), "host"]
    with subprocess.Popen(command) as worker:
        yield worker
        worker.terminate()


def until(condition: Callable[[], object]) -> None:
    while not condition():
        time.sleep(0.02)


def queue(engine: Engine, address: str = "tanto@higashi.example") -> None:
    with transaction(Session(engine)) as session:
        queue_mail(session, kind="update", occasion="article:a1:1", address=address, now=clock.system_time())


def states(engine: Engine) -> list[tuple[str, bool]]:
    with Session(engine) as session:
        return [(mail.state, mail.is_uncertain) for mail in session.scalars(select(Mail))]


def ticks(folder: Path) -> int:
    file = folder / "ticks"
    return len(file.read_text().splitlines()) if file.exists() else 0


def test_the_worker_delivers_runs_the_other_jobs_and_survives_one_that_fails(engine: Engine, tmp_path: Path) -> None:
    """R7-10, I10."""
    jobs_url = f"sqlite:{tmp_path}/jobs.db"
    script = Script()
    with scripted(script) as port, running_worker(engine, port, tmp_path, jobs_url) as worker:
        until(lambda: ticks(tmp_path) >= 2)
        queue(engine)
        Bell(jobs_url).ring("deliver mail")
        until(lambda: states(engine) == [("sent", False)])
        so_far = ticks(tmp_path)
        until(lambda: ticks(tmp_path) > so_far)
        worker.terminate()
        assert worker.wait() == 0
    assert len(script.taken) == 1


@pytest.mark.parametrize(
    ("database_url", "sign"),
    [
        ("sqlite", signal.SIGTERM),
        ("sqlite", signal.SIGINT),
        ("sqlite", signal.SIGHUP),
        ("postgresql", signal.SIGTERM),
    ],
    indirect=["database_url"],
)
def test_told_to_end_the_worker_finishes_the_mail_in_its_hand(
    engine: Engine, tmp_path: Path, sign: signal.Signals
) -> None:
    """F2, I10."""
    queue(engine)
    script = Script().at("BODY", f"{WHEN_OPEN}250 taken")
    with scripted(script) as port, running_worker(engine, port, tmp_path) as worker:
        until(lambda: script.taken)
        worker.send_signal(sign)
        with pytest.raises(subprocess.TimeoutExpired):
            worker.wait(0.5)
        script.gate.set()
        assert worker.wait() == 0
    assert states(engine) == [("sent", False)]


def test_a_worker_that_starts_again_takes_up_what_it_left(engine: Engine, tmp_path: Path) -> None:
    """F2."""
    queue(engine)
    claim(engine, {"update": compose}, "host/earlier", clock.system_time())
    assert states(engine) == [("sending", False)]
    with scripted(Script()) as port, running_worker(engine, port, tmp_path):
        until(lambda: states(engine) == [("sent", False)])


def test_without_its_queue_of_jobs_the_worker_delivers_all_the_same(engine: Engine, tmp_path: Path) -> None:
    """I7."""
    queue(engine)
    jobs_url = f"redis://127.0.0.1:{free_port()}/0"
    with scripted(Script()) as port, running_worker(engine, port, tmp_path, jobs_url):
        until(lambda: states(engine) == [("sent", False)])


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"mail_from": ""}, "PORTAL_MAIL_FROM"),
        (
            {
                "dkim_domain": "minami.example",
                "dkim_selector": "portal",
                "secrets": Secrets(("k" * 43,), dkim_key="no key"),
            },
            "rivate key",
        ),
    ],
)
def test_settings_that_cannot_send_a_mail_end_the_start(
    app: Flask, tmp_path: Path, changes: dict[str, object], told: str
) -> None:
    """R7-16."""
    command = worker_command(app, settings_for("sqlite://", tmp_path, **changes), Bell(""), {}, [])
    ended = CliRunner().invoke(command, ["--name", "host"])
    assert ended.exit_code == 1
    assert told in ended.output


def test_the_postman_uses_the_settings_and_hides_the_secrets(engine: Engine, tmp_path: Path) -> None:
    """F7, G9."""
    secrets = Secrets(("k" * 43,), smtp_password="open sesame")
    settings = settings_for("sqlite://", tmp_path, smtp_user="portal", smtp_security="starttls", secrets=secrets)
    post = make_post(settings, {}, engine, worker="host", context=Flask(__name__).app_context)
    assert (post.server.user, post.server.password, post.server.security) == ("portal", "open sesame", "starttls")
    assert (post.server.own_name, post.head.address) == ("portal.example", "info@minami-network.example")
    assert post.claimant.startswith("host/")
    assert "sesame" not in repr(post)
