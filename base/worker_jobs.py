"""What the worker does on every floor's behalf, and how an operation becomes a job."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from base import clock, clock_alarms
from base.audit import seal
from base.clock_cli import clock_job
from base.db import transaction
from base.form_keys import forget_old_keys
from base.mail_claims import Composer
from base.settings import Settings
from base.worker import Job

KEYS_LIVE = timedelta(days=7)


def job_in_transaction(name: str, seconds: int, operation: Callable[[Session, datetime], object]) -> Job:
    """One operation in a transaction of its own."""

    def run() -> None:
        with transaction() as session:
            operation(session, clock.now())

    return Job(name, seconds, run)


def composers(settings: Settings) -> dict[str, Composer]:
    """By kind of mail."""
    return {clock_alarms.KIND: clock_alarms.clock_alarm_composer(settings.base_url, settings.operator.name)}


def jobs(settings: Settings) -> list[Job]:
    return [
        clock_job(settings.operator.desks[0].mail),
        Job("seal audit", 30, _seal_all),
        job_in_transaction("forget form keys", 3600, lambda session, now: forget_old_keys(session, now - KEYS_LIVE)),
    ]


def _seal_all() -> None:
    sealed = 1
    while sealed:
        try:
            with transaction() as session:
                sealed = seal(session)
        except IntegrityError:
            # Another host's worker has just sealed these lines.
            sealed = 0
