import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest

from base.job_queue import make_queue
from base.jobs import Bell
from tests.redis_server import running_redis
from tests.smtp_script import free_port


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    with running_redis() as server:
        yield server.url


@pytest.fixture(params=["sqlite", "redis"])
def jobs_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"sqlite:{tmp_path}/jobs.db" if request.param == "sqlite" else str(request.getfixturevalue("redis_url"))


def answer_one(bell: Bell, answers: list[str]) -> None:
    """What one thread of the worker does for one ring."""
    consumer = bell.consumer({"deliver mail": lambda: answers.append("deliver mail")})
    consumer.worker_threads[0][0].loop()


def test_the_worker_runs_the_job_that_was_rung_for(jobs_url: str) -> None:
    """R7-10: mail goes out at once."""
    Bell(jobs_url).ring("deliver mail")
    answers: list[str] = []
    answer_one(Bell(jobs_url), answers)
    assert answers == ["deliver mail"]


def test_a_bell_for_a_job_nobody_knows_harms_nobody(jobs_url: str) -> None:
    """I10: an older worker hears the bell of a newer web server."""
    Bell(jobs_url).ring("a job of tomorrow")
    Bell(jobs_url).ring("deliver mail")
    answers: list[str] = []
    worker = Bell(jobs_url)
    answer_one(worker, answers)
    answer_one(worker, answers)
    assert answers == ["deliver mail"]


class Harm:
    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return open, (str(self.file), "w")


def test_what_is_put_into_the_queue_is_read_and_never_run(jobs_url: str, tmp_path: Path) -> None:
    """I7: a queue others can write to must not run their code."""
    queue = make_queue(jobs_url)
    queue.storage.enqueue(pickle.dumps(Harm(tmp_path / "harm")))
    answer_one(Bell(jobs_url), [])
    assert not (tmp_path / "harm").exists()


def test_a_bell_nobody_can_hear_stops_no_request() -> None:
    """I7."""
    Bell("").ring("deliver mail")
    Bell(f"redis://127.0.0.1:{free_port()}/0").ring("deliver mail")


def test_a_queue_of_a_kind_we_do_not_know_is_told_at_the_start() -> None:
    """R8-3."""
    with pytest.raises(ValueError, match="no queue of jobs: amqp"):
        make_queue("amqp://127.0.0.1/")
