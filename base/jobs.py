"""The bell: tells the worker that rows wait for it. Rows hold the truth; a lost bell only delays."""

import sqlite3
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import structlog

from base.late import Late

if TYPE_CHECKING:
    from base import job_queue
else:
    job_queue = Late("base.job_queue")

WORKERS = 2
LONGEST_POLL = 1.0

log: Any = structlog.get_logger()


class Bell:
    """The web side rings by a job's name; the worker side answers with what it runs for that name."""

    def __init__(self, jobs_url: str) -> None:
        self._jobs_url = jobs_url
        self._answers: Mapping[str, Callable[[], None]] = {}

    @cached_property
    def _huey(self) -> Any:
        return job_queue.make_queue(self._jobs_url)

    @cached_property
    def _ring(self) -> Any:
        return self._huey.task(name="ring")(self._answer)

    def ring(self, job: str) -> None:
        """Call it after the commit. Never fails: the worker's next tick finds the rows too."""
        try:
            self._ring(job)
        except (job_queue.RedisError, sqlite3.Error, OSError) as fault:
            log.warning("bell_not_rung", job=job, fault=type(fault).__name__)

    def consumer(self, answers: Mapping[str, Callable[[], None]]) -> Any:
        """Huey's consumer, in threads, that runs the answer to each ring; not started."""
        self._answers = answers
        assert self._ring
        return self._huey.create_consumer(workers=WORKERS, periodic=False, max_delay=LONGEST_POLL)

    def _answer(self, job: str) -> None:
        if job in self._answers:
            self._answers[job]()
        else:
            log.warning("bell_for_nobody", job=job)
