"""The bell: tells the worker that rows wait for it. Rows hold the truth; a lost bell only delays."""

import json
import sqlite3
from collections.abc import Callable, Mapping
from typing import Any

import structlog
from huey import BlackHoleHuey, Huey, RedisHuey, SqliteHuey
from huey.registry import Message
from huey.serializer import Serializer
from redis.exceptions import RedisError

from base.impatient_redis import impatient_pool

NAME = "portal"
WORKERS = 2
LONGEST_POLL = 1.0

log: Any = structlog.get_logger()


class _PlainSerializer(Serializer):
    """JSON instead of pickle: whoever may write into the queue can ring, and no more."""

    def _serialize(self, data: Message) -> bytes:
        return json.dumps(data).encode()

    def _deserialize(self, data: bytes) -> Message:
        return Message(*json.loads(data))


def make_queue(jobs_url: str) -> Huey:
    """`sqlite:/FILE` or `redis://…`; without one nobody hears the bell and only the worker's own ticks do the work."""
    scheme, _, rest = jobs_url.partition(":")
    common = {"name": NAME, "results": False, "serializer": _PlainSerializer()}
    if not jobs_url:
        return BlackHoleHuey(**common)
    if scheme == "sqlite":
        return SqliteHuey(filename=rest, **common)
    if scheme in {"redis", "rediss", "unix"}:
        return RedisHuey(connection_pool=impatient_pool(jobs_url), **common)
    raise ValueError(f"no queue of jobs: {scheme}")


class Bell:
    """The web side rings by a job's name; the worker side answers with what it runs for that name."""

    def __init__(self, jobs_url: str) -> None:
        self._huey = make_queue(jobs_url)
        self._answers: Mapping[str, Callable[[], None]] = {}
        self._ring = self._huey.task(name="ring")(self._answer)

    def ring(self, job: str) -> None:
        """Call it after the commit. Never fails: the worker's next tick finds the rows too."""
        try:
            self._ring(job)
        except (RedisError, sqlite3.Error, OSError) as fault:
            log.warning("bell_not_rung", job=job, fault=type(fault).__name__)

    def consumer(self, answers: Mapping[str, Callable[[], None]]) -> Any:
        """Huey's consumer, in threads, that runs the answer to each ring; not started."""
        self._answers = answers
        return self._huey.create_consumer(workers=WORKERS, periodic=False, max_delay=LONGEST_POLL)

    def _answer(self, job: str) -> None:
        if job in self._answers:
            self._answers[job]()
        else:
            log.warning("bell_for_nobody", job=job)
