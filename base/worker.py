"""The worker: runs each job when the bell rings and at its own pace, until it is told to end."""

import signal
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import structlog

from base.jobs import Bell

HEALTH_SECONDS = 10
ENDING = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}

log: Any = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Job:
    """`run` may be called on several hosts at once: the rows decide who does what."""

    name: str
    every_seconds: float
    run: Callable[[], object]


class _Runner:
    """Runs one job, never twice at the same time in this process; a failure is logged and the next run tries again."""

    def __init__(self, job: Job, context: Callable[[], AbstractContextManager[object]]) -> None:
        self._job = job
        self._context = context
        self._running = threading.Lock()

    def run(self) -> None:
        with self._running:
            try:
                with self._context():
                    self._job.run()
            except Exception:  # whatever a job meets, the others go on and the next run tries again
                log.exception("job_failed", job=self._job.name)

    def tick(self, stop: threading.Event) -> None:
        while not stop.is_set():
            self.run()
            stop.wait(self._job.every_seconds)


def run_worker(
    bell: Bell,
    jobs: Callable[[threading.Event], Sequence[Job]],
    context: Callable[[], AbstractContextManager[object]],
) -> None:
    """Runs in the main thread until SIGTERM, SIGINT or SIGHUP; then what is running is finished. `jobs` gets the stop sign."""
    # Blocked before any thread starts, then waited for: a handler could run while this thread holds the stop sign's lock.
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    stop = threading.Event()
    runners = {job.name: _Runner(job, context) for job in jobs(stop)}
    consumer = bell.consumer({name: runner.run for name, runner in runners.items()})
    tickers = [threading.Thread(target=runner.tick, args=(stop,), daemon=True) for runner in runners.values()]
    consumer.start()
    for ticker in tickers:
        ticker.start()
    log.info("worker_ready", jobs=sorted(runners))
    while signal.sigtimedwait(ENDING, HEALTH_SECONDS) is None:
        consumer.check_worker_health()
    stop.set()
    consumer.stop(graceful=True)
    for ticker in tickers:
        ticker.join()
    log.info("worker_ended")
