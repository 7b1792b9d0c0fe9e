"""What the worker does about processing dates: the day's run, and what came late for it."""

from collections.abc import Callable
from datetime import datetime, time
from functools import partial

from base.daily_runs import DailyRun, daily_job
from base.worker import Job
from rights.processing.rounds import JOB, LOOK_SECONDS, Rounds, catch_up, run_processing


def processing_jobs(clock: Callable[[], datetime]) -> list[Job]:
    rounds = Rounds(clock)
    daily = DailyRun(JOB, time(0), lambda turn: run_processing(turn, rounds))
    return [daily_job(daily, clock), Job("processing what came late", LOOK_SECONDS, partial(catch_up, rounds))]
