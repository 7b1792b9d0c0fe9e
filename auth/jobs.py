"""What the worker does for this floor: its mails, its daily runs, what it looks after all day."""

from datetime import datetime, time, timedelta
from functools import partial
from typing import Any

from sqlalchemy import ScalarSelect
from sqlalchemy.orm import Session

from auth import list_alarms, password_reminders
from auth.blocked_accesses import forget_blocked
from auth.ca_staff_views import list_desk
from auth.certificate_mails import ends_composer
from auth.certificate_notices import JOB as CERTIFICATE_ENDS
from auth.certificate_notices import KIND as CERTIFICATE_ENDS_MAIL
from auth.certificate_notices import Teller, tell_of_ends
from auth.credential_mails import Sender, credential_composer
from auth.credential_pairs import release_held_pairs
from auth.credential_queries import LINK, ONE_TIME_PASSWORD
from auth.dormancy_digest_mails import other_composers
from auth.dormancy_digests import JOB as DORMANCY
from auth.dormancy_mails import stage_composers
from auth.dormancy_run import Rounds, run_dormancy
from auth.list_refresh import EVERY_SECONDS, refresh_all
from auth.password_mails import reminder_composer
from auth.password_reminders import run_reminders
from auth.password_resets import RESET
from auth.reset_mails import ResetSender, reset_composer
from base import clock
from base.actors import WORKER
from base.daily_runs import DailyRun
from base.jst import day_of
from base.mail_claims import Composer
from base.settings import Settings
from base.worker import Job
from base.worker_jobs import job_in_transaction

BLOCKED_KEPT = timedelta(days=400)


def composers(settings: Settings, held_systems: ScalarSelect[Any]) -> dict[str, Composer]:
    """By kind of mail; `held_systems` is of the query's `User`."""
    keys, base_url, operator = settings.secrets.keys, settings.base_url, settings.operator
    credentials = credential_composer(Sender(keys, base_url, operator, settings.credentials_days))
    reset = ResetSender(keys, base_url, operator, settings.reset_seconds, settings.is_question_asked)
    return {
        LINK: credentials,
        ONE_TIME_PASSWORD: credentials,
        RESET: reset_composer(reset),
        CERTIFICATE_ENDS_MAIL: ends_composer(base_url, operator),
        list_alarms.KIND: list_alarms.alarm_composer(
            base_url, operator.name, are_closed=settings.are_stale_lists_closed
        ),
        password_reminders.KIND: reminder_composer(base_url, operator, settings.password_days, held_systems),
        **stage_composers(base_url, operator),
        **other_composers(base_url, operator),
    }


def daily_runs(settings: Settings) -> list[DailyRun]:
    desk_address = settings.operator.desks[0].mail
    rounds, teller = Rounds(clock.now, desk_address), Teller(clock.now, desk_address)
    return [
        DailyRun(DORMANCY, time(7), lambda turn: run_dormancy(turn, rounds, day_of(clock.now()))),
        DailyRun(CERTIFICATE_ENDS, time(7), lambda turn: tell_of_ends(turn, teller)),
        DailyRun(
            password_reminders.JOB, time(7, 30), lambda turn: run_reminders(turn, settings.password_days, clock.now)
        ),
    ]


def jobs(settings: Settings) -> list[Job]:
    return [
        job_in_transaction("release held credentials", 30, lambda session, now: release_held_pairs(session, now=now)),
        job_in_transaction("forget blocked accesses", 3600, _forget_blocked),
        Job("revocation lists", EVERY_SECONDS, partial(refresh_all, list_desk(settings), by=WORKER)),
    ]


def _forget_blocked(session: Session, now: datetime) -> None:
    forget_blocked(session, day_of(now - BLOCKED_KEPT))
