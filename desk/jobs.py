"""What the worker does for this floor: its mails, its daily runs, what it looks after all day."""

from base import clock
from base.daily_runs import DailyRun
from base.mail_claims import Composer
from base.settings import Settings
from base.worker import Job
from base.worker_jobs import job_in_transaction
from desk.closing import year_alarms
from desk.closing.changes import forget_plans
from desk.closing.mails import closing_composers


def composers(settings: Settings) -> dict[str, Composer]:
    """By kind of mail."""
    alarm = year_alarms.year_alarm_composer(settings.base_url, settings.operator.name)
    return {**closing_composers(settings.base_url, settings.operator), year_alarms.KIND: alarm}


def daily_runs(settings: Settings) -> list[DailyRun]:
    return [year_alarms.year_alarm_run(settings.operator.desks[0].mail, clock.now)]


def jobs(_settings: Settings) -> list[Job]:
    return [job_in_transaction("forget plans of closing days", 3600, forget_plans)]
