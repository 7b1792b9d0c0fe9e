"""What the worker does for this floor: its mails, its daily runs, what it looks after all day."""

from collections.abc import Callable
from datetime import time
from functools import partial

from base import clock
from base.daily_runs import DailyRun
from base.mail_claims import Composer
from base.settings import Settings
from base.worker import Job
from base.worker_jobs import job_in_transaction
from content.addresses.addresses import release_held_links
from content.addresses.links import link_desk
from content.addresses.mails import address_composer
from content.files import alarms as file_alarms
from content.files.cli import JOB as SWEEP_FILES
from content.files.cli import run_sweep
from content.files.storage import FileStore
from content.mailing.chase_mails import reminder_composer
from content.mailing.chases import REMINDER
from content.mailing.publications import PUBLICATION
from content.mailing.trial_mails import TRIAL, trial_mail_composer
from content.mailing.update_mails import update_mail_composer
from content.search.jobs import search_jobs
from content.writing import going_live_run
from content.writing.autosaves import forget_old_autosaves


def composers(settings: Settings, store: FileStore) -> dict[str, Composer]:
    """By kind of mail."""
    base_url, operator = settings.base_url, settings.operator
    return {
        PUBLICATION: update_mail_composer(base_url, operator),
        TRIAL: trial_mail_composer(base_url, operator),
        REMINDER: reminder_composer(base_url, operator),
        "verify-address": address_composer(link_desk(settings.secrets.keys), base_url, operator),
        file_alarms.KIND: file_alarms.file_alarm_composer(store, base_url, operator.name),
    }


def daily_runs(settings: Settings, store: FileStore) -> list[DailyRun]:
    desk_address = settings.operator.desks[0].mail
    return [DailyRun(SWEEP_FILES, time(4), lambda turn: run_sweep(turn, store, desk_address, clock.now))]


def jobs(store: FileStore, wake_sender: Callable[[], None]) -> list[Job]:
    """`wake_sender`: mails were queued."""
    announce = partial(going_live_run.announce_all_due, clock.now, wake_sender)
    return [
        Job("go live", going_live_run.EVERY_SECONDS, announce),
        job_in_transaction("release held links", 30, lambda session, now: release_held_links(session, now=now)),
        job_in_transaction("forget autosaves", 3600, forget_old_autosaves),
        *search_jobs(store, clock.now),
    ]
