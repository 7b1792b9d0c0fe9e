"""What the worker does for this floor: its mails, its daily runs, what it looks after all day."""

from base import clock
from base.daily_runs import DailyRun
from base.mail_claims import Composer
from base.settings import Settings
from base.worker import Job
from base.worker_jobs import job_in_transaction
from rights.bulk.jobs import bulk_jobs
from rights.entry.drafts import forget_old_drafts
from rights.inventory.mails import inventory_composers
from rights.inventory.reminders import inventory_run
from rights.jnote.lists import forget_unpressed
from rights.processing.delay_mails import delay_composer
from rights.processing.delays import KIND as PROCESSING_DELAYED
from rights.processing.jobs import processing_jobs
from rights.request_mails import request_composers
from rights.starting_mails import starting_composer
from rights.starting_news import KIND as RIGHTS_START
from rights.starting_news import starting_run


def composers(settings: Settings) -> dict[str, Composer]:
    """By kind of mail."""
    base_url, operator = settings.base_url, settings.operator
    return {
        **request_composers(base_url, operator),
        RIGHTS_START: starting_composer(base_url, operator),
        **inventory_composers(base_url, operator),
        PROCESSING_DELAYED: delay_composer(base_url, operator),
    }


def daily_runs(_settings: Settings) -> list[DailyRun]:
    return [starting_run(clock.now), inventory_run(clock.now)]


def jobs(_settings: Settings) -> list[Job]:
    return [
        *processing_jobs(clock.now),
        *bulk_jobs(clock.now),
        job_in_transaction("forget drafts", 3600, forget_old_drafts),
        job_in_transaction("forget unpressed lists", 3600, forget_unpressed),
    ]
