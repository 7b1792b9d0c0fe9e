"""What the worker does for this floor: its mails, its daily runs, what it looks after all day."""

from base.daily_runs import DailyRun
from base.mail_claims import Composer
from base.settings import Settings
from base.worker import Job
from desk.closing.mails import closing_composers


def composers(settings: Settings) -> dict[str, Composer]:
    """By kind of mail."""
    return closing_composers(settings.base_url, settings.operator)


def daily_runs(_settings: Settings) -> list[DailyRun]:
    return []


def jobs(_settings: Settings) -> list[Job]:
    return []
